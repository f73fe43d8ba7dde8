"""What a release of text is worth to a model, and what it tells of somebody's own sentence."""

from __future__ import annotations

import json
import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import wordfreq

from etl import build, chunk, keys, release, terms, warehouse
from etl.plan import chunks
from etl.project import Project
from etl.simulate import simulate
from privacy import tape, vocabulary
from privacy.tape import Tape
from tests.etl import histories
from tests.etl.conftest import NOW, build_all, load
from transforms import typed_text

pytestmark = pytest.mark.audit

USERS, HOURS, PHRASES, LISTED_BY = 240, 0.3, 2000, 50
LISTED = ("blue heron", "baker")
_TOKEN = re.compile(r"<[a-z]+>|[^\W\d_]+(?:'[^\W\d_]+)*")
_START = 1_790_000_000_000_000

Texts = Sequence[str]


@dataclass(frozen=True)
class Base:
    """A project before and after made-up phrases were typed in it, and who typed nothing odd."""

    project: Project
    sim: Path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Base]:
    place = tmp_path_factory.mktemp("text")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "key"))
        simulate(place / "sim", users=USERS, hours=HOURS, seed=31)
        made = histories.begun(place / "work", place / "sim" / "consent")
        load(made, place / "sim" / "capture")
        assert not build_all(made, "typed-text").refused
        yield Base(made, place / "sim")


def tokens(text: str) -> list[str]:
    return _TOKEN.findall(text.lower())


def released(target: Project, dataset: str, split: str = "") -> list[str]:
    newest = release.newest(target, dataset)
    assert newest is not None
    files = sorted((newest / "dataset" / "data").glob(f"{split}*.parquet"))
    return [text for file in files for text in pl.read_parquet(file)["text"]]


def unredacted(target: Project) -> dict[str, list[str]]:
    """Person -> texts as they were typed, of all that consent allows."""
    found: dict[str, list[str]] = defaultdict(list)
    with warehouse.opened(target, "test", write=False) as connection:
        rules = build.rules_for(target, connection, ("typed-text",), NOW)
        people = connection.execute("SELECT DISTINCT user_id FROM lake.events ORDER BY 1")
        todo = {row[0]: ("typed-text",) for row in people.fetchall()}
        for task in chunks(connection, todo):
            frame, _ = chunk.usable(connection, task, rules)
            texts = typed_text.segments(frame).select("user_id", "text")
            for user, text in texts.iter_rows():
                found[user].append(text)
    return dict(found)


class NextWord:
    """What comes after two words, after one, and at all, by counts; the longest known context."""

    def __init__(self, texts: Texts) -> None:
        self.after: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        for text in texts:
            words = ["^", "^", *tokens(text)]
            for place in range(2, len(words)):
                for size in (0, 1, 2):
                    self.after[tuple(words[place - size : place])][words[place]] += 1
        self.top = {
            context: [word for word, _ in sorted(n.items(), key=lambda p: (-p[1], p[0]))[:12]]
            for context, n in self.after.items()
        }

    def hits(self, texts: Texts, vocabulary: frozenset[str]) -> float:
        """The share of words that are among the five likeliest."""
        right = total = 0
        for text in texts:
            words = ["^", "^", *tokens(text)]
            for place in range(2, len(words)):
                total += 1
                right += words[place] in self._five(words[place - 2 : place], vocabulary)
        return right / total

    def _five(self, context: Sequence[str], vocabulary: frozenset[str]) -> list[str]:
        guesses: list[str] = []
        for size in (2, 1, 0):
            known = self.top.get(tuple(context[len(context) - size :]), [])
            guesses += [word for word in known if word not in guesses and word in vocabulary]
        return guesses[:5]


def test_a_model_of_the_release_is_nearly_as_good_as_one_of_all_that_was_typed(base: Base) -> None:
    """A model of the release knows that placeholders are no words, and never guesses one."""
    own = unredacted(base.project)
    newest = release.newest(base.project, "typed-text")
    assert newest is not None
    with warehouse.opened(base.project, "test", write=False) as connection:
        rows = connection.execute(
            "SELECT DISTINCT user_id, shard FROM lake.lineage WHERE dataset = 'typed-text'"
        ).fetchall()
    train = {user for user, shard in rows if shard.startswith("data/train")}
    held = {user for user, shard in rows if shard.startswith("data/test")}
    assert len(train) > 100 and len(held) >= 10 and not train & held
    raw = [text for user in sorted(train) for text in own[user]]
    test = [text for user in sorted(held) for text in own[user]]
    public = released(base.project, "typed-text", "train")
    words = frozenset(word for text in [*raw, *public] for word in tokens(text))
    plain = frozenset(word for word in words if not word.startswith("<"))
    best = NextWord(raw).hits(test, plain)
    ours = NextWord(public).hits(test, plain)
    print(f"top 5 of all that was typed {best:.4f}, of the release {ours:.4f}, {ours / best:.3f}")  # noqa: T201
    assert ours >= 0.85 * best


def phrases(seed: int, n: int) -> list[str]:
    rng = random.Random(seed)
    common = vocabulary.common_words(("en",))
    words = [one for one in wordfreq.top_n_list("en", 3000) if one in common and len(one) > 2]
    return [" ".join(rng.sample(words, rng.randint(5, 8))) for _ in range(n)]


def typed(target: Project, given: dict[str, list[str]]) -> None:
    """Has people type lines, in a session of their own a day later."""
    lines = []
    for number, (user, texts) in enumerate(sorted(given.items())):
        session = Tape(user, f"extra-{number}", f"extra-{number}", _START)
        for text in texts:
            tape.focus(session, "winword", title="x")
            tape.click(session, 10, 10)
            tape.line(session, text)
        lines += [json.dumps(event) for event in tape.logged(session.events)]
    histories.ingest(target, lines)


def auc(inside: Sequence[float], outside: Sequence[float]) -> float:
    """How often what is in scores above what is not; ties count half."""
    ranked = sorted([(score, 1) for score in inside] + [(score, 0) for score in outside])
    frame = pl.DataFrame(ranked, schema=["score", "in"], orient="row")
    ranks = frame.with_columns(pl.col("score").rank("average"))
    total = ranks.filter(pl.col("in") == 1)["score"].sum()
    n = len(inside)
    return float(total - n * (n + 1) / 2) / (n * len(outside))


def score(texts: Texts) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {size: Counter() for size in range(1, 9)}
    for text in texts:
        words = tokens(text)
        for size, counts in found.items():
            counts.update({" ".join(words[at : at + size]) for at in range(len(words) - size + 1)})
    return found


def belief(phrase: str, grams: dict[int, Counter[str]]) -> float:
    """The longest run of a phrase's words that stands in the release, then how many such runs."""
    words = phrase.split()
    total = 0.0
    for size in range(1, len(words) + 1):
        runs = [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]
        there = [run for run in runs if grams[size][run]]
        total += len(there) / len(runs) * 10 ** (size - 1)
    return total


def test_who_typed_a_rare_phrase_cannot_be_told_from_the_strict_release(base: Base) -> None:
    users = sorted(unredacted(base.project))
    inside, outside = phrases(1, PHRASES), phrases(2, PHRASES)
    given = {user: inside[place :: len(users)] for place, user in enumerate(users)}
    for user in users[:LISTED_BY]:
        given[user] = [*given[user], "the blue heron is late", "ask baker about the plan"]
    typed(base.project, given)
    with warehouse.opened(base.project, "test", write=True) as connection:
        terms.add(connection, "never", [terms.Term(one, "") for one in LISTED], NOW)
    found: dict[str, float] = {}
    for dataset in ("typed-text-strict", "typed-text"):
        built = build_all(base.project, dataset)
        assert not built.refused, built.datasets[0].gates
        texts = released(base.project, dataset)
        assert not any(word in text.lower() for text in texts for word in ("heron", "baker"))
        grams = score(texts)
        sides = [[belief(one, grams) for one in side] for side in (inside, outside)]
        found[dataset] = auc(*sides)
        sizes = Counter(min(len(tokens(text)), 9) for text in texts)
        print(dataset, len(texts), "rows, AUC", found[dataset], sorted(sizes.items()))  # noqa: T201
    assert found["typed-text-strict"] <= 0.53
    assert found["typed-text"] > 0.6  # the attack works where nothing stands against it
