"""Words beside which names stand, by language: titles, greetings, prepositions, verbs, closings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property, lru_cache

from privacy.languages import without_accents


@dataclass(frozen=True)
class Cues:
    """What a language says beside a name.

    `titles` stand before nothing else; `called` (`señora`) before a few other words, `roles`
    (`cliente`) before many. `greetings` begin a line or follow one that ends. `before` and
    `after` are next to people more often than to things. `closings` end a letter. `said` are
    phrases that name who speaks, `told` phrases that are next to whom they are about, `asks` begin
    a question about somebody. `verbs` are common ones that
    need a subject before them, in languages where a bare noun is none, and `selves` are `I` and
    `me`. `speaks` are verbs whose subject is a person, `origin` follows the
    name of one who speaks for others.
    """

    titles: frozenset[str]
    called: frozenset[str]
    roles: frozenset[str]
    greetings: frozenset[str]
    before: frozenset[str]
    after: frozenset[str]
    closings: frozenset[str]
    said: frozenset[str]
    told: frozenset[str]
    asks: frozenset[str]
    verbs: frozenset[str]
    selves: frozenset[str]
    speaks: frozenset[str]
    origin: frozenset[str]

    @cached_property
    def other(self) -> frozenset[str]:
        """Cues that are themselves no names, though some list has them."""
        return self.titles | self.called | self.greetings | self.after

    @cached_property
    def leading(self) -> frozenset[str]:
        """The last words of phrases that are before a name."""
        return frozenset(phrase.split("|")[-1] for phrase in self.told | self.said | self.asks)


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

_ARTICLES_WORDS = {
    "de": "der die das den dem des ein eine einen einem einer kein keine",
    "fr": "le la les un une des du au aux ce cette ces mon ma mes son sa ses",
    "es": "el la los las un una unos unas del al este esta mi su sus",
    "it": "il lo la i gli le un una uno del della al alla questo questa",
    "nl": "de het een dit dat deze die mijn zijn haar uw",
    "pt": "o a os as um uma do da dos das no na ao este esta meu minha seu sua",
}
ARTICLES = {language: frozenset(words.split()) for language, words in _ARTICLES_WORDS.items()}
"""What a noun follows, by language."""

BETWEEN = {
    "de": frozenset({"und", "oder"}),
    "fr": frozenset({"et", "ou"}),
    "es": frozenset({"y", "e", "o", "u"}),
    "it": frozenset({"e", "ed", "o"}),
    "nl": frozenset({"en", "of"}),
    "pt": frozenset({"e", "ou"}),
}
"""Of `AND`, what stands between two names in a language, where the others mean something else."""

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
told: tell remind told reminded heard|from back|from invoice|for parcel|for package|for
asks: has did does
selves: i me
speaks: said says thinks wants wrote replied asked asks
origin: from with of
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
told: rechnung|an rechnung|für angebot|an angebot|für vertrag|mit paket|für sag frag erinnere
    frage|mal sag|mal gehört|von neues|von nachricht|von wer|ist gib richte
asks: hat hat|sich ist kommt kann weiß weiss
selves: ich
speaks: sagt meint sagte meinte schreibt schrieb will möchte glaubt denkt findet bittet fragt
origin: von vom aus
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
told: facture|pour devis|pour colis|pour contrat|avec dis|à dites|à demande|à demandez|à
    rappelle|à rappelez|à parle|à parlez|à réponds|à
    écris|à écrivez|à nouvelles|de qui|est
asks: est-ce|que
verbs: a est va peut doit sera avait était aura vient
selves: moi
speaks: dit pense veut voudrait croit préfère écrit demande signale dirige
origin: du de des d'
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
told: a|nombre|de factura|para paquete|para presupuesto|para contrato|con dile|a dígale|a di|a
    pregunta|a pregúntale|a recuérdale|a recuerda|a avisa|a escribe|a
    noticias|de algo|de sabes|de quién|es
asks: ha sabe
verbs: ha está tiene va fue puede estará viene
selves: yo
speaks: dice dijo quiere prefiere piensa cree pregunta pide escribe
origin: de del
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
told: fattura|per pacco|per preventivo|per contratto|con di|a chiedi|a dica|a chieda|a ricorda|a
    ricordi|a scrivi|a scriva|a rispondi|a
    notizie|da saputo|da chi|è
asks: ha sa
verbs: ha è va può deve sarà aveva era sta viene
selves: io
speaks: dice disse vuole vorrebbe preferisce pensa crede chiede scrive guida
origin: del dell' della dello dei dal dalla da di
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
told: rekening|voor factuur|voor pakket|voor offerte|voor contract|met zeg|tegen zeg|aan
    vraag|aan vraag|het|aan herinner gehoord|van iets|van nieuws|van
    wie|is
asks: heeft is komt kan weet vraag
selves: ik
speaks: zegt zei wil vindt denkt vraagt meldt schrijft belde leidt
origin: van uit
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
told: fatura|para encomenda|para pacote|para orçamento|para contrato|com diz|a diga|a diz|ao
    diz|para diga|para pergunta|a pergunta|para pergunte|a pergunte|para
    lembra lembre avisa avise notícia|de notícias|de quem|é fala|com
asks: será|que
verbs: já tem está vai foi pode vem estava
selves: eu
speaks: disse diz quer prefere acha pergunta pediu escreveu
origin: do da de dos
""",
}


def cues(language: str) -> Cues:
    """The cues of a language and of English, which is mixed in everywhere; of English alone for a
    language that is in no table."""
    return _cues(language if language in _TABLE else "en")


@lru_cache(maxsize=16)
def _cues(language: str) -> Cues:
    tables = [_read(_TABLE["en"])]
    if language != "en":
        # What English says before and after names is too common in other languages (`for`, `is`).
        own, english = _read(_TABLE[language]), tables[0]
        kept = {k: english[k] for k in ("titles", "greetings", "closings")}
        tables = [own, kept]
    tables.append({"closings": frozenset().union(*(_read(t)["closings"] for t in _TABLE.values()))})
    names = [field.name for field in fields(Cues)]
    return Cues(*(_typed(*(table.get(name, ()) for table in tables)) for name in names))


def _typed(*words: Iterable[str]) -> frozenset[str]:
    """Cues, also as they are typed without their accents."""
    whole = frozenset(word.replace("ß", "ss") for part in words for word in part)
    return whole | {without_accents(word) for word in whole}


def _read(table: str) -> dict[str, frozenset[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in table.strip().splitlines():
        head, mark, rest = line.partition(": ")
        if mark and not line.startswith(" "):
            name, line = head, rest
        found.setdefault(name, []).extend(line.split())
    return {name: frozenset(words) for name, words in found.items()}
