"""What is older than the project keeps goes for good; the sums still agree."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from etl import compaction, erase, marks, moments, project, prune, warehouse
from etl.errors import TacendaError, UsageError
from etl.project import Project
from tests.etl import leaver, remains
from tests.etl.conftest import NOW, line, load, rows, write

DAY = 86_400_000_000
BEFORE = NOW - 10 * DAY
OLD, YOUNG = BEFORE - DAY, BEFORE + DAY
TITLE = "An old window that is over"


def at(moment: int, seq: int, **fields: Any) -> str:
    return line(ts=moment + seq, seq=seq, **fields)


def aged(place: Path, days: int | None = 10) -> Project:
    """A project that keeps ten days: Ann's old file, Bob's of both ages, one of broken lines."""
    made = leaver.project.create(place / "project")
    if days is not None:
        with (made.root / project.CONFIG).open("a") as file:
            file.write(f"[consent]\nretention_days = {days}\n")
    made = project.load(made.root)
    leaver.keys.make(made)
    warehouse.create(made)
    shown = {"type": "focus", "title": TITLE}
    old = [at(OLD, n, user_id="ann@corp") for n in range(1, 5)]
    write(place / "old.jsonl", at(OLD, 9, user_id="ann@corp", **shown), *old, "{broken")
    both = [at(OLD, n, user_id="bob@corp") for n in range(1, 4)]
    both += [at(YOUNG, n, user_id="bob@corp") for n in range(4, 9)]
    clash = [
        at(ts, n, user_id="bob@corp", x=x) for ts, n in ((OLD, 20), (YOUNG, 21)) for x in (1, 2)
    ]
    write(place / "both.jsonl", *both, *clash, "{broken")
    write(place / "young.jsonl", at(YOUNG, 1, user_id="cid@corp"))

    write(place / "edge.jsonl", line(user_id="dan@corp", ts=BEFORE - 1, seq=1),
          line(user_id="dan@corp", ts=BEFORE, seq=2))  # fmt: skip
    load(made, *(place / f"{name}.jsonl" for name in ("old", "both", "young", "edge")))
    leaver.release(made, "v1", ["bob@corp"])
    leaver.release(made, "v2", ["cid@corp"])
    with warehouse.opened(made, "test", write=True) as connection:
        connection.execute("UPDATE lake.lineage SET first_ts = ?, last_ts = ?", [YOUNG, YOUNG])
        connection.execute("UPDATE lake.lineage SET first_ts = ? WHERE user_id = 'bob@corp'", [OLD])
    return made


@pytest.fixture
def work(tmp_path: Path) -> Project:
    return aged(tmp_path)


def events(target: Project) -> list[tuple[Any, ...]]:
    return rows(target, "SELECT user_id, min(ts), count(*) FROM lake.events GROUP BY 1 ORDER BY 1")


def test_what_is_older_goes_and_the_rest_stays(work: Project) -> None:
    planned_on = leaver.frozen(work)
    planned = prune.prune(work, now=NOW, dry_run=True)
    assert leaver.frozen(work) == planned_on
    tokens = dict(rows(work, "SELECT user_id, token FROM lake.revisions"))
    done = prune.prune(work, now=NOW)
    assert done == planned
    assert done.before == BEFORE and done.people == 3
    assert done.tables == {"events": 9, "lineage": 1, "quarantine": 3}
    assert events(work) == [
        ("bob@corp", YOUNG + 4, 5), ("cid@corp", YOUNG + 1, 1), ("dan@corp", BEFORE, 1)
    ]  # fmt: skip
    assert remains.left(work, [TITLE]) == []
    _the_tables_agree(work)
    found = rows(work, "SELECT user_id, token FROM lake.revisions")
    changed = {user for user, token in found if tokens.get(user) != token}
    assert changed == {"bob@corp", "dan@corp"} and "ann@corp" not in {user for user, _ in found}
    waiting = {v: set(mark.waiting) for v, mark in marks.read(work, "typed-text").items()}
    assert waiting == {"v1": {"retention"}, "v2": set()}
    again = prune.prune(work, now=NOW)
    assert again.tables == {}


def _the_tables_agree(work: Project) -> None:
    assert leaver.sums(work) == (0, 0, 0)
    assert rows(work, "SELECT user_id, first_ts, first_seq, n FROM lake.sessions ORDER BY 1") == [
        ("bob@corp", YOUNG + 4, 4, 5), ("cid@corp", YOUNG + 1, 1, 1), ("dan@corp", BEFORE, 2, 1)
    ]  # fmt: skip
    assert ("ann@corp",) not in rows(work, "SELECT user_id FROM lake.people")
    assert rows(work, "SELECT count(*) FROM ducklake_snapshots('lake')")[0][0] == 1
    kept = rows(work, "SELECT content FROM lake.quarantine ORDER BY content")
    assert len(kept) == 3 and all(str(OLD)[:8] not in row[0] for row in kept)
    erased = dict(rows(work, "SELECT parse_filename(path), erased FROM lake.files"))
    assert erased == {"old.jsonl": 6, "both.jsonl": 5, "young.jsonl": 0, "edge.jsonl": 1}


class Killed(BaseException):
    """Stands for a kill."""


@pytest.mark.parametrize(
    "where", [(prune, "take"), (compaction, "clean"), (compaction, "copy_catalog")]
)
def test_killed_on_the_way_it_ends_when_run_again(
    work: Project, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str]
) -> None:
    def die(*given: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(*where, die)
        with pytest.raises(Killed):
            prune.prune(work, now=NOW)
    prune.prune(work, now=NOW)
    assert remains.left(work, [TITLE]) == []
    _the_tables_agree(work)


def test_without_a_limit_it_says_so(tmp_path: Path) -> None:
    target = aged(tmp_path, days=None)
    before = leaver.frozen(target)
    for dry_run in (True, False):
        with pytest.raises(UsageError, match="retention_days"):
            prune.prune(target, now=NOW, dry_run=dry_run)
    assert leaver.frozen(target) == before


def test_a_full_disk_says_what_to_do(work: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(prune, "take", full)
    before = events(work)
    with pytest.raises(TacendaError, match="the disk is full"):
        prune.prune(work, now=NOW)
    assert events(work) == before


def test_who_has_nothing_left_can_still_be_erased(work: Project) -> None:
    """By the capture of a file that was pruned, or by what a release may hold of them."""
    prune.prune(work, now=NOW)
    ended = erase.erase(work, "bob@corp", now=NOW)
    assert [one[:2] for one in ended.plan.releases] == [("typed-text", "v1")]
    assert moments.written(NOW) in ended.certificate.read_text()
    assert json.loads(ended.certificate.read_text())["found"] == 0
