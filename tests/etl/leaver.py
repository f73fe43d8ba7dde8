"""A small project in which one person is everywhere, and what must be gone of them."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from etl import cache, keys, project, warehouse
from etl.project import Project
from tests.etl.conftest import line, load, rows, write

ANN = "ann.miller@corp"
BOB = "bob@corp"
SECRET = "The Velvet Quokka Ledger"
PASTED = "zanzibar-pasted-only-by-her"
TYPED = "xylophonic"
DEVICE, SESSION = "annie-laptop-77", "annie-session-0001"

GONE = (ANN, "ANN.Miller@Corp", SECRET, PASTED, TYPED, DEVICE, SESSION)

EXEMPTIONS = (
    "\ufeffuser_id,status,scope,requested_at,decided_at\r\n"
    'bob@corp,denied,all,,"2026-01-01T00:00:00Z"\r\n'
    " ANN.Miller@Corp ,denied,all,,2026-01-01T00:00:00Z\r\n"
    '"cid@corp",denied,all,2026-01-01T00:00:00Z,\r\n'
)
PAUSES = (
    json.dumps({"user_id": "cid@corp", "start": "2026-01-01T00:00:00Z"}) + "\n"
    + json.dumps({"user_id": ANN, "start": "2026-01-01T00:00:00Z"}) + "\n\n"
    + json.dumps({"start": "2026-01-02T00:00:00Z", "user_id": BOB})
)  # fmt: skip


def typed(user: str, text: str, first: int, **fields: Any) -> Iterator[str]:
    """A text typed key by key, one each second, and left with Enter."""
    for seq, key in enumerate([*text, "Enter"], first):
        yield line(user_id=user, type="keydown", key=key, seq=seq, **fields)


def hers(first: int = 1) -> list[str]:
    """What was recorded of Ann alone."""
    own = {"user_id": ANN, "device_id": DEVICE, "session_id": SESSION}
    return [
        line(**own, type="focus", app="editor", title=SECRET, url="x.example/annie-7", seq=first),
        line(**own, type="paste", text=PASTED, seq=first + 1),
        *typed(ANN, f"{TYPED} quartets", first + 2, device_id=DEVICE, session_id=SESSION),
        *(line(**own, seq=first + 50 + n, x=n, y=n) for n in range(20)),
    ]  # fmt: skip


def of(user: str, n: int = 30) -> list[str]:
    """What was recorded of somebody else."""
    shown = {"app": "editor", "title": f"Notes of {user}"}
    return [
        line(user_id=user, device_id="d-shared", type="focus", **shown, seq=1),
        *(line(user_id=user, device_id="d-shared", seq=n, x=n) for n in range(2, n)),
    ]


def capture(folder: Path) -> Path:
    """Recordings: one of Ann alone, whose name says so, and one of everybody with broken lines."""
    write(folder / f"{ANN}.jsonl", *hers(), "{cut", json.dumps({"user_id": "Ann.Miller@corp"}))
    mixed = [
        *of(BOB),
        *of("cid@corp"),
        line(user_id=ANN, device_id="d-shared", seq=900),
        line(user_id=ANN, device_id="d-shared", seq=901, x=1),
        line(user_id=ANN, device_id="d-shared", seq=901, x=2),
        line(user_id=BOB, device_id="d-shared", seq=902, x=1),
        line(user_id=BOB, device_id="d-shared", seq=902, x=2),
        '{"user_id": "ANN.MILLER@corp", "ts": 5',
        '{"user_id": "bob@corp", "ts": 5',
        f'{{"ts": 5, "title": "{SECRET}"',
    ]
    write(folder / "mixed.jsonl", *mixed)
    write(folder / f"copy of {ANN}" / "bob.jsonl", *of(BOB, 40)[30:])
    return folder


def filled(place: Path, *, encryption: str = "on") -> Project:
    """A project with Ann in every corner of it; nothing of it was built for real."""
    made = project.create(place / "project")
    if encryption == "off":
        config = made.root / project.CONFIG
        config.write_text(config.read_text().replace('"on"', '"off"'))
        made = project.load(made.root)
    keys.make(made)
    warehouse.create(made)
    load(made, capture(place / "capture"))
    (made.consent / "exemptions.csv").write_bytes(EXEMPTIONS.encode())
    (made.consent / "pauses.jsonl").write_text(PAUSES)
    pl.DataFrame(
        {"app": ["vault", "editor"], "user_id": [ANN, None], "reason": ["hers", "all"]}
    ).write_parquet(made.consent / "exclusions.parquet")
    hold = {"v1": [ANN, BOB], "v2": [BOB, "cid@corp"]}
    for version, people in hold.items():
        release(made, version, people)
    asked(made)
    remembered(made)
    return made


def release(target: Project, version: str, people: list[str]) -> None:
    """A release with one shard, a row of each of these people, and its lineage."""
    folder = target.releases / "typed-text" / version
    (folder / "dataset" / "data").mkdir(parents=True)
    (folder / "review").mkdir()
    shard = folder / "dataset" / "data" / "train-bcdf.parquet"
    pl.DataFrame({"text": [f"{TYPED} quartets" if p == ANN else f"of {version}" for p in people]}
                 ).write_parquet(shard)  # fmt: skip
    digest = hashlib.sha256(shard.read_bytes()).hexdigest()
    facts = {
        "format": 1, "dataset": "typed-text", "version": version, "files": {},
        "shards": [{"sha256": digest, "rows": len(people), "file": "data/train-bcdf.parquet"}],
    }  # fmt: skip
    (folder / "review" / "manifest.json").write_text(json.dumps(facts))
    with warehouse.opened(target, "test", write=True) as connection:
        for row, user in enumerate(people):
            device = DEVICE if user == ANN else "d-shared"
            connection.execute(
                "INSERT INTO lake.lineage VALUES ('typed-text', ?, 'data/train-bcdf.parquet', ?, ?,"
                " ?, 1, 2, 1, 0, 0)",
                [digest, row, user, device],
            )


def asked(target: Project) -> None:
    """Requests: one of hers, one of Bob's that names her, and a recall that does."""
    with warehouse.opened(target, "test", write=True) as connection:
        for number, kind, user, reason in (
            (1, "withdraw", ANN, "please"),
            (2, "withdraw", BOB, f"like {ANN}"),
            (3, "recall", None, f"a mail of {ANN} in it"),
        ):
            connection.execute(
                "INSERT INTO lake.requests VALUES (?, ?, NULL, 1, ?, 1, 2, 'all', NULL, NULL, ?)",
                [number, kind, user, reason],
            )


def remembered(target: Project) -> None:
    """What builds keep: typed texts of Ann and of Bob."""
    connection = warehouse.bare(target)
    try:
        cache.attach(connection, target, "store")
        connection.execute(
            'CREATE TABLE store."rows typed-text" AS SELECT * FROM (VALUES '
            f"('{ANN}', '{TYPED} quartets'), ('{BOB}', 'notes')) t(user_id, text)"
        )
    finally:
        connection.close()


def copied(saved: Project, place: Path) -> Project:
    """A copy of a project, in a place of its own."""
    shutil.copytree(saved.root, place)
    return project.load(place)


def tables(target: Project) -> dict[str, Any]:
    """Every row of the warehouse, but for random names; whose events changed, without how often."""
    with warehouse.opened(target, "test", write=False) as connection:
        names = connection.execute(
            "SELECT DISTINCT table_name FROM duckdb_columns() WHERE database_name = 'lake'"
        ).fetchall()
        held: dict[str, Any] = {
            name: sorted(map(repr, connection.execute(f"SELECT * FROM lake.{name}").fetchall()))
            for (name,) in sorted(names)
            if name != "revisions"
        }
        revised = connection.execute("SELECT user_id FROM lake.revisions ORDER BY 1")
        return {**held, "revised": revised.fetchall()}


def state(target: Project) -> dict[str, Any]:
    """All that a project holds, but for random names and what encryption makes of equal bytes."""
    held = tables(target)
    files = {
        str(path.relative_to(target.root)): path.read_bytes()
        for path in sorted(target.root.rglob("*"))
        if path.is_file() and "warehouse" not in path.parts and path.suffix != ".html"
    }
    for name, data in files.items():
        if name.startswith("erasures"):
            facts = json.loads(data)
            for file in facts["searched"].pop("files"):
                held[f"searched {file['path'].split('ducklake-')[0]}"] = file["opened_as"]
            held[name] = facts
        else:
            held[name] = data
    held["warehouse"] = sorted(
        path.name for path in target.warehouse.iterdir() if path.name != "tmp"
    )
    return held


def sums(target: Project) -> tuple[int, ...]:
    """What the sums of files are off by; events and quarantined lines that no file accounts for."""
    (found,) = rows(
        target,
        "SELECT sum(abs(lines - accepted - duplicates - quarantined - unmapped - erased)), "
        "sum(events) - (SELECT count(*) FROM lake.events), "
        "sum(quarantined) - (SELECT count(*) FROM lake.quarantine) FROM lake.files",
    )
    return found


def frozen(target: Project) -> dict[str, str]:
    """Every file of a project by its digest; the lock apart, which says who wrote last."""
    return {
        str(path.relative_to(target.root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(target.root.rglob("*"))
        if path.is_file() and path.name != "lock"
    }
