"""The native format's fields and rules, as data, and the SQL that follows from them.

Each field has a kind and the event types that it belongs to. The select made here turns columns
that hold raw JSON into typed ones and names the first rule that a line breaks.
"""

from __future__ import annotations

from transforms.events import KEYBOARD, MOUSE, TYPES

MAX_LINE = 16 * 1024 * 1024
BUTTONS = ("left", "right", "middle", "x1", "x2")
MODIFIERS = ("Shift", "Control", "Alt", "AltGraph", "Meta")
YEAR_1_US = -62_135_596_800_000_000
YEAR_10000_US = 253_402_300_800_000_000

_KEYS = ("keydown", "keyup")
_SECURE = (*KEYBOARD, "focus")

FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "user_id": ("string", TYPES),
    "ts": ("time", TYPES),
    "type": ("string", TYPES),
    "device_id": ("string", TYPES),
    "session_id": ("string", TYPES),
    "seq": ("integer", TYPES),
    "x": ("number", MOUSE),
    "y": ("number", MOUSE),
    "screen_w": ("integer", MOUSE),
    "screen_h": ("integer", MOUSE),
    "button": ("string", ("mousedown", "mouseup")),
    "dx": ("number", ("wheel",)),
    "dy": ("number", ("wheel",)),
    "key": ("string", _KEYS),
    "code": ("string", _KEYS),
    "mods": ("modifiers", (*_KEYS, *MOUSE)),
    "repeat": ("boolean", _KEYS),
    "secure": ("boolean", _SECURE),
    "app": ("string", ("focus",)),
    "title": ("string", ("focus",)),
    "url": ("string", ("focus",)),
    "text": ("string", ("paste", "compose")),
    "battery_pct": ("number", ("telemetry",)),
    "cpu_pct": ("number", ("telemetry",)),
    "net_bytes": ("number", ("telemetry",)),
}
"""Field -> (kind, the types it belongs to). A field on another type is dropped and counted."""

_SMALL = ("screen_w", "screen_h")
_RFC3339 = r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)"


def listed(names: tuple[str, ...]) -> str:
    """Names as an SQL list of string literals."""
    return ", ".join(f"'{name}'" for name in names)


def json_columns() -> str:
    """The `columns` argument of `read_json` that keeps each value as raw JSON."""
    return "{" + ", ".join(f"'{name}': 'JSON'" for name in FIELDS) + "}"


def typed(name: str) -> str:
    """The SQL expression that turns one raw JSON column into its value, or null."""
    kind = FIELDS[name][0]
    if kind == "string":
        return f"raw.{name} ->> '$'"
    if kind == "integer":
        size = "INTEGER" if name in _SMALL else "BIGINT"
        return f"TRY_CAST(raw.{name}::VARCHAR AS {size})"
    if kind == "number":
        return f"TRY_CAST(raw.{name}::VARCHAR AS DOUBLE)"
    if kind == "boolean":
        return f"TRY_CAST(raw.{name}::VARCHAR AS BOOLEAN)"
    if kind == "modifiers":
        joined = f"array_to_string(list_sort(list_distinct(raw.{name} ->> '$[*]')), '+')"
        return f"CASE WHEN raw.{name} IS NOT NULL THEN nullif({joined}, '') END"
    text = f"upper(raw.{name} ->> '$')"  # RFC 3339 allows t and z; the cast does not
    return (
        f"CASE WHEN starts_with(raw.{name}::VARCHAR, '\"') "
        f"THEN epoch_us(TRY_CAST({text} AS TIMESTAMPTZ)) "
        f"ELSE TRY_CAST(raw.{name}::VARCHAR AS BIGINT) END"
    )


def _wrong_kind(name: str) -> str:
    kind = FIELDS[name][0]
    raw = f"raw.{name}::VARCHAR"
    if kind == "string":
        return f"NOT starts_with({raw}, '\"')"
    if kind == "integer":
        return f"{typed(name)} IS NULL OR contains({raw}, '.') OR contains(lower({raw}), 'e')"
    if kind == "number":
        # JSON knows no NaN and no infinity; a number too large for a double is neither.
        return f"NOT coalesce(isfinite({typed(name)}), false) OR starts_with({raw}, '\"')"
    if kind == "boolean":
        return f"{raw} NOT IN ('true', 'false')"
    if kind == "modifiers":
        return f"coalesce(json_type(raw.{name}), '') != 'ARRAY'"
    number = f"TRY_CAST({raw} AS BIGINT) IS NOT NULL AND regexp_full_match({raw}, '-?[0-9]+')"
    return f"NOT ((starts_with({raw}, '\"')) OR ({number}))"


def fault() -> str:
    """SQL for the first rule that a line breaks, by name, or null; `raw` holds its columns."""
    required = ("user_id", "ts", "type")
    tests = [(f"raw.{name} IS NULL", f"{name}: required, missing") for name in required]
    for name, (kind, _) in FIELDS.items():
        wrong = f"raw.{name} IS NOT NULL AND ({_wrong_kind(name)})"
        tests.append((wrong, f"{name}: wrong kind, {kind} expected"))
    tests += _value_tests()
    cases = " ".join(f"WHEN {test} THEN '{reason}'" for test, reason in tests)
    return f"CASE {cases} END"


def _value_tests() -> list[tuple[str, str]]:
    ts = typed("ts")
    not_rfc = (
        f"starts_with(raw.ts::VARCHAR, '\"') AND NOT "
        f"(regexp_full_match(raw.ts ->> '$', '{_RFC3339}') AND {ts} IS NOT NULL)"
    )
    given = "raw.mods ->> '$[*]'"
    # A null within the list is passed over by list_has_all, so it is counted apart.
    modifiers = (
        f"(list_has_all([{listed(MODIFIERS)}], {given}) AND list_count({given}) = len({given}))"
    )
    return [
        ("trim(raw.user_id ->> '$') = ''", "user_id: required, empty"),
        (not_rfc, "ts: not RFC 3339 with an offset"),
        (
            f"NOT ({ts} >= {YEAR_1_US} AND {ts} < {YEAR_10000_US})",
            "ts: outside the years 1 to 9999",
        ),
        (f"(raw.type ->> '$') NOT IN ({listed(TYPES)})", "type: not listed"),
        (
            f"raw.button IS NOT NULL AND (raw.button ->> '$') NOT IN ({listed(BUTTONS)})",
            "button: not listed",
        ),
        ("raw.key IS NOT NULL AND length(raw.key ->> '$') > 32", "key: over 32 characters"),
        (f"raw.mods IS NOT NULL AND NOT {modifiers}", "mods: not listed"),
    ]


def struct() -> str:
    """The structure that `json_transform` splits a line into: raw JSON per field."""
    return "{" + ", ".join(f'"{name}": "JSON"' for name in FIELDS) + "}"


def select(extra: str = "") -> str:
    """The select list over `raw`: every typed column, `fault`, then `extra` columns."""
    columns = [f"{typed(name)} AS {name}" for name in FIELDS]
    return ", ".join([*columns, f"{fault()} AS fault", *([extra] if extra else [])])
