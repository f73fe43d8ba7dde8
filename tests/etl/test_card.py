"""What lies beside a dataset's rows: its card, its metadata, its pictures, and their gates."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import mlcroissant
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml
from absl import logging as absl_logging
from huggingface_hub import DatasetCard

from etl import card, cardhead, checks, croissant, documents, keys, manifest, pictures, siderun
from etl import recipe as recipes
from etl.attacked import Attacks
from etl.checks import Written
from etl.errors import UsageError
from etl.features import published
from etl.project import Project
from etl.recipe import Recipe
from etl.shards import Shard
from etl.verify import restored
from privacy import canaries
from privacy.attacks import linking, who
from privacy.gates import CLEAN
from privacy.policy import default_policy
from privacy.terms import Terms
from tests.etl.conftest import World, build_all
from tests.etl.drawn import COUNTED, POINTER, REACHED, drawn

pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph", "ignore:The inplace keyword")
ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "datasets"
DATASETS = ("desktop-actions", "pointer-snippets", "typed-text")
MADE = Shard("data/train-abc.parquet", "train", "plain", 12, 1234, 5678, "ab" * 32)
PERSON = "quentin.marlowe@corp"


def dataset(world: World, name: str) -> Path:
    return world.release(name) / "dataset"


def rendered(name: str, **changes: Any) -> tuple[Recipe, str]:
    one = recipes.load(SHIPPED / name).model_copy(update=changes)
    features = published(one.transform, one.grid.columns, one.grid.rows)
    return one, card.render(SHIPPED / name, one, features, [MADE], default_policy())


# The card.

OPTIONS = {
    "annotations_creators": {"no-annotation", "machine-generated"},
    "language_creators": {"found"},
    "multilinguality": {"multilingual", "monolingual"},
    "source_datasets": {"original"},
    "task_categories": {"text-generation"},
    "size_categories": set(cardhead._SIZES),
}
"""What the Hub knows by these names, as far as it is used."""


@pytest.mark.parametrize("name", DATASETS)
def test_the_hub_s_own_reader_takes_the_header(world: World, name: str) -> None:
    text = (dataset(world, name) / "README.md").read_text(encoding="utf-8")
    read = DatasetCard(text)
    assert read.data.license == "other" and read.data.get("license_name") == "internal-use"
    for field, known in OPTIONS.items():
        value = getattr(read.data, field)
        assert value is None or (isinstance(value, list) and value and set(value) <= known), field
    assert set(read.data.get("extra_gated_fields").values()) <= {"text", "checkbox"}
    assert "newer version" in read.data.get("extra_gated_prompt")
    assert yaml.safe_load(read.data.to_yaml()) == yaml.safe_load(text.split("---\n")[1])
    again = DatasetCard(str(read))
    assert again.data.to_dict() == read.data.to_dict() and again.text == read.text


@pytest.mark.parametrize(("rows", "wanted"), [
    (0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (123_456, "100K<n<1M"),
    (10**12 - 1, "100B<n<1T"), (10**12, "n>1T"), (10**15, "n>1T"),
])  # fmt: skip
def test_sizes_are_the_hub_s_classes(rows: int, wanted: str) -> None:
    assert cardhead._size(rows) == wanted


def test_a_licence_and_a_contact_of_the_project_s_own() -> None:
    _, text = rendered("typed-text", license="cc-by-4.0", contact="privacy at the works council")
    data = DatasetCard(text).data
    assert data.license == "cc-by-4.0" and "license_name" not in data
    assert "licence is `cc-by-4.0`" in text and "ask privacy at the works council." in text
    one, text = rendered("typed-text", license_name="house-1.0", license_link="https://a.example/l")
    assert DatasetCard(text).data.get("license_link") == "https://a.example/l"
    features = published(one.transform, 1, 1)
    facts = json.loads(croissant.render(one, features, [MADE], text))
    assert facts["license"] == "https://a.example/l"


@pytest.mark.parametrize("line", ['license = "Own Words"', 'license_link = "ftp://a"',
                                  'license_name = ""', 'contact = ""'])  # fmt: skip
def test_a_licence_that_cannot_be_one(tmp_path: Path, line: str) -> None:
    shutil.copytree(SHIPPED / "typed-text", tmp_path / "typed-text")
    file = tmp_path / "typed-text" / "recipe.toml"
    file.write_text(f"{line}\n{file.read_text()}")
    with pytest.raises(UsageError, match=line.split()[0]):
        recipes.load(tmp_path / "typed-text")


HEADINGS = ("", "Why it was made", "What is in it", "Whose work it is", "How it was collected",
            "How it was made", "Uses", "Limits", "Personal data", "Licence and access",
            "Maintenance", "To be removed")  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.name for path in SHIPPED.iterdir()))
def test_every_card_is_a_whole_datasheet(name: str) -> None:
    one, text = rendered(name)
    attacked = ("What attackers reach", "What can still be learned")
    attacked = () if one.transform == "typed_text" else attacked
    found = card.sections(text)
    assert [head for head in found if head not in attacked] == list(HEADINGS)
    assert set(attacked) <= set(found) and all(found.values()) and "$" not in text
    assert "delete the older one" in text and "figures/composition.svg" in text
    assert ("figures/attackers.svg" in text) == bool(attacked)


# Pictures.


def words(svg: str) -> list[str]:
    every = ElementTree.fromstring(svg).iter()
    return [one.text for one in every if one.text and one.text.strip()]


def test_pictures_say_the_figures_and_nothing_else() -> None:
    assert words(pictures.composition(COUNTED)) == [
        "app: chat", "app: email", "end: left",
        "12,345 (93.8%)", "812 (6.2%)", "13,157 (100.0%)",
    ]  # fmt: skip
    said = words(pictures.attackers(POINTER, REACHED))
    assert said[:4] == ["0", "1", "2", "3"]
    assert said[4] == "0: a blind guess, 1: the limit, 3: three times as far or more"
    assert said[5:] == [
        who.RANK_1, who.EQUAL_ERROR, linking.SINGLE,
        "1.90, raw 14.25, limit 4.00", "0.46, limit 0.35", "0.53, limit 0.60",
    ]  # fmt: skip
    alternative = pictures.in_words(POINTER, REACHED)
    assert all(one in alternative for one in said[5:])


def test_a_limit_stricter_than_a_guess_can_be_drawn() -> None:
    strict = POINTER.model_copy(
        update={"limits": POINTER.limits.model_copy(update={"rank_1": 1.0})}
    )
    assert "limit 1.00" in pictures.attackers(strict, REACHED)
    assert words(pictures.attackers(POINTER, Attacks()))[:4] == ["0", "1", "2", "3"]


def test_pictures_are_the_same_bytes_in_another_process() -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "4242"}
    command = [sys.executable, "-m", "tests.etl.drawn"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, env=env)
    assert done.stdout == drawn().encode()


def test_no_font_decides_what_lies_where(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = drawn()
    monkeypatch.setattr(pictures, "_FONT", "DejaVu Sans Mono")
    assert drawn().replace("DejaVu Sans Mono", "sans-serif") == plain
    assert 'fill="white"' in plain and len(plain) < 12_000


@pytest.mark.parametrize("name", DATASETS)
def test_a_picture_of_the_rows_follows_from_the_rows(world: World, name: str) -> None:
    folder = dataset(world, name)
    facts = manifest.read(world.release(name))
    written = restored(world.release(name), facts)
    counted = pictures.counts(folder, written.features, written.shards)
    rows = pl.concat([pl.read_parquet(one) for one in sorted(folder.glob("data/*.parquet"))])
    column = {"desktop-actions": "action"}.get(name, "app")
    values = rows["actions"].explode().struct.field(column) if column == "action" else rows[column]
    sums = {one: n for where, one, n in counted if where == column}
    assert sum(sums.values()) == len(values) > 0 and list(sums.values()) == sorted(
        sums.values(), reverse=True
    )
    said = words((folder / documents.COMPOSITION).read_text(encoding="utf-8"))
    text = (folder / documents.CARD).read_text(encoding="utf-8")
    for one, n in sums.items():
        assert f"{column}: {one}" in said and f"{column} {one} {n:,}" in text


# Metadata.


@pytest.fixture
def warned() -> Iterator[list[str]]:
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    absl_logging.get_absl_logger().addHandler(handler)
    yield said
    absl_logging.get_absl_logger().removeHandler(handler)


def plain(value: Any) -> Any:
    """A record as Python has it: numbers without a width, text, names without their record set."""
    if isinstance(value, dict):
        return {name.rsplit("/", 1)[-1]: plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, bytes):
        return value.decode()
    return value.item() if isinstance(value, np.generic) else value


@pytest.mark.parametrize("name", DATASETS)
def test_croissant_reads_the_rows_as_they_are(world: World, name: str, warned: list[str]) -> None:
    folder = dataset(world, name)
    read = mlcroissant.Dataset(jsonld=str(folder / documents.METADATA))
    assert len(warned) == 1 and warned[0].startswith("Found the following 2 warning(s)")
    assert "datePublished" in warned[0] and "schema.org/version" in warned[0]
    files = sorted(folder.glob("data/*.parquet"))
    wanted = [row for file in files for row in pq.read_table(file).to_pylist()]
    found = [plain(row) for row in read.records("rows")]
    assert {row.pop("split") for row in found} == {"train"}
    assert found == wanted and len(found) > 100


@pytest.mark.parametrize("name", DATASETS)
def test_croissant_tells_of_files_and_names_as_the_card_does(world: World, name: str) -> None:
    folder = dataset(world, name)
    facts = json.loads((folder / documents.METADATA).read_text(encoding="utf-8"))
    objects = [one for one in facts["distribution"] if one["@type"] == "cr:FileObject"]
    there = {f"data/{path.name}": path for path in folder.glob("data/*.parquet")}
    assert {one["contentUrl"]: (one["sha256"], one["contentSize"]) for one in objects} == {
        name: (manifest.digest(path), f"{path.stat().st_size} B") for name, path in there.items()
    }
    read = mlcroissant.Dataset(jsonld=facts)
    written = restored(world.release(name), manifest.read(world.release(name)))
    for column, label in croissant.labels(written.features):
        rows = [plain(row) for row in read.records(f"names/{column}")]
        assert rows == [{"number": n, "name": one} for n, one in enumerate(label.names)]
    assert read.metadata.data_use_cases and len(read.metadata.data_limitations) >= 3
    assert read.metadata.data_release_maintenance_plan and read.metadata.data_collection
    assert read.metadata.personal_sensitive_information and read.metadata.data_biases


def test_one_split_can_be_asked_for(tmp_path: Path) -> None:
    """As of many people: each split's rows from its own files."""
    one, features = recipes.load(SHIPPED / "typed-text"), published("typed_text", 1, 1)
    made = []
    for split, text in (("train", "a b"), ("test", "c d"), ("validation", "e f")):
        file = tmp_path / "data" / f"{split}-x.parquet"
        file.parent.mkdir(exist_ok=True)
        pl.DataFrame({"text": [text], "language": [1], "app": [2], "kind": [0]}).write_parquet(file)
        made.append(replace(MADE, file=f"data/{file.name}", sha256=manifest.digest(file)))
    text = card.render(SHIPPED / "typed-text", one, features, made, default_policy())
    place = tmp_path / documents.METADATA
    place.write_text(croissant.render(one, features, made, text), encoding="utf-8")
    read = mlcroissant.Dataset(jsonld=str(place))
    rows = [plain(row) for row in read.records("rows", filters={"rows/split": "test"})]
    assert [(row["split"], row["text"]) for row in rows] == [("test", "c d")]


def test_a_card_of_a_project_s_own_needs_none_of_our_parts(tmp_path: Path) -> None:
    (tmp_path / "card.md").write_text(
        "# $title\n\nOurs, $rows rows.\n\n## Limits\n- One.\n- Two.\n"
    )
    one, features = recipes.load(SHIPPED / "typed-text"), published("typed_text", 1, 1)
    text = card.render(tmp_path, one, features, [MADE], default_policy())
    facts = json.loads(croissant.render(one, features, [MADE], text))
    assert facts["description"] == "Ours, 1,234 rows."
    assert facts["rai:dataLimitations"] == ["One.", "Two."] and "rai:dataUseCases" not in facts
    assert mlcroissant.Dataset(jsonld=facts).metadata.data_limitations == ["One.", "Two."]


# The gates.


@pytest.fixture
def copied(world: World, tmp_path: Path) -> Written:
    place = tmp_path / "v1"
    shutil.copytree(world.release("pointer-snippets"), place)
    return restored(place, manifest.read(place))


def refusing(written: Written, *ids: str, never: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """Gate -> what it found, of those that look at what lies beside the rows."""
    found = checks.run(
        written,
        [("ids", lambda: checks.ids(written, ids)),
         ("terms", lambda: checks.listed(written, Terms(never)))],
    )  # fmt: skip
    return {one.gate: [v.where for v in one.violations] for one in found if one.verdict != CLEAN}


def _put(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        place = folder / name
        text = place.read_text(encoding="utf-8")
        assert old in text
        place.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def _add(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("a")

    return change


C, M, P = documents.COMPOSITION, documents.METADATA, documents.ATTACKERS
TITLE, PLANTED = "Pointer snippets from", canaries.NEEDLES["deleted text"][0]
ALTERED: dict[str, tuple[Callable[[Path], object], str, str]] = {
    "an id in a picture's words": (_put(C, "app: chat", f"app: {PERSON}"), "ids", C),
    "an id in a picture's classes": (_put(P, 'class="marks"', f'class="{PERSON}"'), "ids", P),
    "an id in the metadata": (_put(M, TITLE, PERSON), "ids", M),
    "an id in the metadata, escaped": (
        _put(M, TITLE, PERSON.replace("@", "\\u0040").replace(".", "\\u002e")), "ids", M),
    "an id for a digest": (_put(M, '"sha256": "', f'"sha256": "{PERSON}'), "files", M),
    "an id in the card": (_put("README.md", TITLE, PERSON), "ids", "README.md"),
    "a term in a picture": (_put(C, "app: chat", "app: Marlowe Works"), "terms", C),
    "a term in the metadata": (_put(M, TITLE, "marlowe works"), "terms", M),
    "a term in the card": (_put("README.md", TITLE, "Marlowe Works"), "terms", "README.md"),
    "a planted text in a picture": (_put(C, "app: chat", PLANTED), "files", C),
    "a planted text in the metadata": (_put(M, TITLE, PLANTED), "files", M),
    "a planted text in the card": (_put("README.md", TITLE, PLANTED), "files", "README.md"),
    "a script in a picture": (_put(C, "</svg>", "<script>a</script></svg>"), "files", C),
    "a link in a picture": (_put(C, 'class="marks"', 'href="a"'), "files", C),
    "a comment in a picture": (_put(P, "</svg>", "<!-- a --></svg>"), "files", P),
    "a picture that is none": (lambda f: (f / C).write_text("a"), "files", "the gate itself"),
    "metadata that is none": (lambda f: (f / M).write_text("{"), "files", "the gate itself"),
    "a file of another size": (_put(M, ' B"', '1 B"'), "files", M),
    "a file that is not told of": (_put(M, "cr:FileObject", "cr:Other"), "files", M),
    "a picture missing": (lambda f: (f / P).unlink(), "files", P),
    "metadata missing": (lambda f: (f / M).unlink(), "files", M),
    "a picture too many": (_add("figures/people.svg"), "files", "figures/people.svg"),
    "a file too many": (_add("LICENSE"), "files", "LICENSE"),
    "an empty folder": (lambda f: (f / PERSON).mkdir(), "files", PERSON),
    "a picture that is a link": (
        lambda f: ((f / P).rename(f.parent / "x.svg"), (f / P).symlink_to(f.parent / "x.svg")),
        "files", P),
}  # fmt: skip


@pytest.mark.parametrize("name", ALTERED)
def test_what_lies_beside_rows_is_looked_at(copied: Written, name: str) -> None:
    change, gate, where = ALTERED[name]
    change(copied.folder)
    found = refusing(copied, PERSON, never=("Marlowe Works",))
    assert where in found[gate], found


def test_what_is_released_passes_these_gates(world: World) -> None:
    for name in DATASETS:
        written = restored(world.release(name), manifest.read(world.release(name)))
        assert refusing(written, PERSON, never=("Marlowe Works", "quent*")) == {}


def test_our_own_words_are_no_terms(copied: Written) -> None:
    """A colleague called May or a customer called Chat keeps no dataset back; others still do."""
    assert refusing(copied, never=("May", "Pointer", "chat", "limit*", "Desktop Work")) == {
        "terms": ["README.md", "croissant.json"]  # "desktop work" stands in the title alone
    }
    _put(C, "app: chat", "app: Zorbeck")(copied.folder)
    assert refusing(copied, never=("May", "Zorbeck")) == {"terms": [C]}


def test_our_own_lines_hold_no_ids(copied: Written) -> None:
    """Nor do the names of a picture's parts; a person may be called as one of them."""
    assert refusing(copied, "marks", "layer", "terms", "jsonpath", "recognize", "maintenance") == {}
    _put(C, "app: chat", "app: marks")(copied.folder)
    _put("README.md", "## Maintenance", "## Maintenance of marks")(copied.folder)
    _put(M, '"rows/gap"', '"rows/marks"')(copied.folder)
    assert refusing(copied, "marks") == {"ids": ["README.md", M, C]}


def test_figures_are_no_ids(copied: Written) -> None:
    """Sizes, digests, counts and places may look like somebody's number."""
    one = copied.shards[0]
    svg = (copied.folder / P).read_text(encoding="utf-8")
    place = svg.split('viewBox="')[1].split('"')[0].split()[-1]
    assert len(place) == 3 and place in svg
    assert refusing(copied, str(one.bytes) * 2, one.sha256[5:15], f"{place}00") == {}
    _put(P, f'height="{place}"', f'height="{place}00"')(copied.folder)
    assert refusing(copied, f"{place}00") == {}
    _put(P, "limit 4.00", f"limit {place}00")(copied.folder)
    assert refusing(copied, f"{place}00") == {"ids": [P]}


SABOTAGES: dict[str, tuple[str, Callable[[Any, str], Any]]] = {
    "a picture that thanks somebody": (
        "pointer-snippets",
        lambda patch, person: patch.setattr(
            pictures, "composition", _thanked(pictures.composition, "app: ", f"{person}: ")),
    ),
    "metadata that thanks somebody": (
        "typed-text",
        lambda patch, person: patch.setattr(
            croissant, "render", _thanked(croissant.render, 'As": "', f'As": "{person}')),
    ),
}  # fmt: skip


def _thanked(made: Callable[..., str], old: str, new: str) -> Callable[..., str]:
    return lambda *given: made(*given).replace(old, new, 1)


@pytest.mark.parametrize("name", SABOTAGES)
def test_a_build_that_names_somebody_is_refused(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    which, sabotage = SABOTAGES[name]
    monkeypatch.setenv(keys.ENVIRONMENT, str(world.key))
    monkeypatch.setattr(siderun, "run", lambda _, rules: {r.name: [] for r in rules.recipes})
    away = shutil.ignore_patterns("releases", "refused")
    shutil.copytree(world.project.root, tmp_path / "work", ignore=away)
    sabotage(monkeypatch, world.answers["people"][0]["user_id"])
    built = build_all(Project(tmp_path / "work", world.project.settings), which)
    assert built.refused
    assert {one.gate for one in built.datasets[0].gates if one.verdict != CLEAN} == {"ids"}
    assert not (tmp_path / "work" / "releases" / which).exists()
