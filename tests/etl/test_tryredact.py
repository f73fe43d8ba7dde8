"""What becomes of one text, step by step, with and without a project."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from etl import setup, terms, tryredact, warehouse
from etl.cli import cli
from etl.project import Project
from privacy.policy import Policy, default_policy
from privacy.terms import Terms
from tests.etl.conftest import NOW

TEXT = "please write to j.whitfield@quorbix.example about plintering"
WORDS = frozenset({"please", "write", "to", "about"})
ALLOWED = {"en": WORDS, "": WORDS}


def test_each_step_is_told() -> None:
    (one,) = tryredact.examine([TEXT], default_policy(), Terms(), ALLOWED)
    assert one.after == "please write to <EMAIL> about <WORD>"
    assert "EMAIL" in {found.kind for found in one.findings}
    assert one.replaced == (("plintering", "<WORD>"),)


def test_policy_terms_and_words_hold() -> None:
    dropped = Policy((("EMAIL", "drop_segment"),))
    (one,) = tryredact.examine([TEXT], dropped, Terms(), ALLOWED)
    assert (one.after, one.replaced) == (None, ())
    listed = Terms(never=("write",))
    more = {code: words | {"plintering"} for code, words in ALLOWED.items()}
    (one,) = tryredact.examine([TEXT], default_policy(), listed, more)
    assert one.after == "please <WORD> to <EMAIL> about plintering"


def test_a_language_that_is_not_covered_is_dropped() -> None:
    polish = "proszę nie zapomnieć o jutrzejszym spotkaniu, będzie bardzo ważne"
    (one,) = tryredact.examine([polish], default_policy(), Terms(), ALLOWED)
    assert (one.language, one.after) == (None, None)


def test_a_project_s_own_rules_hold(new_project: Callable[..., Project]) -> None:
    target = new_project()
    setup.copy_recipes(target)
    with warehouse.opened(target, "test", write=True) as connection:
        terms.add(connection, "never", [terms.Term("report", "")], NOW)
        terms.add(connection, "pass", [terms.Term("plintering", "a tool")], NOW)
    policy, listed, allowed = tryredact.rules(target, "typed-text")
    (one,) = tryredact.examine(["the report on plintering"], policy, listed, allowed)
    assert one.after == "the <WORD> on plintering"


@pytest.mark.parametrize("by", ["stdin", "file"])
def test_the_command_stores_nothing(tmp_path: Path, by: str) -> None:
    (tmp_path / "text.txt").write_text(f"{TEXT}\n\nsecond line\n")
    before = sorted(tmp_path.rglob("*"))
    given = [str(tmp_path / "text.txt")] if by == "file" else []
    arguments = ["-C", str(tmp_path), "--json", "try-redact", *given]
    done = CliRunner().invoke(cli, arguments, input=f"{TEXT}\n\nsecond line\n")
    assert done.exit_code == 0, done.output
    assert sorted(tmp_path.rglob("*")) == before
    texts = json.loads(done.stdout)["texts"]
    assert [one["before"] for one in texts] == [TEXT, "second line"]
    assert texts[0]["after"].startswith("please write to <EMAIL>")
    assert {"kind", "detector", "score", "action"} <= texts[0]["findings"][0].keys()
