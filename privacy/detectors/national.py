"""Numbers that states and banks give: found by their shape, kept by their check digits.

`python-stdnum` knows the checks. A number without any (a social security number of the United
States) scores lower; one that fails its check is none of these, and no number passes all the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module

from privacy.findings import Finding

NAME = "national"

_SHAPES = """
ID    us.ssn            weak    ### ## ####
ID    us.itin           weak    9## ## ####
BANK  us.rtn            checked #########
ID    gb.nhs            checked ### ### ####
ID    gb.utr            checked ##########
ID    de.idnr           checked ## ### ### ###
ID    de.stnr           weak    ### ### #####
ID    de.stnr           weak    ### #### ####
ID    de.stnr           weak    ## ### #####
ID    fr.nir            checked # ## ## #* ### ### ##
ID    fr.siren          checked ### ### ###
ID    fr.siret          checked ### ### ### #####
ID    fr.nif            checked ## ## ### ### ###
ID    es.dni            checked ## ### ### @
ID    es.nie            checked @ ### ### # @
ID    es.cif            checked @ ### ### # *
BANK  es.ccc            checked #### #### ## ##########
ID    it.codicefiscale  checked @@@ @@@ **@** @***@
ID    it.iva            checked ###########
ID    nl.bsn            checked #### ## ###
ID    pt.nif            checked ### ### ###
ID    pt.cc             checked ######## # **#
ID    be.nn             checked ## ## ## ### ##
ID    ch.ssn            checked ### #### #### ##
ID    at.vnr            checked #### ######
ID    at.tin            checked ## ### ####
ID    pl.pesel          checked ###########
ID    pl.nip            checked ### ### ## ##
ID    se.personnummer   checked ###### ####
ID    se.personnummer   checked ######## ####
ID    no.fodselsnummer  checked ###### #####
BANK  no.kontonr        checked #### ## #####
ID    dk.cpr            weak    ###### ####
ID    br.cpf            checked ### ### ### ##
ID    br.cnpj           checked ## ### ### #### ##
ID    in_.aadhaar       checked #### #### ####
ID    ca.sin            checked ### ### ###
ID    au.tfn            checked ### ### ###
ID    au.abn            checked ## ### ### ###
ID    ie.pps            checked #######@
ID    ie.pps            checked #######@@
ID    cz.rc             checked ###### ####
ID    ro.cnp            checked #############
ID    bg.egn            checked ##########
ID    tr.tckimlik       checked ###########
ID    za.idnr           checked ###### #### # # #
ID    mx.curp           checked @@@@######@@@@@@*#
ID    cn.ric            checked ######## ######## #*
ID    kr.rrn            checked ###### #######
ID    il.idnr           checked #########
ID    lei               checked ************ ******##
ID    imei              checked ## ###### ###### #
"""
"""Kind, check of `python-stdnum`, whether it has check digits, and how the number is written: `#`
a digit, `@` a letter, `*` either, a space for an optional space, point, hyphen or slash."""

_SIGNS = {"#": r"\d", "@": "[A-Za-z]", "*": "[A-Za-z0-9]", " ": "[ ./-]?"}
_LEAST_DIGITS = 5  # of any of these; most texts have fewer
_DIGIT = re.compile(r"\d")
_LONG = re.compile(r"\d(?:[^\n]{0,4}\d){4}")
_FINNISH = re.compile(r"(?<!\w)\d{6}[-+A-FU-Y]\d{3}[0-9A-Y](?!\w)", re.IGNORECASE)
_NINO = re.compile(
    r"(?<!\w)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?!\w)", re.IGNORECASE
)
_PAN = re.compile(r"(?<!\w)[A-Za-z]{3}[ABCFGHJLPT][A-Za-z]\d{4}[A-Za-z](?!\w)", re.IGNORECASE)
_SAID_BANK = re.compile(
    r"(?<!\w)(?:sort code|account (?:number|no\.?)|acct\.?(?: no\.?)?|konto(?:nummer|nr\.?)?|blz"
    r"|bankleitzahl|routing(?: number)?|rib|compte|cuenta|conto|rekening(?:nummer)?|conta)"
    r"(?:\s*(?:[:#=]|is|ist|est|es|è|é)\s*|\s+)(?P<value>\d(?:[ -]?\d){3,19})(?!\w)",
    re.IGNORECASE,
)
_SAID_BIC = re.compile(
    r"(?<!\w)(?:bic|swift)(?:[ /-]?(?:bic|swift|code))?(?:\s*(?:[:=]|is|ist|est|es|è|é)\s*|\s+)"
    r"(?P<value>[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?)(?!\w)",
    re.IGNORECASE,
)

Shape = tuple[re.Pattern[str], int, tuple[tuple[str, str, float], ...]]


@cache
def _shapes() -> tuple[Shape, ...]:
    """A pattern for each way of writing and its digits; kind, check and score of each number."""
    table: dict[str, list[tuple[str, str, float]]] = {}
    for line in _SHAPES.strip().splitlines():
        kind, check, strength, shape = line.split(maxsplit=3)
        table.setdefault(shape, []).append((kind, check, 0.9 if strength == "checked" else 0.4))
    return tuple(
        (_pattern(shape), sum(sign == "#" or sign.isdigit() for sign in shape), tuple(checks))
        for shape, checks in table.items()
    )


def _pattern(shape: str) -> re.Pattern[str]:
    return re.compile(
        r"(?<![\w])" + "".join(_SIGNS.get(sign, re.escape(sign)) for sign in shape) + r"(?!\w)"
    )


@cache
def _valid(check: str) -> Callable[[str], bool]:
    valid: Callable[[str], bool] = import_module(f"stdnum.{check}").is_valid
    return valid


def find(text: str) -> Iterator[Finding]:
    """The national identity, tax, company and bank numbers in a text."""
    for match in _SAID_BIC.finditer(text):
        if _valid("bic")(match["value"].replace(" ", "")):
            yield Finding(*match.span("value"), "BANK", 0.7, f"{NAME}:bic")
    for match in _PAN.finditer(text):
        yield Finding(*match.span(), "ID", 0.5, f"{NAME}:in_.pan")
    if not _LONG.search(text):
        return
    for match in _SAID_BANK.finditer(text):
        yield Finding(*match.span("value"), "BANK", 0.6, f"{NAME}:account")
    for pattern, kind, check in ((_NINO, "ID", "gb.nino"), (_FINNISH, "ID", "fi.hetu")):
        for match in pattern.finditer(text):
            if check == "gb.nino" or _valid(check)(match[0].upper()):
                yield Finding(*match.span(), kind, 0.8, f"{NAME}:{check}")
    digits = len(_DIGIT.findall(text))
    for pattern, least, checks in _shapes():
        if digits < least:
            continue
        for match in pattern.finditer(text):
            yield from _checked(match, checks)


def _checked(match: re.Match[str], checks: tuple[tuple[str, str, float], ...]) -> Iterator[Finding]:
    number = match[0]
    if not number.isascii() or len(_DIGIT.findall(number)) < _LEAST_DIGITS:
        return
    bare = re.sub(r"[ ./-]", "", number)
    for kind, check, score in checks:
        if _valid(check)(bare) or _valid(check)(number):
            yield Finding(*match.span(), kind, score, f"{NAME}:{check}")
