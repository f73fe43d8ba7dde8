"""Pictures for a dataset's card: what its rows are, and what attackers reached; SVG, no browser.

A picture follows from released rows and the manifest's figures alone. Nothing in it is laid out by
the width of a text, so that its bytes do not depend on the fonts of a machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import polars as pl

from etl import attacked
from etl.attacked import Attacks
from etl.features import Feature, Label, Structs
from etl.recipe import Recipe
from etl.shards import Shard
from privacy.attacks.figures import Figure
from privacy.gates.attacked import Limit

_ACROSS, _LINE = 360, 22  # pixels: the width of a plot, the height of one of its lines
_LEFT, _RIGHT, _TOP, _BOTTOM = 280, 220, 16, 48
_UNCUT = 10_000  # where names were cut, how wide they are in a font would decide what stands there
_MOST = 3.0  # times the way to the limit; what lies beyond is drawn at the edge
_FONT = "sans-serif"
_OURS, _RAW, _LIMIT, _INK = "#1f5fa8", "#b8480f", "#8a1c1c", "#222222"


def counts(
    folder: Path, features: Mapping[str, Feature], shards: Sequence[Shard]
) -> list[tuple[str, str, int]]:
    """(column, name of a class, how many rows), the most frequent first; of actions, how many.

    Of the rows that were written, as anybody can count them; classes without any are left out.
    """
    found: list[tuple[str, str, int]] = []
    for column, part, feature in _classes(features):
        each = pl.DataFrame(schema={"class": pl.Int64, "len": pl.UInt32})
        for shard in shards:
            values = pl.read_parquet(folder / shard.file, columns=[column])[column]
            if part:
                values = values.explode().drop_nulls().struct.field(part)
            each = pl.concat([each, values.rename("class").value_counts(name="len")])
        sums = each.group_by("class").agg(pl.col("len").sum()).rows()
        named = sorted((-n, feature.names[number]) for number, n in sums)
        found += [(part or column, name, -n) for n, name in named]
    return found


def _classes(features: Mapping[str, Feature]) -> list[tuple[str, str, Label]]:
    """(column, part of its structures or "", feature) of what a picture counts."""
    labels = [(name, "", one) for name, one in features.items() if isinstance(one, Label)]
    parts = [
        (name, part, inner)
        for name, one in features.items()
        if isinstance(one, Structs)
        for part, inner in one.parts
        if isinstance(inner, Label) and part == "action"
    ]
    return labels + parts


def composition(counted: Sequence[tuple[str, str, int]]) -> str:
    """How many rows there are of each class, as bars."""
    alt: Any = import_module("altair")
    sums: dict[str, int] = {}
    for column, _, n in counted:
        sums[column] = sums.get(column, 0) + n
    lines = [
        {"line": f"{column}: {name}", "n": n, "column": column,
         "said": f"{n:,} ({n / sums[column]:.1%})"}
        for column, name, n in counted
    ]  # fmt: skip
    most = max((n for _, _, n in counted), default=1)
    base = _base(alt, lines).encode(x=alt.X("n:Q", axis=None, scale=alt.Scale(domain=[0, most])))
    bars = base.mark_bar(color=_OURS, aria=False)
    words = base.mark_text(align="left", dx=5, color=_INK, aria=False).encode(text="said:N")
    return _svg(alt.layer(bars, words), len(lines))


def attackers(recipe: Recipe, reached: Attacks) -> str:
    """How far each attack got on the way from a blind guess (0) to the recipe's limit (1).

    With its 95 % interval, beside the same attack on raw recordings of the same people where it was
    set on them.
    """
    alt: Any = import_module("altair")
    lines = _reached(recipe, reached)
    own, edge = _base(alt, lines), alt.Chart(alt.Data(values=[{"limit": 1}]))
    axis = alt.Axis(values=[0, 1, 2, 3], title="0: a blind guess, 1: the limit, 3: three times "
                    "as far or more", format="d", labelOverlap=False, labelFlush=False)  # fmt: skip
    scale = alt.Scale(domain=[-1, _MOST], clamp=True)

    def at(name: str) -> Any:
        return alt.X(f"{name}:Q", axis=axis, scale=scale)

    dot = {"filled": True, "opacity": 1, "aria": False}
    raws = own.transform_filter("isValid(datum.raw)").mark_point(
        color=_RAW, shape="diamond", size=80, **dot
    )
    drawn = alt.layer(
        edge.mark_rule(color=_LIMIT, strokeDash=[4, 3], aria=False).encode(x=at("limit")),
        own.mark_rule(color=_OURS, strokeWidth=3, aria=False).encode(x=at("low"), x2="high:Q"),
        own.mark_point(color=_OURS, size=60, **dot).encode(x=at("reached")),
        raws.encode(x=at("raw")),
        own.mark_text(align="left", color=_INK, aria=False, x=_ACROSS + 10).encode(text="said:N"),
    )
    return _svg(drawn, len(lines))


def in_words(recipe: Recipe, reached: Attacks) -> str:
    """What the picture of attackers says, for whoever cannot see it."""
    return "; ".join(f"{one['line']} {one['said']}" for one in _reached(recipe, reached))


def _reached(recipe: Recipe, reached: Attacks) -> list[dict[str, object]]:
    released = {one.measure: one for one in reached.released}
    raw = {one.measure: one for one in reached.raw}
    limits = [limit for gate in attacked.limits(recipe).values() for limit in gate]
    return [
        _line(limit, released[limit.measure], raw.get(limit.measure))
        for limit in limits
        if limit.measure in released
    ]


def _line(limit: Limit, own: Figure, raw: Figure | None) -> dict[str, object]:
    """One attack's figures as shares of the way to its limit, and in words as they are."""
    ahead = own.naive < limit.value if not limit.above else own.naive > limit.value
    start = own.naive if ahead else 0.0
    share = {
        "reached": own.value, "low": own.low, "high": own.high,
        **({"raw": raw.value} if raw else {}),
    }  # fmt: skip
    beside = f", raw {raw.value:.2f}" if raw else ""
    return {
        "line": own.measure,
        "said": f"{own.value:.2f}{beside}, limit {limit.value:.2f}",
        **{name: (value - start) / (limit.value - start) for name, value in share.items()},
    }


def _base(alt: Any, lines: Sequence[Mapping[str, object]]) -> Any:
    """Lines of a picture in their order, each with its name at the left."""
    axis = alt.Axis(title=None, labelLimit=_UNCUT, ticks=False, domain=False,
                    minExtent=_LEFT - 5, maxExtent=_LEFT - 5)  # fmt: skip
    y = alt.Y("line:N", sort=None, axis=axis)
    return alt.Chart(alt.Data(values=list(lines))).encode(y=y)


def _svg(drawn: Any, lines: int) -> str:
    vl_convert: Any = import_module("vl_convert")
    padding = {"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM}
    whole = drawn.properties(
        width=_ACROSS, height=_LINE * max(lines, 1), background="white", padding=padding,
        autosize="none",
    ).configure(font=_FONT, aria=False).configure_view(stroke=None)  # fmt: skip
    spec = json.dumps(whole.to_dict(), sort_keys=True)
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return svg if svg.endswith("\n") else f"{svg}\n"
