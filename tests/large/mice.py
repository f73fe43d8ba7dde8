"""Public recordings of mice as canonical events: Balabit's challenge and SapiMouse."""

from __future__ import annotations

import os
from pathlib import Path

import polars as pl
import pytest

from transforms import events
from transforms.events import DAY_US, SCHEMA

_SCREENS = ((1280, 720), (1366, 768), (1440, 900), (1536, 864), (1600, 900), (1920, 1080),
            (1920, 1200), (2560, 1440), (3840, 2160))  # fmt: skip
_FIRST_DAY = 20_000


def place(variable: str) -> Path:
    """The folder that an environment variable names; the test is skipped where it names none."""
    given = os.environ.get(variable)
    if not given:
        pytest.skip(f"{variable} does not say where the recordings lie")
    return Path(given)


def balabit(folder: Path) -> pl.DataFrame:
    """Ten people at work on remote desktops (`training_files`), each session on a day of its own.

    Github: balabit/Mouse-Dynamics-Challenge.
    """
    parts = []
    for person in sorted(folder.glob("user*")):
        for day, file in enumerate(sorted(person.iterdir())):
            read = pl.read_csv(file, ignore_errors=True)
            timed = read.with_columns((pl.col("client timestamp") * 1e6).cast(pl.Int64).alias("us"))
            parts.append(_events(timed, person.name, file.name, day))
    return ready(pl.concat(parts))


def sapimouse(folder: Path) -> pl.DataFrame:
    """122 people on one task (`data/sapimouse`): three minutes on one day, one on the next.

    Github: jjmatthiesen/trajectoryAnimation_SapiMouse.
    """
    parts = []
    for person in sorted(folder.glob("user*")):
        for day, length in enumerate(("3min", "1min")):
            (file,) = person.glob(f"session*{length}.csv")
            read = pl.read_csv(file, ignore_errors=True).rename({"client timestamp": "us"})
            timed = read.with_columns(pl.col("us").cast(pl.Int64) * 1_000)
            parts.append(_events(timed, person.name, file.name, day))
    return ready(pl.concat(parts))


def ready(frame: pl.DataFrame) -> pl.DataFrame:
    """Events in order, in runs and focuses, as after consent."""
    parted = frame.with_columns(pl.lit(0, pl.Int64).alias("part"))
    return events.with_focus(events.with_runs(events.in_order(parted)), {})


def _events(read: pl.DataFrame, person: str, session: str, day: int) -> pl.DataFrame:
    """A file's samples. Neither set tells the screen's size: the least common one that holds all
    but one sample in a thousand is taken."""
    near = read.filter(
        pl.col("x").is_between(0, 8_000), pl.col("y").is_between(0, 8_000), pl.col("us") < DAY_US
    )
    wide, high = _screen(near)
    scrolled, pressed = pl.col("button") == "Scroll", pl.col("state") == "Pressed"
    released, up = pl.col("state") == "Released", pl.col("state") == "Up"
    made = {
        "user_id": pl.lit(person),
        "device_id": pl.lit("d"),
        "session_id": pl.lit(session),
        "ts": pl.col("us") + (_FIRST_DAY + day) * DAY_US,
        "type": pl.when(scrolled)
        .then(pl.lit("wheel"))
        .when(pressed)
        .then(pl.lit("mousedown"))
        .when(released)
        .then(pl.lit("mouseup"))
        .otherwise(pl.lit("mousemove")),
        "x": pl.col("x"),
        "y": pl.col("y"),
        "screen_w": pl.lit(wide),
        "screen_h": pl.lit(high),
        "button": pl.when(pressed | released).then(pl.col("button").str.to_lowercase()),
        "dy": pl.when(scrolled).then(pl.when(up).then(-1.0).otherwise(1.0)),
    }
    return near.select(
        made.get(name, pl.lit(None)).cast(kind).alias(name) for name, kind in SCHEMA.items()
    )


def _screen(near: pl.DataFrame) -> tuple[int, int]:
    x, y = (near[axis].quantile(0.999) or 0 for axis in "xy")
    return next((one for one in _SCREENS if x < one[0] and y < one[1]), _SCREENS[-1])
