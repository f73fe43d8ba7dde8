"""Words beside which names stand, by language: titles, greetings, prepositions, verbs, closings."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property, lru_cache


@dataclass(frozen=True)
class Cues:
    """What a language says beside a name.

    `titles` stand before nothing else; `called` (`señora`) before a few other words, `roles`
    (`cliente`) before many. `greetings` begin a line or follow one that ends. `before` and
    `after` are next to people more often than to things. `closings` end a letter. `said` are
    phrases that name who speaks.
    """

    titles: frozenset[str]
    called: frozenset[str]
    roles: frozenset[str]
    greetings: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]
    closings: frozenset[str]
    said: frozenset[str]

    @cached_property
    def other(self) -> frozenset[str]:
        """Cues that are themselves no names, though some list has them."""
        return self.titles | self.called | self.greetings | self.after


_PARTICLES_WORDS = """
van von der den de la los le du des da das dos di del della dello dalla ter ten zu zum zur af av al
el ibn bin bint ben abu san santa mac mc dei degli
"""
PARTICLES = frozenset(_PARTICLES_WORDS.split())
"""What joins the parts of a name."""

_AND_WORDS = """
and or und oder et ou y o e ed u en of & /
"""
_SURE_WORDS = """
name|is name's name|ist ich|heisse m'appelle nom|est llamo nombre|es chiamo nome|è naam|is ik|heet
nome|é chamo
"""
SURE = frozenset(_SURE_WORDS.split())
"""Of what names who speaks, what nothing else follows."""

AND = frozenset(_AND_WORDS.split())

_NO_NAMES_WORDS = """
all everyone everybody team there guys folks again world both you sir madam support help desk
zusammen alle alles kollegen leute ihr sie mal nochmal toutes tous équipe todas todos equipo tutti
tutte iedereen allemaal collega's pessoal gente equipe much very so for that bien bene goed bom boa
now today please january february march april may june july august september october november
december januar februar märz mai juni juli oktober dezember januari februari maart augustus janvier
février mars avril juin juillet août septembre octobre novembre décembre enero febrero marzo abril
mayo junio julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio
giugno luglio settembre ottobre dicembre janeiro fevereiro março maio junho julho setembro outubro
novembro dezembro monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch
donnerstag freitag samstag sonntag lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes
miércoles jueves viernes sábado domingo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag
segunda terça quarta quinta sexta diez dix dieci tien zehn dez ten zwei deux
"""
NO_NAMES = frozenset(_NO_NAMES_WORDS.split())
"""What a greeting is followed by that is nobody's name, though lists of names have some of it."""

_TABLE = {
    "en": """
titles: mr mrs ms mx dr prof mister missus professor esq rev messrs
called: miss sir madam doctor lady lord captain officer
roles: colleague nurse patient customer client
greetings: hi hello hey dear thanks thx morning ty cheers welcome sorry congrats attn
before: with from ask tell cc by told asked met ping call called contact meet email emailed fwd
    to for and remind invite thank inform mail message dm assign assigned escalate cc'd bcc
    between via about until waiting poke hire interview interviewed invited customer client that
    who why is does did can when while because
after: said says asked asks wants wanted thinks thought told wrote writes called calls agreed knows
    replied confirmed sent needs leads signed signs reported mentioned is's rather
closings: regards best cheers sincerely thanks wishes yours br rgds greetings
said: name|is this|is i|am i'm it's name's||me
""",
    "de": """
titles: herr herrn hr fr dr prof dipl ing
called: frau fräulein doktor professor
roles: patient patientin kunde kundin kollege kollegin kollegen
greetings: hallo hi liebe lieber hey moin servus danke guten morgen tag sorry geehrter geehrte
before: mit von bei frag frage an für und sag sage ruf über durch ohne zu hilft dass warum ob
    bitte fragt fragen kontaktiere informiere oder cc wegen rechnung auf gegen
after: sagt sagte meint meinte will möchte fragt schreibt schrieb weiß hat bittet glaubt kommt
    leitet würde hilft kümmert findet
closings: grüße grüßen gruß grüsse grüssen gruss mfg lg vg dank
said: name|ist hier|ist ich|bin ich|heiße ich|heisse
""",
    "fr": """
titles: mme mlle mm mr dr pr me maître
called: monsieur madame mademoiselle docteur professeur m
roles: patient patiente client cliente collègue
greetings: bonjour salut coucou cher chère bonsoir merci hello désolé désolée
before: avec de à chez par demande demandez dis dites pour et que appelle contacte contactez
    pourquoi mets vois préviens ou d'après selon cc est quand a aux facture
after: dit veut voudrait demande pense écrit préfère croit sait signe appelle a dirige répondra
closings: cordialement amicalement bises bisous cdt salutations vous sincèrement
said: m'appelle ici c'est je|suis nom|est
""",
    "es": """
titles: sr sra srta dr dra d dña don doña prof lic ing
called: señor señora señorita doctor doctora profesor profesora
roles: paciente cliente compañero compañera
greetings: hola buenas buenos estimado estimada querido querida gracias perdona saludos
before: con a de para por y dile pregunta pregúntale llama según que pon como nombre o porque quién
    es e contacta avisa al hablé hablar escriban
after: dice dijo quiere prefiere pregunta piensa escribe llamó sabe firma firme pide lleva cree
closings: saludo saludos atentamente cordialmente abrazo
said: soy llamo nombre|es habla
""",
    "it": """
titles: sig sigra dott dottssa dr prof ing avv geom rag
called: signor signora signorina dottor dottoressa professore professoressa avvocato
roles: paziente cliente collega
greetings: ciao salve buongiorno gentile caro cara egregio spett grazie buonasera
before: con a da di per e chiedi dì che tra perché o chi è contatta chiama senti secondo metti al
    fattura guida scrivete
after: dice disse vuole preferisce chiede pensa scrive firma firmi sa ha crede guida
closings: saluti saluto distinti cordialmente abbraccio
said: sono chiamo nome|è parla
""",
    "nl": """
titles: dhr mevr mw dr drs ir prof mr
called: heer mevrouw meneer juffrouw dokter
roles: patiënt klant collega
greetings: hoi hallo beste dag hey geachte lieve bedankt dank goedemorgen goedemiddag sorry
before: met van aan bij door voor en vraag zeg bel volgens dat of tegen tot zet is waarom mail
    rekening contact
after: zegt zei wil vraagt denkt schrijft belde weet vindt meldt heeft leidt
closings: groet groeten mvg groetjes
said: ik|ben naam|is ik|heet
""",
    "pt": """
titles: sr sra srta dr dra d dona prof eng exmo exma
called: senhor senhora doutor doutora seu professor professora
roles: paciente cliente colega
greetings: oi olá ola prezado prezada caro cara obrigado obrigada bom boa desculpa
before: com de para por e diz pergunta fala que a o quem é ou chama avisa do da pelo pela como
    coloca esperando fatura
after: disse diz quer prefere pergunta acha escreveu ligou sabe assinar assina pediu
    lidera responde
closings: atenciosamente abraço abraços cumprimentos att
said: sou nome|é chamo aqui|é fala
""",
}


@lru_cache(maxsize=16)
def cues(language: str) -> Cues:
    """The cues of a language and of English, which is mixed in everywhere; of English alone for a
    language that is in no table."""
    tables = [_read(_TABLE["en"])]
    if language in _TABLE and language != "en":
        # What English says before and after names is too common in other languages (`for`, `is`).
        own, english = _read(_TABLE[language]), tables[0]
        kept = {k: english[k] for k in ("titles", "greetings", "closings")}
        tables = [own, kept]
    names = [field.name for field in fields(Cues)]
    return Cues(*(frozenset().union(*(table.get(n, ()) for table in tables)) for n in names))


def _read(table: str) -> dict[str, frozenset[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in table.strip().splitlines():
        head, mark, rest = line.partition(": ")
        if mark and not line.startswith(" "):
            name, line = head, rest
        found.setdefault(name, []).extend(line.split())
    return {name: frozenset(words) for name, words in found.items()}
