"""`tacenda person` used wrongly, twice at once, without a key: a message, nothing half-written."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from etl import keys, locks, marks, moments, person, recipe, setup, tombstones, warehouse
from etl import project as projects
from etl.errors import BusyError, TacendaError, UsageError
from etl.person import typed
from etl.project import Project
from privacy import tape
from tests.etl import commands, people
from tests.etl.conftest import NOW, files_of, load, write
from tests.etl.people import MONDAY, Life

TYPED = "we meet about the merger at noon"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A project with one person who typed one line, and one of whom only a registry knows."""
    place = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "key"))
        project = projects.load(setup.init(place / "work").root)
        write(project.consent / "exemptions.csv", "user_id,status,scope,requested_at",
              "Bob@corp,pending,keyboard,2026-09-01T08:00:00Z")  # fmt: skip
        write(project.consent / "pauses.csv", "user_id,start,end")
        life = Life("ann@corp")
        session = life.at(MONDAY)
        tape.line(session, TYPED)
        life.keep(session)
        load(project, people.recorded(place / "log.jsonl", [life]))
    yield place


@pytest.fixture
def town(made: Path, tmp_path: Path, key_file: Path) -> Project:
    """A copy of that project, with its key."""
    key_file.parent.mkdir()
    shutil.copy(made / "key", key_file)
    return projects.load(shutil.copytree(made / "work", tmp_path / "work"))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "for-ann"


def left(out: Path) -> set[str]:
    return {path.name for path in out.iterdir()} if out.is_dir() else set()


def test_two_files_that_nobody_else_may_read(town: Project, out: Path) -> None:
    made = person.make(town, "ANN@corp ", out, now=NOW)
    assert made.events > 0 and made.texts == 1
    assert left(out) == {"person.html", "person.json"}
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}
    assert out.stat().st_mode & 0o777 == 0o700
    facts = json.loads((out / "person.json").read_text())
    assert [one["before"] for one in facts["typed"]] == [TYPED]
    assert TYPED in (out / "person.html").read_text()


def test_the_same_moment_gives_the_same_bytes(town: Project, out: Path) -> None:
    person.make(town, "ann@corp", out, now=NOW)
    first = files_of(out)
    person.make(town, "ann@corp", out, now=NOW)
    assert files_of(out) == first


def test_what_was_typed_lands_in_that_folder_alone(
    town: Project, out: Path, key_file: Path
) -> None:
    done = commands.run(key_file, "-C", town.root, "--json", "person", "ann@corp", "--out", out)
    assert done.code == 0 and json.loads(done.out)["texts"] == 1
    assert "merger" not in done.out + done.err
    assert not any(b"merger" in data for data in files_of(town.root).values())
    assert any(b"merger" in data for data in files_of(out).values())


def test_who_stands_in_a_registry_alone_has_a_page(town: Project, out: Path) -> None:
    assert person.make(town, "bob@corp", out, now=NOW).events == 0
    page = (out / "person.html").read_text()
    assert "Nothing was captured of you" in page and "Your keyboard is left out" in page


def test_who_has_only_lines_that_were_set_aside_has_a_page(
    town: Project, out: Path, tmp_path: Path
) -> None:
    bad = json.dumps({"user_id": "Cid@corp", "ts": MONDAY, "type": "keydown", "key": 7})
    load(town, write(tmp_path / "bad.jsonl", bad))
    person.make(town, "cid@corp", out, now=NOW)
    assert json.loads((out / "person.json").read_text())["captured"]["set_aside"] == 1


@pytest.mark.parametrize(("done", "words"), [(True, "was erased on"), (False, "has not ended")])
def test_who_was_erased_is_told_so_by_the_mark_that_is_left(
    town: Project, out: Path, done: bool, words: str
) -> None:
    named = tombstones.token(town, "Eve@corp")
    with warehouse.opened(town, "test", write=True) as connection:
        tombstones.begin(connection, named, NOW)
        if done:
            tombstones.finish(connection, named)
    person.make(town, "eve@corp ", out, now=NOW)
    assert words in (out / "person.html").read_text()
    erased = json.loads((out / "person.json").read_text())["erased"]
    assert erased == {"state": "done" if done else "begun", "at": moments.written(NOW), "number": 1}


def test_somebody_unknown_is_a_usage_error_and_nothing_is_written(
    town: Project, out: Path, key_file: Path
) -> None:
    done = commands.run(key_file, "-C", town.root, "person", "zoe@corp", "--out", out)
    assert done.code == 2 and not out.exists()
    assert "nobody is known by this name" in done.err and "What to do" in done.err


@pytest.mark.parametrize("place", ["", "pages", "releases/x", "warehouse", "consent/../pages"])
def test_the_project_s_own_folder_is_no_place_for_it(town: Project, place: str) -> None:
    before = files_of(town.root)
    with pytest.raises(UsageError, match="outside of it"):
        person.make(town, "ann@corp", town.root / place, now=NOW)
    assert files_of(town.root) == before


def test_a_link_into_the_project_is_no_way_around(town: Project, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(town.root)
    with pytest.raises(UsageError, match="outside of it"):
        person.make(town, "ann@corp", tmp_path / "link" / "pages", now=NOW)


@pytest.mark.parametrize("place", ["a-file", "a-file/below", "/proc/nowhere"])
def test_a_folder_that_cannot_be_written_is_named(
    town: Project, tmp_path: Path, place: str
) -> None:
    (tmp_path / "a-file").write_text("kept")
    with pytest.raises(TacendaError, match="cannot be written") as caught:
        person.make(town, "ann@corp", tmp_path / place, now=NOW)
    assert place in caught.value.message() and "no page was written" in caught.value.message()
    assert (tmp_path / "a-file").read_text() == "kept"


def test_a_full_disk_leaves_what_was_there(town: Project, out: Path, key_file: Path) -> None:
    person.make(town, "ann@corp", out, now=NOW)
    before = files_of(out)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000))

    done = subprocess.run(
        [*commands.TACENDA, "-C", str(town.root), "person", "ann@corp", "--out", str(out)],
        env=commands.environment(key_file), capture_output=True, text=True, preexec_fn=small,
    )  # fmt: skip
    assert done.returncode == 1 and "cannot be written" in done.stderr
    assert files_of(out) == before


@pytest.mark.parametrize("fault", ["gone", "another"])
def test_without_its_key_nothing_is_written(
    town: Project, out: Path, key_file: Path, fault: str
) -> None:
    key_file.unlink()
    if fault == "another":
        keys.make(town)
    with pytest.raises(TacendaError, match="key"):
        person.make(town, "ann@corp", out, now=NOW)
    assert not out.exists()


def test_two_at_once_into_one_folder_do_not_mix(town: Project, out: Path) -> None:
    out.mkdir()
    held = os.open(out, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    with pytest.raises(BusyError, match="another command is writing there"):
        person.make(town, "ann@corp", out, now=NOW)
    os.close(held)
    assert left(out) == set()
    person.make(town, "ann@corp", out, now=NOW)
    assert left(out) == {"person.html", "person.json"}


def test_it_waits_for_a_command_that_writes_to_the_warehouse(
    town: Project, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locks, "WAIT_S", 0.0)
    with (
        locks.held(town.warehouse, "ingest", write=True),
        pytest.raises(BusyError, match="tacenda ingest"),
    ):
        person.make(town, "ann@corp", out, now=NOW)
    assert not out.exists()


def test_what_a_killed_command_left_is_written_over(town: Project, out: Path) -> None:
    out.mkdir()
    (out / ".person.html.part").write_text("half of a page")
    (out / "elsewhere").write_text("kept")
    (out / "person.json").symlink_to(out / "elsewhere")
    person.make(town, "ann@corp", out, now=NOW)
    assert left(out) == {"person.html", "person.json", "elsewhere"}
    assert (out / "elsewhere").read_text() == "kept" and not (out / "person.json").is_symlink()


def settings(town: Project, text: str) -> Project:
    """The project with more in its settings."""
    config = town.root / "tacenda.toml"
    config.write_text(f"{config.read_text()}\n{text}\n")
    return projects.load(town.root)


def facts_of(town: Project, out: Path) -> dict[str, Any]:
    person.make(town, "ann@corp", out, now=NOW)
    found: dict[str, Any] = json.loads((out / "person.json").read_text())
    return found


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ("retention_days = 30", "retention"),
        ("cooling_off_h = 9000", "cooling_off"),
        ('[[consent.working_hours]]\nzone = "UTC"\nfrom = "10:00"\nto = "12:00"', "working_hours"),
    ],
)
def test_what_the_project_s_limits_leave_out_is_shown_as_typed(
    town: Project, out: Path, limit: str, reason: str
) -> None:
    facts = facts_of(settings(town, f"[consent]\n{limit}"), out)
    assert facts["used"] == 0 and [one["reason"] for one in facts["left_out"]] == [reason]
    assert [(one["before"], one["after"]) for one in facts["typed"]] == [(TYPED, None)]
    assert facts["typed"][0]["rules"] == facts["left_out"][0]["rules"]
    assert reason in {one["reason"] for one in facts["windows"]}


def test_each_dataset_of_typed_text_is_shown_by_itself(town: Project, out: Path) -> None:
    again = town.recipes / "typed-again"
    shutil.copytree(town.recipes / "typed-text", again)
    recipe = again / "recipe.toml"
    recipe.write_text(recipe.read_text().replace('"typed-text"', '"typed-again"'))
    facts = facts_of(town, out)
    assert [one["dataset"] for one in facts["typed"]] == ["typed-again", "typed-text"]
    assert "in typed-again" in (out / "person.html").read_text()


def test_a_project_without_typed_text_has_pages_all_the_same(town: Project, out: Path) -> None:
    shutil.rmtree(town.recipes / "typed-text")
    facts = facts_of(town, out)
    assert facts["typed"] == facts["vocabulary"] == [] and facts["used"] > 0


def test_words_of_a_release_that_cannot_be_read_are_a_fault(town: Project, out: Path) -> None:
    (town.releases / "typed-text" / "v1").mkdir(parents=True)
    with pytest.raises(TacendaError, match="words of the newest release"):
        person.make(town, "ann@corp", out, now=NOW)
    assert not out.exists()


def test_texts_stand_in_the_order_of_their_times_to_the_microsecond(
    town: Project, out: Path, tmp_path: Path
) -> None:
    life = Life("ann@corp")
    for offset, word in ((0, "earlier"), (500_000, "later"), (1_000_000, "latest")):
        session = life.at(MONDAY + 60_000_000 + offset, f"device-{offset}")
        tape.line(session, word)
        life.keep(session)
    load(town, people.recorded(tmp_path / "more.jsonl", [life]))
    typed = [one["before"] for one in facts_of(town, out)["typed"]]
    assert typed == [TYPED, "earlier", "later", "latest"]


def test_words_of_a_recalled_release_are_not_let_through(town: Project, out: Path) -> None:
    for version, word in (("v1", "whiteboarding"), ("v2", "leaked")):
        write(town.releases / "typed-text" / version / "review" / "words.txt", word)
        write(town.releases / "typed-text" / version / "review" / "manifest.json", "{}")
    marks.recall(town, "typed-text", "v2", "a leak", NOW)
    (known,) = typed_vocabulary(town)
    assert (known["version"], known["shared"]) == ("v1", ["whiteboarding"])


def typed_vocabulary(town: Project) -> list[dict[str, Any]]:
    return [typed.vocabulary(town, one) for one in recipe.chosen(town.recipes, ["typed-text"])]


def test_a_project_s_own_words_say_how_to_ask(town: Project, out: Path, tmp_path: Path) -> None:
    own = '[person]\nhow = [{title = "Write to us", words = "Ask at the desk about {user}"}]'
    person.make(settings(town, own), "ann@corp", out, now=NOW)
    page = (out / "person.html").read_text()
    assert "Ask at the desk about ann@corp" in page and "tacenda withdraw" not in page


@pytest.mark.parametrize("words", ["{user.__class__}", "{", "{0}", "{user}{user}"])
def test_braces_in_a_project_s_words_are_words(town: Project, out: Path, words: str) -> None:
    own = f'[person]\nhow = [{{title = "A", words = "{words}"}}]'
    (one,) = facts_of(settings(town, own), out)["how"]
    assert one["words"] == words.replace("{user}", "ann@corp")


def test_help_shows_an_example() -> None:
    from click.testing import CliRunner

    from etl.cli import cli

    shown = CliRunner().invoke(cli, ["person", "--help"]).output
    assert "tacenda -C work person" in shown.split("Example:")[1]
