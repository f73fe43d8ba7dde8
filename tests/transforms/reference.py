"""Snippets made slowly, one event at a time, to compare the fast ones with."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

from transforms.events import DAY_US
from transforms.pointer import PointerParams

Row = dict[str, Any]


def snippets(rows: list[Row], params: PointerParams) -> list[Row]:
    """What `transforms.pointer.snippets` gives for prepared events, as dictionaries."""
    made: list[Row] = []
    counts: dict[tuple[Any, ...], int] = {}
    for clip in _clips(rows, params):
        points = _points(clip, params)[-params.max_points :]
        row = _row(clip, points)
        stretch = (row["user_id"], row["device_id"], row["first_ts"] // DAY_US)
        row["ordinal"] = counts[stretch] = counts.get(stretch, -1) + 1
        if len(points) > 1 or row["end"] not in ("none", "wheel"):
            made.append(row)
    return made


def _inside(row: Row) -> bool:
    numbers = (row["x"], row["y"], row["screen_w"], row["screen_h"])
    if None in numbers:
        return False
    x, y, width, height = numbers
    return bool(0 <= x < width and 0 <= y < height)


def _samples(rows: list[Row], params: PointerParams) -> Iterator[Row]:
    last: Row | None = None
    for row in rows:
        if row["type"] not in ("mousemove", "mousedown", "wheel") or not _inside(row):
            continue
        turns_on = last is not None and last["type"] == row["type"] == "wheel"
        if last is None or not turns_on or _apart(last, row, params):
            yield row
        last = row


def _clips(rows: list[Row], params: PointerParams) -> Iterator[list[Row]]:
    clip: list[Row] = []
    for row in _samples(rows, params):
        if clip and _ends(clip[-1], row, params):
            yield clip
            clip = []
        clip.append(row)
    if clip:
        yield clip


def _ends(last: Row, row: Row, params: PointerParams) -> bool:
    return _apart(last, row, params) or last["type"] in ("mousedown", "wheel")


def _apart(last: Row, row: Row, params: PointerParams) -> bool:
    moved_on = (last["run"], last["focus"]) != (row["run"], row["focus"])
    return moved_on or bool(row["ts"] - last["ts"] >= params.rest_ms * 1000)


def _points(clip: list[Row], params: PointerParams) -> list[Row]:
    grid = params.grid
    points: list[Row] = []
    by_bin: dict[int, list[Row]] = {}
    for row in clip:
        by_bin.setdefault((row["ts"] - clip[0]["ts"]) // grid.bin_us, []).append(row)
    for number, samples in sorted(by_bin.items()):
        last = samples[-1]
        place = (
            math.floor(last["x"] * grid.columns / last["screen_w"]),
            math.floor(last["y"] * grid.rows / last["screen_h"]),
        )
        if points and points[-1]["place"] == place:
            points[-1]["samples"] += samples
        else:
            points.append({"place": place, "bin": number, "samples": list(samples)})
    return points


def _row(clip: list[Row], points: list[Row]) -> Row:
    last = clip[-1]
    bins = [point["bin"] for point in points]
    gaps = [later - earlier for earlier, later in itertools.pairwise(bins)]
    ends = {"mousemove": "none", "wheel": "wheel"}
    button = last["button"] if last["button"] in ("left", "right", "middle") else "other"
    return {
        "x": [point["place"][0] for point in points],
        "y": [point["place"][1] for point in points],
        "gap": [0, *(min(gap.bit_length(), 8) for gap in gaps)],
        "app": last["category"],
        "end": ends.get(last["type"], button),
        "user_id": last["user_id"],
        "device_id": last["device_id"],
        "first_ts": points[0]["samples"][0]["ts"],
        "last_ts": last["ts"],
        "n_keyboard": 0,
        "n_mouse": sum(len(point["samples"]) for point in points),
        "n_other": 0,
    }
