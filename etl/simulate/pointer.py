"""The mouse: strokes planned one by one, their samples made by the array at a session's end."""

from __future__ import annotations

import math

import numpy as np
import polars as pl

from etl.simulate import targets
from etl.simulate.desk import Desk, Move, focus, note_secret, rest, wait
from etl.simulate.dice import Dice
from etl.simulate.people import Device

_ELSEWHERE = 0.12  # strokes to none of the targets
_READ = 0.85  # of what was opened
_NEAR, _AROUND = 0.01, 0.06  # of the screen: how far from a control, or a part of the content
_KEYPAD = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "C", "0", "OK")


def move_to(desk: Desk, x: float, y: float) -> None:
    """Moves the mouse there in one stroke, or two where the first misses."""
    dice = desk.dice
    if dice.chance(desk.hand.missed):
        over = dice.between(1.03, 1.12)
        _stroke(desk, desk.x + (x - desk.x) * over, desk.y + (y - desk.y) * over)
        wait(desk, 30_000, 90_000)
    _stroke(desk, x, y)


def _stroke(desk: Desk, x: float, y: float) -> None:
    x, y = _exact(desk, x), _exact(desk, y)
    distance = math.sqrt((x - desk.x) * (x - desk.x) + (y - desk.y) * (y - desk.y))
    if distance < 2:
        return
    hand = desk.hand
    duration = hand.move_base + hand.move_slope * math.sqrt(distance)
    step = desk.session.device.step_us
    n = max(5, int(duration * desk.dice.between(0.75, 1.35)) // step)
    bend = hand.curve + desk.dice.between(-0.08, 0.08)
    desk.moves.append(Move(desk.clock, desk.x, desk.y, x, y, n, bend, hand.lean, hand.jitter))
    desk.counts["mousemove"] += n
    desk.clock += (n + 1) * step
    desk.x, desk.y = x, y


def _exact(desk: Desk, pixel: float) -> float:
    return round(pixel * 10) / 10 if desk.session.device.fractional else float(round(pixel))


def samples(moves: list[Move], device: Device, dice: Dice) -> pl.DataFrame:
    """Every sample of the strokes: `ts` (microseconds) and `tail` (the line from its type on).

    A stroke speeds up and slows down like a minimum-jerk movement that leans towards its start
    or its end, along a bow, with tremor.
    """
    n = np.array([move.n for move in moves], dtype=np.int64)
    of = np.repeat(np.arange(len(moves)), n)
    k = np.arange(len(of)) - np.repeat(np.cumsum(n) - n, n) + 1
    start, x0, y0, x1, y1, count, bend, lean, jitter = (
        np.array(column)[of] for column in zip(*moves, strict=True)
    )
    t = k / count
    t = t + lean * t * (1.0 - t)
    way = t * t * t * (10.0 - 15.0 * t + 6.0 * (t * t))
    bow = bend * 16.0 * (t * t) * ((1.0 - t) * (1.0 - t))
    loose = jitter * (k < count)
    tremor = dice.generator.random((4, len(of)))
    x = x0 + (x1 - x0) * way - (y1 - y0) * bow + loose * (tremor[0] + tremor[1] - 1.0) * 2.0
    y = y0 + (y1 - y0) * way + (x1 - x0) * bow + loose * (tremor[2] + tremor[3] - 1.0) * 2.0
    late = dice.generator.integers(-1_500, 1_501, len(of))
    lines = pl.DataFrame({"ts": start + k * device.step_us + late, "x": x, "y": y})
    return lines.select("ts", _tail(device).alias("tail"))


def _tail(device: Device) -> pl.Expr:
    digits = 1 if device.fractional else 0
    x, y = (pl.col(name).round(digits) for name in "xy")
    if not device.fractional:
        x, y = x.cast(pl.Int32), y.cast(pl.Int32)
    last = f',"screen_w":{device.screen_w},"screen_h":{device.screen_h}}}'
    return pl.concat_str(
        pl.lit('"type":"mousemove","x":'), x.cast(pl.String), pl.lit(',"y":'),
        y.cast(pl.String), pl.lit(last),
    )  # fmt: skip


def _put(desk: Desk, type: str, rest: str) -> None:
    device = desk.session.device
    x, y = (desk.x, desk.y) if device.fractional else (int(desk.x), int(desk.y))
    desk.ts.append(desk.clock)
    desk.tails.append(
        f'"type":"{type}","x":{x},"y":{y},"screen_w":{device.screen_w},'
        f'"screen_h":{device.screen_h},{rest}}}'
    )
    desk.counts[type] += 1


def click(desk: Desk, button: str = "left", times: int = 1) -> None:
    """Clicks where the mouse is, `times` in quick succession."""
    name = {1: "click", 2: "double click", 3: "triple click"}[times]
    desk.truth.behaviours[name if button == "left" else f"{button} click"] += 1
    for _ in range(times):
        wait(desk, 40_000, 110_000)
        _put(desk, "mousedown", f'"button":"{button}"')
        wait(desk, 0.7 * desk.hand.click, 1.3 * desk.hand.click)
        _put(desk, "mouseup", f'"button":"{button}"')


def drag(desk: Desk) -> None:
    """Drags something to somewhere else with the left button."""
    wait(desk, 40_000, 110_000)
    _put(desk, "mousedown", '"button":"left"')
    wait(desk, 60_000, 160_000)
    _stroke(desk, *_place(desk, content=True))
    wait(desk, 40_000, 110_000)
    _put(desk, "mouseup", '"button":"left"')
    desk.truth.behaviours["drag"] += 1


def scroll(desk: Desk, notches: int, *, sideways: bool = False) -> None:
    """Turns the wheel by one notch at a time; the sign says where to."""
    step = 1 if notches > 0 else -1
    turn = f'"dx":{step},"dy":0' if sideways else f'"dx":0,"dy":{step}'
    for _ in range(abs(notches)):
        wait(desk, 45_000, 120_000)
        _put(desk, "wheel", turn)
    desk.truth.behaviours["scroll sideways" if sideways else "scroll"] += 1


def wander(desk: Desk, *, content: bool = False) -> None:
    """Moves to a control of the application or its content; now and then to the other monitor."""
    device = desk.session.device
    if device.monitor and desk.dice.chance(0.04):
        beyond = desk.dice.between(20, device.screen_w * 0.6)
        x = -beyond if device.monitor < 0 else device.screen_w + beyond
        move_to(desk, x, desk.dice.between(0, device.screen_h - 1))
        rest(desk)
        desk.truth.behaviours["other monitor"] += 1
    move_to(desk, *_place(desk, content=content))


def _place(desk: Desk, *, content: bool) -> tuple[float, float]:
    """A target of the application or near it, or somewhere: the middle more than the edge."""
    device, dice = desk.session.device, desk.dice
    across, down = ((dice.uniform() + dice.uniform()) / 2 for _ in range(2))
    if not dice.chance(_ELSEWHERE):
        controls, parts = targets.of(desk.truth.focuses[-1]["app"])
        among, off = (parts, _AROUND) if content else (controls, _NEAR)
        desk.aim = targets.following(desk.aim, len(among), dice)
        desk.opened = not content and desk.aim < targets.OPENING
        x, y = among[desk.aim]
        across, down = x + off * (2 * across - 1), y + off * (2 * down - 1)
    return 2 + across * (device.screen_w - 4), 2 + down * (device.screen_h - 4)


def turns_to_content(desk: Desk) -> bool:
    """Whether reading comes next: mostly, and once, after going to what opens something."""
    opened, desk.opened = desk.opened, False
    return opened and desk.dice.chance(_READ)


def act(desk: Desk, *, clicks: bool, wheel: bool) -> None:
    """What the mouse does once it is there: clicks, drags and scrolling, as far as wanted."""
    dice = desk.dice
    if wheel and dice.chance(0.8):
        sideways = dice.chance(0.12)
        scroll(desk, dice.pick((-1, 1, 1)) * dice.whole(2, 10), sideways=sideways)
    if not clicks:
        return
    kind = dice.uniform()
    if kind < 0.08:
        drag(desk)
    elif kind < 0.2:
        click(desk, "right" if kind < 0.16 else "middle")
    else:
        click(desk, times=2 if kind < 0.32 else 3 if kind < 0.36 else 1)


def pin_pad(desk: Desk, pin: str, app: str, title: str, *, secure: bool) -> None:
    """Clicks a PIN on an on-screen pad, in a window that says it is secure or does not."""
    focus(desk, app, title, secure=secure)
    device, dice = desk.session.device, desk.dice
    side = dice.between(0.07, 0.11) * device.screen_h
    left = dice.between(0.1, 0.7) * device.screen_w
    top = dice.between(0.15, 0.45) * device.screen_h
    clicks, began = [], desk.clock
    for label in (*pin, "OK"):
        row, column = divmod(_KEYPAD.index(label), 3)
        x = left + (column + dice.between(0.3, 0.7)) * side
        move_to(desk, x, top + (row + dice.between(0.3, 0.7)) * side)
        click(desk)
        clicks.append({"ts": desk.clock, "x": desk.x, "y": desk.y, "label": label})
    note_secret(desk, "pin", pin, "pad", began)
    desk.truth.pads.append(
        {
            "user_id": desk.person.user_id, "device_id": device.device_id, "start": began,
            "end": desk.clock, "pin": pin, "secure": secure, "clicks": clicks,
        }
    )  # fmt: skip
    desk.truth.behaviours["secure pad" if secure else "open pad"] += 1
