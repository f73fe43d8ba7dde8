"""A project's policy: read, compared, said in the card where it is looser."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl import card, policydiff, policyfile, recipe
from etl.errors import UsageError
from privacy.examples import EXAMPLES
from privacy.findings import KINDS
from privacy.policy import Policy, default_policy
from tests.etl.commands import run

SHIPPED = Path(__file__).parents[2] / "datasets"
STRICTER = '[actions]\nDATE = "drop_segment"\n'
LOOSER = '[actions]\nORG = "keep"\n[i_accept]\nORG = "customers agreed"\n'

WRONG = [
    ('[actions]\nORG = "keep"\n', "ORG is looser than the default; say why"),
    ('[actions]\nORG = "keep"\n[i_accept]\nORG = "  "\n', "ORG is looser"),
    ('[actions]\nPRIVATE_KEY = "placeholder"\n', "PRIVATE_KEY is looser"),
    ('[actions]\nTERM = "keep"\n[i_accept]\nTERM = "why"\n', "TERM cannot be looser"),
    ('[actions]\nNAMES = "keep"\n', "there is no kind NAMES"),
    ('[actions]\nORG = "mask"\n', "an action is one of"),
    ('[actons]\nORG = "keep"\n', "actons"),
    ("not toml", "not TOML"),
]


def write(place: Path, text: str) -> Path:
    (place / "policy.toml").write_text(text)
    return place / "policy.toml"


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_a_policy_that_is_not_understood(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        policyfile.read(write(tmp_path, text))


def test_a_file_changes_only_the_lines_that_it_names(tmp_path: Path) -> None:
    read = policyfile.read(write(tmp_path, STRICTER))
    assert policydiff.lines(default_policy(), read) == [("DATE", "placeholder", "drop_segment")]
    assert read.reasons == ()
    assert {kind: read.action(kind) for kind in KINDS if kind != "DATE"} == {
        kind: default_policy().action(kind) for kind in KINDS if kind != "DATE"
    }


def test_a_reason_stands_in_the_card_and_only_a_needed_one(tmp_path: Path) -> None:
    text = LOOSER + 'DATE = "not needed"\n'
    read = policyfile.read(write(tmp_path, text))
    assert read.reasons == (("ORG", "customers agreed"),)
    one = recipe.load(SHIPPED / "typed-text")
    shown = card.render(SHIPPED / "typed-text", one, {}, [], read)
    assert shown.endswith("- ORG, `keep`: customers agreed\n")
    assert "customers agreed" not in card.render(SHIPPED / "typed-text", one, {}, [], Policy(()))


def test_examples_change_where_lines_do(tmp_path: Path) -> None:
    strict = policyfile.read(write(tmp_path, STRICTER))
    changed = policydiff.examples(default_policy(), strict)
    assert changed and all(one.new is None for one in changed)
    assert any("<DATE>" in str(one.old) for one in changed)
    assert policydiff.examples(strict, strict) == []
    assert {one.text for one in changed} < set(EXAMPLES)


def test_counts_are_of_what_each_policy_does(tmp_path: Path) -> None:
    from etl import chunk

    texts = ["the meeting is on 21 September 2026", "write to j.whitfield@quorbix.example"]
    found = list(zip(texts, chunk.detector().find(texts), strict=True))
    assert policydiff.counts(found, default_policy()) == {"<DATE>": 1, "<EMAIL>": 1}
    strict = policyfile.read(write(tmp_path, STRICTER))
    assert policydiff.counts(found, strict) == {"<EMAIL>": 1, policydiff.DROPPED: 1}


def test_the_commands_say_what_differs(tmp_path: Path) -> None:
    file = write(tmp_path, LOOSER)
    shown = run(tmp_path / "key", "policy", "show", file)
    assert shown.code == 0 and "customers agreed" in shown.out
    told = run(tmp_path / "key", "policy", "diff", "default", file)
    assert told.code == 0 and "No project here" in told.out
    assert "Quorbix" not in told.err
    wrong = run(tmp_path / "key", "policy", "diff", "default", tmp_path / "none.toml")
    assert wrong.code == 2 and "cannot be read" in wrong.err
