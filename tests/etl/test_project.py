"""Projects and their keys: never overwritten, moved and copied freely, unreadable without a key."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from etl import keys, setup, warehouse
from etl import project as projects
from etl.errors import TacendaError, UsageError
from privacy.registry import Limits, WorkingHours
from tests.etl.commands import Done, project, run
from tests.etl.conftest import NOW, World, files_of, load, rows, write

MARKER = "zq-typed-zq"


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "key"


def typed(path: Path, user: str = "ann", n: int = 30) -> Path:
    """A capture whose keys spell nothing, with titles that can be told again in raw bytes."""
    lines = [
        json.dumps(
            {"user_id": user, "ts": t * 1_000_000, "type": "focus", "title": MARKER + str(t)}
        )
        for t in range(n)
    ]
    return write(path, *lines)


def test_init_makes_what_it_says(tmp_path: Path, key: Path) -> None:
    done = run(key, "init", tmp_path / "work")
    assert done.code == 0 and "Losing this file loses the warehouse" in done.err
    assert {path.name for path in (tmp_path / "work").iterdir()} == {
        "tacenda.toml", "consent", "datasets", "warehouse"
    }  # fmt: skip
    assert not list((tmp_path / "work" / "consent").iterdir())
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text().strip() not in "".join(
        str(data) for data in files_of(tmp_path / "work").values()
    )


def test_init_never_overwrites(tmp_path: Path, key: Path) -> None:
    project(tmp_path / "work", key)
    before, secret = files_of(tmp_path / "work"), key.read_text()
    assert run(key, "init", tmp_path / "work").code == 2
    assert files_of(tmp_path / "work") == before
    project(tmp_path / "other", key)
    assert key.read_text() == secret


def test_recipes_that_are_there_stay(tmp_path: Path) -> None:
    mine = write(tmp_path / "work" / "datasets" / "typed-text" / "recipe.toml", "mine")
    setup.init(tmp_path / "work")
    assert mine.read_text() == "mine\n"
    assert (tmp_path / "work" / "datasets" / "pointer-snippets" / "card.md").exists()


def test_a_key_beside_the_warehouse_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(keys.ENVIRONMENT, str(tmp_path / "work" / "key"))
    with pytest.raises(TacendaError, match="must not lie beside"):
        setup.init(tmp_path / "work")


def test_without_a_named_file_the_key_lies_by_the_project_s_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(keys.ENVIRONMENT)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    made = setup.init(tmp_path / "work")
    identity = projects.load(made.root).settings.id
    assert identity in made.key.name and (tmp_path / "home") in made.key.parents


def test_a_copy_uses_its_own_files_only(tmp_path: Path) -> None:
    made = projects.load(setup.init(tmp_path / "work").root)
    load(made, typed(tmp_path / "a.jsonl"))
    shutil.copytree(made.root, tmp_path / "copy")
    copy = projects.load(tmp_path / "copy")
    before = files_of(made.root / "warehouse" / "data")
    load(copy, typed(tmp_path / "b.jsonl", user="bob"))
    assert files_of(made.root / "warehouse" / "data") == before
    assert rows(made, "SELECT count(*) FROM lake.events") == [(30,)]
    shutil.rmtree(made.root)
    assert rows(copy, "SELECT count(*) FROM lake.events") == [(60,)]
    copy.root.rename(tmp_path / "moved")
    assert rows(projects.load(tmp_path / "moved"), "SELECT max(title) FROM lake.events")


def test_nothing_captured_can_be_read_in_the_project_s_files(tmp_path: Path) -> None:
    made = projects.load(setup.init(tmp_path / "work").root)
    load(made, typed(tmp_path / "a.jsonl"), write(tmp_path / "b.jsonl", MARKER))
    assert rows(made, f"SELECT count(*) FROM lake.events WHERE title LIKE '{MARKER}%'") == [(30,)]
    assert rows(made, "SELECT count(*) FROM lake.quarantine") == [(1,)]
    raw = b"".join(files_of(made.root).values())
    assert MARKER.encode() not in raw and MARKER.encode("utf-16-le") not in raw


def test_plain_only_where_the_settings_say_so_and_then_every_command_does(
    tmp_path: Path, key: Path
) -> None:
    work = project(tmp_path / "work", key)
    shutil.rmtree(work / "warehouse")
    settings = work / "tacenda.toml"
    settings.write_text(settings.read_text().replace('encryption = "on"', 'encryption = "off"'))
    warehouse.create(projects.load(work))
    for command in (("status",), ("ingest", typed(tmp_path / "a.jsonl"))):
        done = run(key, "-C", work, *command)
        assert done.code == 0 and "encryption" in done.err
    assert MARKER.encode() in b"".join(files_of(work).values())


def test_an_encrypted_warehouse_is_never_opened_as_a_plain_one(tmp_path: Path, key: Path) -> None:
    work = project(tmp_path / "work", key)
    settings = work / "tacenda.toml"
    settings.write_text(settings.read_text().replace('encryption = "on"', 'encryption = "off"'))
    assert run(key, "-C", work, "status").code == 1


@pytest.mark.parametrize("text", ["id = 7", 'id = "x"', "speed = 1", "= =", 'encryption = "no"'])
def test_settings_that_are_not_understood(tmp_path: Path, text: str) -> None:
    write(tmp_path / "tacenda.toml", text)
    with pytest.raises(UsageError):
        projects.load(tmp_path)


NIGHTLY = """
[consent]
guard_s = 5
cooling_off_h = 48
retention_days = 365
[[consent.working_hours]]
zone = "Europe/Berlin"
days = ["sun", "mon"]
from = "22:00"
to = "06:30"
people = ["Ann@corp", "bob"]
[[consent.working_hours]]
zone = "UTC"
to = "24:00"
"""


def settings_of(tmp_path: Path, text: str) -> projects.Settings:
    write(tmp_path / "tacenda.toml", f'id = "aaaaaaaa"\n{text}')
    return projects.load(tmp_path).settings


def test_consent_by_default_and_as_a_project_tightens_it(tmp_path: Path) -> None:
    assert settings_of(tmp_path, "").consent.limits(NOW) == Limits()
    consent = settings_of(tmp_path, NIGHTLY).consent
    day = 86_400_000_000
    assert consent.i_accept is None
    assert consent.limits(NOW) == Limits(
        5_000_000,
        NOW - 2 * day,
        NOW - 365 * day,
        (
            WorkingHours("Europe/Berlin", (0, 6), 22 * 60, 6 * 60 + 30, ("Ann@corp", "bob")),
            WorkingHours("UTC", (0, 1, 2, 3, 4), 8 * 60, 24 * 60),
        ),
    )
    assert "ann" not in json.dumps(consent.shown()).casefold()
    assert [entry["people"] for entry in consent.shown()["working_hours"]] == [2, None]


def test_the_settings_of_a_new_project_show_the_table_of_consent(tmp_path: Path) -> None:
    made = projects.create(tmp_path)
    config = tmp_path / "tacenda.toml"
    lines = config.read_text().splitlines()
    at = lines.index("# [consent]")
    shown = [line.removeprefix("# ").removeprefix("#") for line in lines[at:]]
    config.write_text("\n".join([*lines[:at], *shown]).replace('i_accept = ""', ""))
    assert made.settings.consent == projects.ConsentTable()
    limits = projects.load(tmp_path).settings.consent.limits(NOW)
    assert limits.not_from and limits.not_before and len(limits.working_hours) == 1


WHY = 'i_accept = "the clocks here are set by one server"'
HOURS = '[[consent.working_hours]]\nzone = "UTC"\n'


def test_a_looser_guard_needs_a_reason(tmp_path: Path) -> None:
    consent = settings_of(tmp_path, f"[consent]\nguard_s = 0.5\n{WHY}").consent
    assert consent.limits(NOW).guard_us == 500_000
    assert consent.i_accept and consent.i_accept in WHY


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[consent]\nguard_s = 1.9", "i_accept"),
        ('[consent]\nguard_s = 1\ni_accept = "yes"', "i_accept"),
        ('[consent]\nguard_s = 1\ni_accept = "             "', "i_accept"),
        (f"[consent]\nguard_s = -1\n{WHY}", "guard_s"),
        ("[consent]\nguard_s = nan", "guard_s"),
        ("[consent]\nguard_s = inf", "guard_s"),
        ('[consent]\nguard_s = "2"', "guard_s"),
        ("[consent]\nguard_s = true", "guard_s"),
        (f"[consent]\ncooling_off_h = -0.1\n{WHY}", "cooling_off_h"),
        (f"[consent]\nretention_days = 0\n{WHY}", "retention_days"),
        (f"[consent]\nretention_days = -3\n{WHY}", "retention_days"),
        ("[consent]\nguard = 2", "guard"),
        (f"{HOURS}day = 1", "day"),
        ('[[consent.working_hours]]\nfrom = "08:00"', "zone"),
        ('[[consent.working_hours]]\nzone = "Berlin"', "zone"),
        ('[[consent.working_hours]]\nzone = "../../etc/passwd"', "zone"),
        (f'{HOURS}from = "8:00"', "from"),
        (f'{HOURS}from = "24:00"', "from"),
        (f'{HOURS}to = "18:60"', "to"),
        (f'{HOURS}to = "24:01"', "to"),
        (f"{HOURS}to = 18", "to"),
        (f"{HOURS}days = []", "days"),
        (f'{HOURS}days = ["monday"]', "days"),
        (f"{HOURS}people = []", "people"),
        (f'{HOURS}people = [" "]', "people"),
        (HOURS * 2, "two entries"),
        (f'{HOURS}people = ["ann"]\n{HOURS}people = ["bob", " ANN"]', "two entries"),
    ],
)
def test_consent_that_is_looser_or_not_understood(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(UsageError, match=named):
        settings_of(tmp_path, text)


def test_a_looser_guard_is_wrong_use_of_every_command(tmp_path: Path, key: Path) -> None:
    work = project(tmp_path / "work", key)
    settings = work / "tacenda.toml"
    settings.write_text(f"{settings.read_text()}\n[consent]\nguard_s = 1\n")
    before = files_of(work)
    for command in (("status",), ("build",)):
        done = run(key, "-C", work, *command)
        assert done.code == 2 and "i_accept" in done.err
    assert files_of(work) == before


JSON = (
    ("status",), ("build",), ("verify", "typed-text/v1"), ("build", "--preview", "2"),
)  # fmt: skip


@pytest.mark.parametrize("command", JSON, ids=" ".join)
def test_json_alone_on_stdout(world: World, command: tuple[str, ...]) -> None:
    done: Done = run(world.key, "-C", world.project.root, "--json", *command)
    assert done.code == 0, done.err
    assert isinstance(json.loads(done.out), dict)


def test_a_preview_writes_no_release(world: World, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(world.project.root, work, ignore=shutil.ignore_patterns("releases"))
    done = run(world.key, "-C", work, "build", "--preview", "3")
    assert done.code == 0 and "before" in done.out and "typed-text" in done.out
    assert not (work / "releases").exists() and not (work / "refused").exists()


def test_status_names_the_next_command(world: World, tmp_path: Path, key: Path) -> None:
    work = project(tmp_path / "work", key)
    assert "tacenda ingest" in run(key, "-C", work, "status").out
    run(key, "-C", work, "ingest", typed(tmp_path / "a.jsonl"))
    assert "put both registries" in run(key, "-C", work, "status").out
    done = run(world.key, "-C", world.project.root, "status").out
    assert "tacenda publish" in done and "stale" not in done


def test_lineage_is_for_the_key_holder(world: World, tmp_path: Path) -> None:
    import polars as pl

    out = tmp_path / "lineage.parquet"
    done = run(world.key, "-C", world.project.root, "lineage", "typed-text/v1", "--out", out)
    assert done.code == 0 and stat.S_IMODE(out.stat().st_mode) == 0o600
    found = pl.read_parquet(out)
    assert found.columns == [
        "shard", "row", "user_id", "device_id", "first_ts", "last_ts", "n_events"
    ]  # fmt: skip
    facts = json.loads((world.release("typed-text") / "review" / "manifest.json").read_text())
    assert found.height == facts["counts"]["released"]
    assert (found["first_ts"] <= found["last_ts"]).all() and (found["n_events"] > 0).all()
    again = run(world.key, "-C", world.project.root, "lineage", "typed-text/v1", "--out", out)
    assert again.code == 2
    assert run(world.key, "-C", tmp_path, "lineage", "typed-text/v1", "--out", out).code == 2


def test_an_early_end_of_the_reader_is_no_trouble(world: World) -> None:
    import subprocess

    from tests.etl.commands import TACENDA, environment

    command = " ".join([*TACENDA, "-C", str(world.project.root), "status"])
    done = subprocess.run(
        ["bash", "-c", f"{command} | true"], env=environment(world.key), capture_output=True,
        text=True,
    )  # fmt: skip
    assert "Traceback" not in done.stderr and "error" not in done.stderr.lower()
