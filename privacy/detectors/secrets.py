"""Keys, tokens and passwords: by their prefix, by the words before them, by their entropy."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain

from privacy.detectors import numbers
from privacy.findings import Finding

NAME = "secrets"

_PRIVATE_KEY = re.compile(
    r"-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)? ?-{0,5}"
    r"(?:.{0,20000}?-{4,5} ?END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)? ?-{0,5}|.*)",
    re.DOTALL,
)

_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}"  # GitHub
    r"|glpat-[\w-]{16,}"  # GitLab
    r"|xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}"  # Slack
    r"|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}"  # AWS
    r"|AIza[\w-]{30,}|ya29\.[\w-]{20,}"  # Google
    r"|(?:sk|pk|rk)[-_](?:[A-Za-z]+[-_])*[A-Za-z0-9_-]{16,}"  # Stripe, OpenAI, Anthropic
    r"|hf_[A-Za-z0-9]{20,}|npm_[A-Za-z0-9]{20,}|pypi-[\w-]{16,}|dop_v1_[a-f0-9]{20,}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|shpat_[a-fA-F0-9]{20,}|lin_api_\w{20,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?"  # JSON Web Token
    r"|\$2[abxy]\$\d\d\$[./A-Za-z0-9]{20,}|\$argon2\w*\$\S{16,}"  # password hashes
    r")"
)

_URL_LOGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@]{1,256}@\S+")
_BEARER = re.compile(r"\b(?:bearer|basic)\s+([\w.~+/-]{12,}=*)", re.IGNORECASE)

_WORD_FOR_IT = (
    r"(?:\w{0,20}(?:pass(?:word|wort)|kennwort|wachtwoord)s?|pass(?:wd|code|phrase)?|pw|pwd"
    r"|pin(?:[ -]?(?:code|nummer))?|mot de passe|mdp|contrase[ñn]as?|clave|senha|palavra[- ]passe"
    r"|parola(?: d'ordine)?|hasło|zugangscode|geheimzahl|geheimwort|losungswort|sicherheitscode"
    r"|code (?:secret|d'accès|pin|segreto)|c[óo]digo (?:secreto|de acceso|de acesso|pin)"
    r"|codice (?:segreto|di accesso|pin)|toegangscode|pincode|clé (?:secrète|api|d'api|privée)"
    r"|chave (?:secreta|api|privada)|chiave (?:segreta|api|privata)|secret(?:[ _-]?key)?"
    r"|(?:api|access|private|auth|license|recovery|account|encryption|client)[ _-]?(?:key|token"
    r"|secret)|(?:\w{1,20}_)?(?:token|secret|passwd|password)|token|credentials?|otp|tan"
    r"|(?:2fa|mfa|login|verification|security|recovery|backup|access|door|alarm|gate|unlock)"
    r"[ _-]?code|security answer|cvv|cvc)"
)
_LINK = (
    r"(?:(?:[:=]|=>|:=|->)\s*|\s(?:(?:is|was|are|ist|lautet|heißt|war|est|es|era|è|era|é|luidt"
    r"|jest|will be|should be)(?:\s+(?:now|jetzt|maintenant|ahora|ora|nu|agora|still))?"
    r"|(?:(?:is|was|has been)\s+)?(?:changed|set|reset|geändert)\s+(?:to|auf|in))(?:\s*:)?\s+)"
)
_SAID = re.compile(
    rf"(?<![^\W_]){_WORD_FOR_IT}"
    r"(?:\s+(?:for|to|of|für|von|zum|pour|de|du|para|per|di|del|voor|van|do|da)"
    r"(?:\s+[\w'-]+){1,4}?)?"
    rf"""["']?\s*{_LINK}"""
    r"""(?P<value>"[^"\n]{1,200}"|'[^'\n]{1,200}'|\S+(?P<more>(?:[ \t]+[^\s]+){0,2}))""",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    rf"(?<![^\W_]){_WORD_FOR_IT}[ \t]+(?P<value>(?=\S*[\d!@#$%^&*+=?])\S{{3,}})", re.IGNORECASE
)
_PHRASE = re.compile(
    r"(?<![^\W_])(?:pass ?phrases?|(?:seed|recovery|secret|wallet)[ -]?(?:phrase|words?)"
    r"|mnemonic|merksatz|phrase secr[èe]te|frase (?:segreta|secreta|semilla)|wachtzin|credentials"
    r"|creds|login data|zugangsdaten|anmeldedaten|identifiants|credenciales|credenziali"
    r"|inloggegevens|credenciais)\b(?:\s*(?:[:=]|is|are|ist|sind|est|sont|es|son|è|sono|é|são"
    r"|zijn)(?!\w)\s*:?)\s*(?P<value>[^\n]{1,300})",
    re.IGNORECASE,
)
_TO_LOG_IN = re.compile(
    r"(?<!\w)(?:use|type|enter|try|with)\s+(?P<value>\S+(?:\s+(?:and|/)\s+\S+)?)\s+"
    r"(?:to|for)\s+(?:log(?:ging)?[ -]?(?:in|on)|sign(?:ing)?[ -]?in|unlock(?:ing)?"
    r"|login|access)(?!\w)"
    r"|(?<!\w)(?:log ?in|log ?on|sign in|unlock it|login)\s+(?:with|using)\s+(?P<other>\S+"
    r"(?:\s+(?:and|/)\s+\S+)?)",
    re.IGNORECASE,
)
_FLAG = re.compile(
    r"(?<!\S)--?(?:password|passwd|pass|pwd|passphrase|token|secret|api-key|passin|passout)"
    r"(?:[= ]|\s+)[\"']?(?P<value>[^\s\"']+)"
    r"|(?<!\w)(?:mysql\w*|mariadb\w*|sshpass|mongo\w*|redis-cli|docker\s+login|podman\s+login"
    r"|smbclient|ldapsearch|rabbitmqctl|sqlcmd|sqlplus|influx|7z|zip|unzip|unrar|net\s+use|pgbench)"
    r"(?![\w-])[^\n|;&]{0,200}?\s(?:-[pPawe]\s?|/user:\S+\s+)[\"']?(?P<other>[^\s\"'-][^\s\"']*)"
    r"|(?<!\w)(?:curl|wget|http|https|aria2c)\s[^\n|;&]{0,200}?\s?(?:-u|--user|-a)[= ]?"
    r"(?P<third>[^\s:]+:\S+)"
    r"|(?<!\w)(?:echo|printf|print)\s+(?:-\w+\s+)*(?P<fourth>[^|\n]{1,200}?)\s*\|\s*"
    r"(?:sudo|su|passwd|chpasswd|docker|podman|kinit|gpg|openssl|cryptsetup|sshpass|smbpasswd)(?!\w)"
    r"|(?<!\w)\w*(?:PASS|PASSWORD|PASSWD|PWD|SECRET|TOKEN|APIKEY|API_KEY|CREDENTIALS?)\w*="
    r"[\"']?(?P<fifth>[^\s\"']+)"
    r"|convertto-securestring\s+(?:-string\s+)?[\"']?(?P<sixth>[^\s\"'-][^\s\"']*)"
    r"|(?<!\w)(?:net\s+user|htpasswd\s+-\w*b\w*|wpa_passphrase|requirepass|masterauth|setx"
    r"\s+\w*(?:pass|pwd|secret|token|key)\w*)\s+(?P<seventh>[^\n|;&]+)",
    re.IGNORECASE,
)
_QUOTED = r"\"[^\"\n]*\"?|'[^'\n]*'?"
_OPTION = re.compile(
    r"(?<!\S)-(?:\w*storepass|keypass|passphrase|\w*passwo?r?d)[ =]+[\"']?(?P<value>[^\s\"']+)"
    rf"|(?<!\w)identified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?(?P<other>{_QUOTED})"
    rf"|(?<!\w)(?:user|role|login|grant)\s[^\n;]{{1,200}}?\sidentified\s+by\s+(?P<third>{_QUOTED}|\S+)"
    r"|(?<!\w)(?:create|alter)\s+(?:user|role|login)\s+\S+\s+(?:(?:with|login|encrypted|superuser)"
    rf"\s+){{0,4}}password\s*=?\s*(?P<fourth>{_QUOTED}|\S+)"
    r"|(?<!\w)smbclient\s+\S+\s+(?P<fifth>[^\s-]\S*)"
    r"|(?<!\w)(?:nmcli|wpa_cli|netsh|iwctl)\s[^\n|;&]{0,200}?(?:password|passphrase|psk|key)[ =:]+"
    r"(?P<sixth>[^\n|;&]+)",
    re.IGNORECASE,
)
"""As `_FLAG`: the options of some more commands, and what databases are told."""
_MAY_OPTION = (
    "storepass", "keypass", "passphrase", "passw", "identified", "smbclient", "nmcli", "wpa_cli",
    "netsh", "iwctl",
)  # fmt: skip
_SYMBOLS = re.compile(
    r"(?<!\S)(?=\S*[a-z])(?=\S*[A-Z])(?=\S*\d)(?=[^\s:/\\@]*[!$%^&*?#~+=])[^\s:/\\@]{7,64}(?!\S)"
)
MAY_HOLD = (
    "pass", "pw", "pin", "kenn", "wacht", "mot de", "mdp", "contras", "clave", "senha", "palavra",
    "parola", "hasło", "code", "geheim", "losung", "digo", "codice", "clé", "chave", "chiave",
    "secret", "key", "token", "creden", "creds", "otp", "tan", "cvv", "cvc", "phrase", "seed",
    "recovery", "wallet", "mnemonic", "merksatz", "frase", "zin", "login", "log", "sign", "unlock",
    "access", "zugang", "anmelde", "identif", "inlog", "answer", "--", "-p", "-u", "-a", "-w", "-e",
    "user", "|", "pwd", "htpass", "net ", "smbclient", "identified", "requirepass", "masterauth",
    "psk",
)  # fmt: skip
"""A part of each word that those need: most texts hold none of them."""

_CANDIDATE = re.compile(r"(?<![A-Za-z0-9+_-])[A-Za-z0-9+/_=-]{16,}(?![A-Za-z0-9+_-])")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX = re.compile(r"[0-9a-fA-F-]+")
_MIN_BITS, _MIN_HEX_BITS = 3.5, 3.0  # per character; English words in camel case lie below

_NO_VALUE_WORDS = """
a an the not no wrong right required incorrect invalid correct expired weak strong too very
needed being been going reset changed sent to used in on for of my your our their his her its it
this that what good bad fine safe same different empty missing still now also always never only
just there here ok okay working stored saved important common
falsch richtig abgelaufen nicht zu sehr der die das ein eine mein dein unser ihr noch schon
faux correct expiré pas trop le la un une mon ma votre notre trop toujours
incorrecta correcta caducada no muy el una mi su nuestra
sbagliata corretta scaduta non molto il un una mia tua
fout juist verlopen niet te erg de het een mijn jouw
errada correta não muito o uma minha sua
"""
_NO_VALUE = frozenset(_NO_VALUE_WORDS.split())
_ENDS_WORDS = """
and or but so because since if when while please pls thanks thank you to for in on at of it i we he
she they is was are can will should then do don't not let me as with that this the a an by now
und oder aber weil wenn bitte danke du sie ich wir es ist war kann für auf im in am zu mit nicht
et ou mais si merci vous je nous il est pour dans sur avec s'il
y o pero si gracias usted yo nosotros es para en con por
e ma se grazie lei io noi per con in
en of maar als dank je u ik wij het voor op met
mas obrigado você eu nós para em com
"""
_ENDS = frozenset(_ENDS_WORDS.split())
_AFTER = re.compile(r"[.,;!?)]$")
_SIGNS = "\"'.,;!?()"


def find(text: str) -> Iterator[Finding]:
    """The secrets in a text."""
    for match in _PRIVATE_KEY.finditer(text):
        yield Finding(*match.span(), "PRIVATE_KEY", 1.0, NAME)
    for pattern, group, score in ((_PREFIXED, 0, 0.95), (_URL_LOGIN, 0, 0.9), (_BEARER, 1, 0.8)):
        for match in pattern.finditer(text):
            yield Finding(*match.span(group), "SECRET", score, NAME)
    low = text.lower()
    if any(map(low.__contains__, MAY_HOLD)):
        yield from _said(text)
        yield from _of_commands(text)
    for match in _SYMBOLS.finditer(text):
        yield Finding(*match.span(), "PASSWORD", 0.4, NAME)
    for match in _CANDIDATE.finditer(text):
        if _is_random(match[0]):
            yield Finding(*match.span(), "SECRET", 0.7, NAME)


def _said(text: str) -> Iterator[Finding]:
    """What is called a password: `password is hunter2`, `PIN: 1234`, `api_key="…"`.

    Two more words are taken with it, up to one that goes on with the sentence.
    """
    for match in _SAID.finditer(text):
        start, end = match.span("value")
        if match["more"] is not None:
            end = match.start("more") + _said_on(text[start : match.start("more")], match["more"])
        value = text[start : match.start("more")] if match["more"] is not None else match["value"]
        if (bare := value.strip(_SIGNS).lower()) and bare not in _NO_VALUE:
            yield Finding(start, end, "PASSWORD", 0.8, NAME)
    for pattern in (_PHRASE, _BESIDE, _TO_LOG_IN):
        for match in pattern.finditer(text):
            group = "value" if match["value"] else "other"
            if match[group].strip(_SIGNS).lower() not in _NO_VALUE:
                yield Finding(*match.span(group), "PASSWORD", 0.6, NAME)


def _said_on(first: str, more: str) -> int:
    """How far the words after a password's first belong to it."""
    size, before = 0, first
    for word in re.finditer(r"\S+", more):
        if _AFTER.search(before) or word[0].strip(_SIGNS).lower() in _ENDS | _NO_VALUE:
            break
        size, before = word.end(), word[0]
    return size


def _of_commands(text: str) -> Iterator[Finding]:
    """What a command line gives as a password."""
    low = text.lower()
    options = _OPTION.finditer(text) if any(map(low.__contains__, _MAY_OPTION)) else ()
    for match in chain(_FLAG.finditer(text), options):
        for group, value in match.groupdict().items():
            if value:
                yield Finding(*match.span(group), "SECRET", 0.9, NAME)


def _is_random(token: str) -> bool:
    """Letters and digits mixed, with the entropy per character of a key."""
    letters = sum(character.isalpha() for character in token)
    digits = sum(character.isdigit() for character in token)
    if not digits or not letters or _UUID.fullmatch(token) or numbers.iban(token):
        return False
    least = _MIN_HEX_BITS if _HEX.fullmatch(token) else _MIN_BITS
    return entropy(token) >= least


def entropy(token: str) -> float:
    """Shannon's entropy of a token's characters, in bits per character; 0 for no characters."""
    size = len(token)
    return -sum(n / size * math.log2(n / size) for n in Counter(token).values())
