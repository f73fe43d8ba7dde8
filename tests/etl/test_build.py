"""The main job on simulated people: what is released, what is not, and that it is the same."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from etl import build, checks, chunk, manifest, plan, release, verify, warehouse
from etl.errors import TacendaError
from etl.project import Project
from privacy import exemptions, windows
from tests.etl.conftest import NOW, World, build_all, files_of, load, project_of
from transforms import typed_text

DATASETS = ("desktop-actions", "pointer-snippets", "typed-text")
AFRESH = shutil.ignore_patterns("releases", "cache.duckdb")  # nothing is kept from a copy
_WORD = re.compile(r"[a-z']+")


def rows_of(folder: Path) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(f) for f in sorted(folder.glob("dataset/data/*.parquet"))])


def test_all_three_recipes_are_built(world: World) -> None:
    assert [(one.dataset, one.verdict) for one in world.built.datasets] == [
        (name, "built") for name in DATASETS
    ]
    for name in DATASETS:
        assert verify.verify(world.release(name)).rows == rows_of(world.release(name)).height > 0


def test_every_gate_was_asked(world: World) -> None:
    for one in world.built.datasets:
        assert {gate.gate for gate in one.gates} == set(verify.GATES)


def test_no_secret_in_anything_that_was_written(world: World) -> None:
    """Short numbers are looked for in the text alone: counts and digests may hold them."""
    typed = "\n".join(rows_of(world.release("typed-text"))["text"])
    others = [
        path.read_text(encoding="utf-8")
        for path in world.project.releases.rglob("*")
        if path.is_file() and path.suffix != ".parquet"
    ]
    blob = "\n".join([typed, *others]).casefold()
    secrets = world.answers["secrets"]
    assert len(secrets) > 300
    for secret in secrets:
        text = secret["text"].casefold()
        where = typed.casefold() if text.isdigit() and len(text) < 7 else blob
        assert text not in where, secret["kind"]
        assert len(text) < 6 or "".join(text.split()) not in "".join(where.split()), secret["kind"]


def test_ordinary_words_come_through(world: World) -> None:
    """Of the words that 12 included people typed on 3 days, at least four in five."""
    out = {one["user_id"] for one in world.answers["excluded"]}
    users, days = defaultdict(set), defaultdict(set)
    for sentence in world.answers["sentences"]:
        if sentence["ordinary"] and not sentence["removed"] and sentence["user_id"] not in out:
            for word in _WORD.findall(sentence["text"].lower()):
                users[word].add(sentence["user_id"])
                days[word].add(sentence["day"])
    wanted = {word for word in users if len(users[word]) >= 12 and len(days[word]) >= 3}
    assert len(wanted) > 20
    text = " ".join(rows_of(world.release("typed-text"))["text"]).lower()
    came = set(_WORD.findall(text))
    assert len(wanted & came) / len(wanted) >= 0.8


def test_nothing_of_excluded_people(world: World) -> None:
    from tests.etl.conftest import rows as query

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TACENDA_KEY_FILE", str(world.key))
        found = query(world.project, "SELECT DISTINCT dataset, user_id FROM lake.lineage")
    out = defaultdict(set)
    for one in world.answers["excluded"]:
        out[one["scope"]].add(one["user_id"])
    assert out["all"]
    by = {name: {user for dataset, user in found if dataset == name} for name in DATASETS}
    assert all(not users & out["all"] for users in by.values())
    assert not by["typed-text"] & out["keyboard"]
    assert not by["pointer-snippets"] & out["mouse"]


def test_a_manifest_accounts_for_every_event(world: World) -> None:
    for name in DATASETS:
        counts = manifest.read(world.release(name))["counts"]
        assert counts["events"] == sum(counts["excluded"].values()) + counts["allowed"]
        assert counts["allowed"] == counts["used"] + counts["not_used"]
        assert set(counts["excluded"]) == {
            "exempt", "pause", "pause_in_stream", "excluded_window", "secure"
        }  # fmt: skip


def test_nothing_in_a_dataset_names_when_or_where(world: World) -> None:
    for name in DATASETS:
        card = (world.release(name) / "dataset" / "README.md").read_text(encoding="utf-8")
        assert "v1" not in card and str(world.project.root) not in card
        assert not re.search(r"\b20\d\d-\d\d", card)


def test_building_again_makes_nothing_new(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TACENDA_KEY_FILE", str(world.key))
    before = files_of(world.project.releases)
    again = build_all(world.project)
    assert {one.verdict for one in again.datasets} == {"unchanged"}
    assert files_of(world.project.releases) == before


@pytest.fixture
def same_key(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TACENDA_KEY_FILE", str(world.key))
    yield


def _datasets(target: Project) -> dict[str, dict[str, bytes]]:
    return {name: files_of(target.releases / name / "v1" / "dataset") for name in DATASETS}


@pytest.mark.usefixtures("same_key")
def test_typed_text_that_is_not_known_is_counted_and_not_used(world: World) -> None:
    facts = manifest.read(world.release("typed-text"))
    with warehouse.opened(world.project, "test", write=False) as lake:
        rules = build.rules_for(world.project, lake, ["typed-text"], NOW)
        users = [
            row[0] for row in lake.execute("SELECT DISTINCT user_id FROM lake.events").fetchall()
        ]
        everybody = plan.chunks(lake, dict.fromkeys(sorted(users), ("typed-text",)))
        frames = [chunk.usable(lake, task, rules)[0] for task in everybody]
    judged = pl.concat([typed_text.judged(frame) for frame in frames])
    unknown = judged.filter(pl.col("kind") == typed_text.UNKNOWN)
    assert facts["counts"]["notes"][chunk.UNSURE] == unknown.height > 0
    assert unknown["text"].null_count() == unknown.height


@pytest.mark.usefixtures("same_key")
@pytest.mark.parametrize(
    ("workers", "limit"),
    [
        (3, 3_000),
        *(pytest.param(*other, marks=pytest.mark.soak) for other in ((1, 500), (2, 20_000))),
    ],
)
def test_the_same_bytes_with_other_workers_and_cuts(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, limit: int
) -> None:
    """Even where the work is cut into single days of one person."""
    work = tmp_path / "elsewhere"
    shutil.copytree(world.project.root, work, ignore=AFRESH)
    target = Project(work, world.project.settings)
    monkeypatch.setattr(plan, "chunks", partial(plan.chunks, limit=limit))
    build_all(target, workers=workers)
    assert _datasets(target) == _datasets(world.project)


@pytest.mark.usefixtures("same_key")
@pytest.mark.parametrize("parts", [pytest.param(1, marks=pytest.mark.soak), 100])
def test_the_same_bytes_from_other_files_in_another_order(
    world: World, tmp_path: Path, parts: int
) -> None:
    lines = []
    for path in sorted((world.sim / "capture").iterdir(), reverse=True):
        data = path.read_bytes()
        plain = gzip.decompress(data) if path.suffix == ".gz" else data
        lines += plain.splitlines(keepends=True)
    size = -(-len(lines) // parts)
    captures = []
    for number in range(parts):
        captures.append(tmp_path / "parts" / f"{parts - number:03}.jsonl")
        captures[-1].parent.mkdir(exist_ok=True)
        captures[-1].write_bytes(b"".join(lines[number * size : (number + 1) * size]))
    target = project_of(tmp_path / "work", world.sim, captures[:1])
    if parts > 1:
        load(target, *captures[1:])
    build_all(target)
    assert _datasets(target) == _datasets(world.project)


@pytest.mark.usefixtures("same_key")
def test_new_captures_make_a_new_version(world: World, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(world.project.root, work)
    target = Project(work, world.project.settings)
    exempt = target.consent / "exemptions.csv"
    users = {person["user_id"] for person in world.answers["people"]}
    gone = sorted(users - {one["user_id"] for one in world.answers["exemptions"]})[0]
    header = exempt.read_text().splitlines()[0].split(",")
    row = {"user_id": gone, "status": "approved", "requested_at": "2026-10-01T00:00:00Z"}
    with exempt.open("a") as file:
        file.write(",".join(row.get(name, "") for name in header) + "\n")
    built = build_all(target, "typed-text")
    assert [(one.verdict, one.version) for one in built.datasets] == [("built", "v2")]
    assert files_of(work / "releases" / "typed-text" / "v1") == files_of(
        world.release("typed-text")
    )
    assert release.newest(target, "typed-text") == work / "releases" / "typed-text" / "v2"


def test_too_few_people_are_refused(tmp_path: Path, simulated: Path) -> None:
    few = sorted((simulated / "capture").iterdir())[:2]
    target = project_of(tmp_path / "work", simulated, few)
    built = build_all(target)
    assert built.refused and {one.verdict for one in built.datasets} == {"refused"}
    assert not target.releases.exists() or not files_of(target.releases)
    for one in built.datasets:
        facts = json.loads(one.place.read_text())
        assert any(gate["gate"] == "people" and gate["verdict"] == "refused"
                   for gate in facts["gates"])  # fmt: skip


def test_an_empty_warehouse_is_an_error(tmp_path: Path, simulated: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    target = project_of(tmp_path / "work", simulated, [empty])
    with pytest.raises(TacendaError, match="no events"):
        build_all(target)


def test_a_missing_registry_stops_everything(tmp_path: Path, simulated: Path) -> None:
    target = project_of(tmp_path / "work", simulated, [min((simulated / "capture").iterdir())])
    (target.consent / "pauses.csv").unlink()
    with pytest.raises(TacendaError, match="pauses"):
        build_all(target)
    assert not target.releases.exists()


def test_ids_are_looked_for_everywhere_but_in_sizes(world: World, tmp_path: Path) -> None:
    place = tmp_path / "v1"
    shutil.copytree(world.release("typed-text"), place)
    written = verify.restored(place, manifest.read(place))
    own, size = sum(shard.bytes for shard in written.shards), "7654321"
    card = place / "dataset" / "README.md"
    card.write_text(card.read_text().replace(f'size": {own}', f'size": {size}'))
    assert card.read_text().count(size) == 2
    assert checks.ids(written, [size]) == []
    for known in ("Typed text", "parquet", written.shards[0].file[5:14]):
        assert checks.ids(written, [known]), known


@pytest.mark.usefixtures("same_key")
def test_what_a_gate_refuses_keeps_no_other_back(world: World, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(world.project.root, work, ignore=AFRESH)
    recipe = work / "datasets" / "typed-text" / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("min_people = 30", "min_people = 1000"))
    target = Project(work, world.project.settings)
    built = build_all(target)
    assert [one.verdict for one in built.datasets] == ["built", "built", "refused"]
    assert sorted(path.name for path in target.releases.iterdir()) == list(DATASETS[:2])
    again = build_all(target)
    assert [one.verdict for one in again.datasets] == ["unchanged", "unchanged", "refused"]
    assert sorted(path.name for path in (target.refused / "typed-text").iterdir()) == ["1", "2"]


BROKEN = {
    "exemptions": (exemptions, "exempt_scopes", lambda _: {}),
    "pauses of the registry": (windows, "registry_window", lambda start, *_: (start, start)),
    "excluded windows": (windows, "excluded", lambda *_: []),
    "secure fields": (windows, "secure", lambda *_: []),
}


@pytest.mark.usefixtures("same_key")
@pytest.mark.parametrize("name", BROKEN)
def test_the_gates_catch_consent_that_is_broken(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """On people's own events, by the second count; the planted ones speak as well."""
    work = tmp_path / "work"
    shutil.copytree(world.project.root, work, ignore=AFRESH)
    module, function, broken = BROKEN[name]
    monkeypatch.setattr(module, function, broken)
    # Where no word could come out the pointer must give it away.
    mouse = name in ("secure fields", "pauses of the registry")
    dataset = "pointer-snippets" if mouse else "typed-text"
    built = build_all(Project(work, world.project.settings), dataset)
    refusing = {gate.gate for gate in built.datasets[0].gates if gate.violations}
    assert built.refused and {"consent", "canaries"} <= refusing
