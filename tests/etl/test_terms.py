"""Lists of terms in a project: added, used by builds, gone with a person, never printed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from etl import chunk, manifest, release, shards, terms, verify, warehouse
from etl.errors import TacendaError, UsageError
from etl.project import Project
from tests.etl import histories
from tests.etl.conftest import NOW, build_all
from tests.etl.histories import History
from tests.etl.test_increments import small as small

WORD = "tomorrow"


def texts(target: Project) -> str:
    folder = release.newest(target, "typed-text")
    assert folder is not None
    files = sorted((folder / "dataset" / "data").iterdir())
    return "\n".join(text for file in files for text in pl.read_parquet(file)["text"]).lower()


def put(target: Project, name: str, *listed: str) -> None:
    with warehouse.opened(target, "test", write=True) as connection:
        terms.add(connection, name, [terms.Term(one, "why") for one in listed], NOW)


def test_a_listed_word_never_leaves_though_everybody_typed_it(tmp_path: Path, small: Path) -> None:
    made = History(
        histories.begun(tmp_path / "p", small / "consent"), small, histories.pieces(small)
    )
    made.capture(list(made.todo))
    assert not build_all(made.project, "typed-text").refused
    assert WORD in texts(made.project)
    put(made.project, "never", WORD)
    assert not build_all(made.project, "typed-text").refused
    assert WORD not in texts(made.project)
    newest = release.newest(made.project, "typed-text")
    assert newest is not None and newest.name == "v2"
    facts = manifest.read(newest)
    assert (facts["terms"]["never"], facts["counts"]["found"]["TERM"] > 0) == (1, True)
    written = b"".join(file.read_bytes() for file in newest.rglob("*") if file.is_file())
    assert WORD.encode() not in written


def test_a_term_that_came_through_is_refused(
    tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = History(
        histories.begun(tmp_path / "p", small / "consent"), small, histories.pieces(small)
    )
    made.capture(list(made.todo))
    put(made.project, "never", WORD)
    monkeypatch.setattr(chunk.own_terms, "find", lambda given, _: [()] * len(given))
    built = build_all(made.project, "typed-text")
    assert built.refused
    bad = {gate.gate for gate in built.datasets[0].gates if gate.verdict != "clean"}
    assert "terms" in bad


def test_a_word_let_pass_leaves_and_the_release_is_sound_without_a_key(
    tmp_path: Path, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`crème` is typed by one person alone; every text is drawn, theirs among them."""
    monkeypatch.setattr(shards, "drawn", lambda rows, *_: rows.sort("id"))
    made = History(
        histories.begun(tmp_path / "p", small / "consent"), small, histories.pieces(small)
    )
    made.capture(list(made.todo))
    assert not build_all(made.project, "typed-text").refused
    assert "crème" not in texts(made.project)
    put(made.project, "pass", "crème")
    assert not build_all(made.project, "typed-text").refused
    assert "crème" in texts(made.project)
    newest = release.newest(made.project, "typed-text")
    assert newest is not None and verify.verify(newest).version == "v2"


FILES = [
    ("x.txt", "# a remark\n\nBlue Heron\nacme-*\n", "never", [("Blue Heron", ""), ("acme-*", "")]),
    ("x.csv", "term,reason\nBlue Heron,a code name\n", "never", [("Blue Heron", "a code name")]),
    ("x.csv", "term,reason\nJenkins,a tool\n", "pass", [("jenkins", "a tool")]),
]


@pytest.mark.parametrize(("name", "text", "which", "wanted"), FILES)
def test_a_file_of_terms(
    tmp_path: Path, name: str, text: str, which: str, wanted: list[tuple[str, str]]
) -> None:
    (tmp_path / name).write_text(text)
    read = terms.read(tmp_path / name, which, "")
    assert [(one.term, one.reason) for one in read] == wanted


WRONG = [
    ("x.txt", "fine\nx\n", "never", "line 2: too short"),
    ("x.txt", "a*\n", "never", "too short"),
    ("x.txt", "jenkins\n", "pass", "needs a reason"),
    ("x.csv", "term,reason\ntwo words,why\n", "pass", "one word of letters"),
    ("x.txt", "y" * 300, "never", "longer than"),
    ("x.csv", "word\nabc\n", "never", "needs a column"),
    ("x.txt", "# nothing\n", "never", "no term"),
]


@pytest.mark.parametrize(("name", "text", "which", "says"), WRONG)
def test_a_file_that_is_not_understood(
    tmp_path: Path, name: str, text: str, which: str, says: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=says) as told:
        terms.read(tmp_path / name, which, "")
    secret = [word for word in ("jenkins", "two words", "yyyy") if word in text]
    assert not any(word in told.value.message() for word in secret)


def test_lists_are_added_to_once_and_taken_from(tmp_path: Path, small: Path) -> None:
    target = histories.begun(tmp_path / "p", small / "consent")
    put(target, "never", "Blue Heron", "acme-*")
    put(target, "never", "acme-*", "quorling")
    put(target, "pass", "jenkins")
    with warehouse.opened(target, "test", write=True) as connection:
        loaded = terms.load(connection)
        assert loaded.never == ("Blue Heron", "acme-*", "quorling")
        assert loaded.passing == {"jenkins"}
        assert terms.remove(connection, "never", [terms.Term("quorling", "")]) == 1
        with pytest.raises(TacendaError, match="none of these"):
            terms.remove(connection, "never", [terms.Term("quorling", "")])
