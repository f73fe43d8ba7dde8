"""`docs/privacy-utility.md`: the tables and the chart of risk against use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from privacy.attacks.figures import Figure

DOCS = Path(__file__).parents[2] / "docs"
PAGE, CHART = DOCS / "privacy-utility.md", DOCS / "privacy-utility.svg"


def table(names: Sequence[str], lines: Sequence[Sequence[object]]) -> str:
    rows = [names, ["---"] * len(names), *lines]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


def figure(one: Figure | None) -> str:
    return "too few" if one is None else f"{one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


def put(name: str, text: str) -> None:
    """Puts a part between its markers, which must be there."""
    page = PAGE.read_text(encoding="utf-8")
    found = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    assert found.search(page), f"no place for {name}"
    PAGE.write_text(found.sub(lambda m: f"{m[1]}{text}\n{m[2]}", page), encoding="utf-8")


def chart(points: Sequence[dict[str, Any]]) -> None:
    """Risk against use, one panel for each set of people; the raw recording lies at one end."""
    import altair as alt
    import vl_convert

    base = alt.Chart(alt.Data(values=list(points))).encode(
        x=alt.X("use:Q", title="use: share kept of what raw rows give",
                scale=alt.Scale(domain=[-0.2, 1.1], clamp=True)),
        y=alt.Y("risk:Q", title="risk: rank-1, times chance", scale=alt.Scale(type="log")),
    )  # fmt: skip
    dots = base.mark_point(filled=True, size=70).encode(
        color=alt.Color("setting:N", title=None, sort=None), shape=alt.Shape("rows:N", title=None)
    )
    both = dots.properties(width=260, height=240)
    drawn = both.facet(column=alt.Column("people:N", title=None))
    CHART.write_text(vl_convert.vegalite_to_svg(drawn.to_json()), encoding="utf-8")
