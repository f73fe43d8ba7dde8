"""What is written out as one would say it: digits as words, `at` and `dot` in addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

Change = tuple[int, int, str]

_DIGIT_WORDS = """
0 zero oh nought null zéro cero nul nulo
1 one eins ein une un uno una een één um uma
2 two zwei zwo deux dos due twee dois duas
3 three drei trois tres tre drie três
4 four vier quatre cuatro quattro quatro
5 five fünf fuenf cinq cinco cinque vijf
6 six sechs seis sei zes meia
7 seven sieben sept siete sette zeven sete
8 eight acht huit ocho otto oito
9 nine neun neuf nueve nove negen
10 ten zehn dix diez dieci tien dez
11 eleven elf onze once undici
12 twelve zwölf zwoelf douze doce dodici twaalf doze
20 twenty zwanzig vingt veinte venti twintig vinte
30 thirty dreißig dreissig trente treinta trenta dertig trinta
40 forty vierzig quarante cuarenta quaranta veertig quarenta
50 fifty fünfzig cinquante cincuenta cinquanta vijftig cinquenta
60 sixty sechzig soixante sesenta sessanta zestig sessenta
70 seventy siebzig septante setenta settanta zeventig
80 eighty achtzig quatre-vingt ochenta ottanta tachtig oitenta
90 ninety neunzig nonante noventa novanta negentig
"""
DIGITS = {
    word: digits
    for digits, *words in (line.split() for line in _DIGIT_WORDS.strip().splitlines())
    for word in words
}
_AGAIN = {"double": 2, "doppel": 2, "doppelt": 2, "doble": 2, "dubbel": 2, "duplo": 2, "triple": 3}
_ANY = "|".join(sorted({*DIGITS, *_AGAIN}, key=lambda word: (-len(word), word)))
_RUN = re.compile(
    rf"(?<![^\W_])(?:{_ANY}|\d)(?:[\s,.;/_-]{{1,3}}(?:{_ANY}|\d)){{3,}}(?![^\W_])", re.IGNORECASE
)
_ONE = re.compile(rf"(?<![^\W_])(?P<again>(?:double|do[pb]pelt?|doble|dubbel|duplo|triple)\s)?"
                  rf"(?P<word>{_ANY}|\d)(?![^\W_])", re.IGNORECASE)  # fmt: skip
_LETTERS = re.compile(r"[^\W\d_]+")
_LEAST_WORDS = 3  # of a run; the rest may be digits

_AT = r"(?:at|ät|arroba|aroba|arobase|arobas|chiocciola|apenstaartje|klammeraffe)"
_DOT = r"(?:dot|punkt|punto|point|ponto|punt)"
_LAST = (
    r"(?:com|org|net|edu|gov|mil|io|ai|info|biz|dev|app|cloud|eu|uk|us|de|at|ch|fr|es|it|nl|pt|br"
    r"|be|pl|se|no|dk|fi|ie|ca|au|in|jp|mx|co|me|local|internal|corp|lan|example|test)"
)
_PART = r"[\w+-]{1,64}"
_BRACKETED_AT = r"\s*[\[({<]\s*(?:" + _AT + r"|@|a)\s*[\])}>]\s*"
_BRACKETED_DOT = r"\s*[\[({<]\s*(?:" + _DOT + r"|\.)\s*[\])}>]\s*"
_ANY_AT = rf"(?:\s+{_AT}\s+|{_BRACKETED_AT}|\s*@\s*)"
_ANY_DOT = rf"(?:\s+{_DOT}\s+|{_BRACKETED_DOT}|\s?\.\s?)"
_ADDRESS = re.compile(
    rf"(?<![\w+-]){_PART}(?:(?:\s+{_DOT}\s+|\.){_PART}){{0,3}}{_ANY_AT}{_PART}"
    rf"(?:{_ANY_DOT}{_PART}){{0,3}}{_ANY_DOT}(?!(?<=point )(?:in|it|no|me|be|us|at)\b){_LAST}(?!\w)"
    rf"|(?<![\w+-])(?!(?:the|a)\s){_PART}\s+(?:dot|punkt)\s+{_LAST}(?!\w)",
    re.IGNORECASE,
)
MAY_ADDRESS = re.compile(rf"(?<!\w){_DOT}(?!\w)|[\[({{<]\s*(?:\.|{_AT}|@)|\s@|@\s", re.IGNORECASE)
_SAID_AT = re.compile(_ANY_AT, re.IGNORECASE)
_SAID_DOT = re.compile(_ANY_DOT, re.IGNORECASE)


def numbers(text: str) -> Iterator[tuple[int, int]]:
    """Spans of four digits or more that are spelled out, in any of seven languages."""
    if sum(map(DIGITS.__contains__, _LETTERS.findall(text.lower()))) < _LEAST_WORDS:
        return
    for run in _RUN.finditer(text):
        if sum(not one["word"].isdigit() for one in _ONE.finditer(run[0])) >= _LEAST_WORDS:
            yield run.span()


def digits(text: str) -> list[Change]:
    """Those spans as digits: each word, with what follows it, is read as its digits."""
    changes = []
    for start, end in numbers(text):
        ones = list(_ONE.finditer(text[start:end]))
        for one, following in zip(ones, [*(o.start() for o in ones[1:]), end - start], strict=True):
            said = DIGITS.get(one["word"].lower(), one["word"] if one["word"].isdigit() else "")
            times = _AGAIN.get((one["again"] or "").strip().lower(), 1)
            changes.append((start + one.start(), start + following, said * times))
    return changes


def addresses(text: str) -> list[Change]:
    """Addresses of mail and hosts that are spelled, with their signs: `ann at corp dot com`."""
    if not MAY_ADDRESS.search(text):
        return []
    changes = []
    for match in _ADDRESS.finditer(text):
        name, at, host = match[0], "", ""
        if sign := _SAID_AT.search(match[0]):
            name, at, host = match[0][: sign.start()], "@", match[0][sign.end() :]
        plain = _SAID_DOT.sub(".", name) + at + _SAID_DOT.sub(".", host)
        if plain != match[0]:
            changes.append((match.start(), match.end(), plain))
    return changes
