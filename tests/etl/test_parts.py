"""The parts of a release, each by itself: recipes, shards, cards, versions, remarks."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
import yaml

from etl import assemble, card, recipe, release, remarks, shards, useful
from etl.errors import TacendaError, UsageError
from etl.features import published
from etl.project import Project, Settings
from etl.shards import Shard
from privacy.policy import default_policy
from privacy.registry import Exclusion, Exemption, Pause, Registries, Withdrawal
from tests.etl.conftest import World

SHIPPED = Path(__file__).parents[2] / "datasets"
MINUTE = 60_000_000


def rows(people: int = 12, each: int = 5) -> pl.DataFrame:
    """Made-up snippets: `each` a person, one a minute."""
    made = [
        {
            "x": [n, p % 64], "y": [1, 2], "gap": [0, 1], "app": "email", "end": "left",
            "user_id": f"p{p:02}", "device_id": "d" if p % 2 else None, "first_ts": n * MINUTE,
            "last_ts": n * MINUTE + 1, "n_keyboard": 0, "n_mouse": 3, "n_other": 0,
        }
        for p in range(people)
        for n in range(each)
    ]  # fmt: skip
    lists = {name: pl.List(pl.UInt8) for name in ("x", "y", "gap")}
    return pl.DataFrame(made, schema_overrides={**lists, "device_id": pl.String()})


def stored() -> pl.DataFrame:
    """The same as the store holds them."""
    return shards.identified(rows())


@pytest.mark.parametrize("seed", range(5))
def test_a_draw_does_not_depend_on_the_order_of_its_rows(seed: int) -> None:
    order = list(range(rows().height))
    random.Random(seed).shuffle(order)
    drawn = shards.drawn(stored(), b"k" * 32, 0.5)
    assert shards.drawn(stored()[order], b"k" * 32, 0.5).equals(drawn)
    assert drawn["user_id"].n_unique() == 12
    assert drawn.height < stored().height
    assert not drawn.equals(drawn.sort("user_id", "first_ts"))


def _clicks(places: dict[str, list[int]]) -> pl.DataFrame:
    """Rows of one point, as candidates hold them: each person's columns of cells."""
    made = rows(len(places), 1).drop("x", "y", "gap", "first_ts", "user_id").head(1)
    each = [(user, n, x) for user, own in places.items() for n, x in enumerate(own)]
    told = pl.DataFrame(each, schema=["user_id", "first_ts", "x"], orient="row").with_columns(
        pl.concat_list(pl.col("x").cast(pl.UInt8)).alias("x"),
        pl.concat_list(pl.lit(1, pl.UInt8)).alias("y"),
        pl.concat_list(pl.lit(0, pl.UInt8)).alias("gap"),
        pl.lit("click").alias("mix"),
    )
    return shards.identified(told.join(made, how="cross"))


TEN = [f"p{n}" for n in range(10)]


@pytest.mark.parametrize(
    ("places", "left"),
    [
        (dict.fromkeys(TEN, 1), TEN),
        (dict.fromkeys(TEN[1:], 1), []),  # fewer people than hide one another
        ({user: n for n, user in enumerate(TEN)}, []),  # each alone with what they did
        ({**dict.fromkeys(TEN, 1), "q": 2}, TEN),
    ],
)
def test_of_rows_drawn_those_are_left_that_many_made(
    places: dict[str, int], left: list[str]
) -> None:
    """Four clicks of each person in one place, of which half are drawn."""
    strict = recipe.load(SHIPPED / "pointer-snippets-strict")
    made = _clicks({user: [place] * 4 for user, place in places.items()})
    out, alone = assemble.released(made, strict, b"k" * 32)
    assert dict(out.group_by("user_id").len().iter_rows()) == dict.fromkeys(left, 2)
    assert out.height + alone == 2 * len(places)


def test_of_everybody_there_is_left_what_many_made_and_of_nobody_much_more() -> None:
    strict = recipe.load(SHIPPED / "pointer-snippets-strict")
    random.seed(7)
    places = {f"p{n:02}": [random.randrange(4 + n) for _ in range(60)] for n in range(25)}
    made, key = _clicks(places), b"k" * 32
    out, _ = assemble.released(made, strict, key)
    drawn = shards.drawn(made, key, strict.sample, strict.common, strict.per_person)
    makers = drawn.group_by("x").agg(pl.col("user_id").n_unique())
    assert out["user_id"].n_unique() == 25
    own = out.group_by("user_id").len()["len"].to_list()
    assert 5 < max(own) <= 2 * sorted(own)[12]
    assert set(out["x"].list.first()) == set(
        makers.filter(pl.col("user_id") >= strict.like)["x"].list.first()
    )


def test_rows_of_one_point_must_tell_where_clicks_land() -> None:
    strict, plain = (recipe.load(SHIPPED / f"pointer-snippets{end}") for end in ("-strict", ""))
    assert useful.floors(strict).keys() == {useful.uses.LANDING, useful.uses.CLICK}
    assert useful.floors(plain).keys() == {useful.uses.FORECAST, useful.uses.CLICK}


def test_another_key_draws_anew() -> None:
    one, other = (shards.drawn(stored(), key * 32, 0.5) for key in (b"a", b"b"))
    assert not one.equals(other)


def test_a_shard_tells_nothing_but_its_columns(tmp_path: Path) -> None:
    features = published("pointer", 64, 36)
    made = [
        shards.write(tmp_path, f"data/{n}.parquet", "train", "plain", rows(), features)
        for n in "ab"
    ]
    assert made[0].sha256 == made[1].sha256 and (made[0].rows, made[0].people) == (60, 12)
    meta = pq.read_metadata(tmp_path / "data" / "a.parquet")
    assert not meta.metadata and meta.schema.names
    for group in range(meta.num_row_groups):
        columns = [meta.row_group(group).column(n) for n in range(meta.num_columns)]
        assert all(not column.is_stats_set for column in columns)
    assert pq.read_schema(tmp_path / "data" / "a.parquet").names == list(features)


def test_a_label_that_is_not_listed_is_an_error(tmp_path: Path) -> None:
    wrong = rows().with_columns(pl.lit("nosuch").alias("app"))
    with pytest.raises(pl.exceptions.PolarsError):
        shards.write(tmp_path, "a.parquet", "train", "plain", wrong, published("pointer", 64, 36))


TRANSFORMS = {
    "typed-text": "typed_text",
    "pointer-snippets": "pointer",
    "desktop-actions": "actions",
}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_a_card_s_header_is_yaml_that_declares_every_column(name: str) -> None:
    one = recipe.load(SHIPPED / name)
    features = published(TRANSFORMS[name], 64, 36)
    made = [Shard(f"data/{split}-x.parquet", split, "plain", 10, 7, 100, "0" * 64)
            for split in ("test", "train")]  # fmt: skip
    text = card.render(SHIPPED / name, one, features, made, default_policy())
    header = yaml.safe_load(text.split("---\n")[1])
    assert [part["name"] for part in header["dataset_info"]["features"]] == list(features)
    splits = header["configs"][0]["data_files"]
    assert [part["split"] for part in splits] == ["train", "test"]
    assert {part["num_examples"] for part in header["dataset_info"]["splits"]} == {7}
    assert "$" not in text and one.title in text


@pytest.mark.parametrize("body", ["$nosuch", "costs 5 $", None])
def test_a_card_that_cannot_be_filled_in(tmp_path: Path, body: str | None) -> None:
    if body is not None:
        (tmp_path / "card.md").write_text(body)
    with pytest.raises(TacendaError, match="card"):
        card.render(tmp_path, recipe.load(SHIPPED / "typed-text"), {}, [], default_policy())


LOOSE = {
    "k = 9": "k", "min_people = 5": "min_people", "sample = 0.95": "sample", "speed = 1": "speed",
    'transform = "magic"': "transform", "[grid]\ncolumns = 128": "grid.columns",
    "[grid]\nbin_ms = 100": "grid.bin_ms", "[pointer]\nmax_points = 7": "pointer.max_points",
    "[actions]\nmax_actions = 20": "actions.max_actions",
    "[vocabulary]\npeople = 3": "vocabulary.people", "[vocabulary]\ndays = 1": "vocabulary.days",
    "[split]\nfrom_people = 50": "split.from_people", "[split]\ntrain = 0.9": "split",
    "[nosuch]\nx = 1": "nosuch",
}  # fmt: skip


@pytest.mark.parametrize("extra", LOOSE)
def test_looser_than_the_defaults_is_an_error_that_names_the_key(
    tmp_path: Path, extra: str
) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    plain = {"name": '"mine"', "title": '"t"', "transform": '"pointer"', "scopes": '["mouse"]'}
    plain.pop(extra.split(" = ")[0], None)
    text = "".join(f"{name} = {value}\n" for name, value in plain.items()) + extra + "\n"
    (folder / "recipe.toml").write_text(text)
    with pytest.raises(UsageError) as caught:
        recipe.load(folder)
    assert LOOSE[extra] in caught.value.message() and str(folder) in caught.value.message()


def test_stricter_than_the_defaults_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "recipe.toml").write_text(
        'name = "mine"\ntitle = "t"\ntransform = "pointer"\nscopes = ["mouse"]\nk = 20\n'
        "min_people = 50\nsample = 0.5\n[grid]\ncolumns = 32\nrows = 18\nbin_ms = 500\n"
    )
    assert recipe.load(tmp_path / "mine").grid.columns == 32


def test_a_recipe_named_unlike_its_folder(tmp_path: Path) -> None:
    text = (SHIPPED / "typed-text" / "recipe.toml").read_text()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "recipe.toml").write_text(text)
    with pytest.raises(UsageError, match="not like its folder"):
        recipe.load(tmp_path / "other")


def test_versions_follow_each_other_by_number(tmp_path: Path) -> None:
    project = Project(tmp_path, Settings(id="versions"))
    for name in ("v1", "v2", "v10", "vx", "w3"):
        (project.releases / "a" / name).mkdir(parents=True)
    assert release.versions(project, "a") == [1, 2, 10]
    assert release.following(project, "a") == "v11"
    assert release.resolve(tmp_path, "a/v10") == project.releases / "a" / "v10"
    with pytest.raises(UsageError):
        release.resolve(tmp_path, "a/v3")


def test_what_a_killed_build_left_is_swept(tmp_path: Path) -> None:
    project = Project(tmp_path, Settings(id="versions"))
    staged = release.stage(project, "a")
    (staged / "dataset" / "half.parquet").write_text("half")
    release.sweep(project)
    assert not staged.exists() and not (project.releases / "a").exists()


def test_what_nothing_answers_to_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from etl import warehouse

    monkeypatch.setenv("TACENDA_KEY_FILE", str(world.key))
    known = world.answers["people"][0]["user_id"]
    registries = Registries(
        (Exemption("nobody", "denied"), Exemption(f" {known.upper()} ", "denied")),
        (Pause(known, 0, 31 * MINUTE), Pause("nobody", 0, 30 * MINUTE), Pause(known, 0)),
        (Exclusion(app="shipped"), Exclusion(app="mine"), Exclusion(app="too")),
        shipped=1,
        withdrawals=(Withdrawal("nobody"), Withdrawal("NOBODY ", 0, 1), Withdrawal(known)),
    )
    with warehouse.opened(world.project, "test", write=False) as lake:
        assert remarks.remarks(lake, registries, {1}) == {
            remarks.LONG: 1, remarks.STRANGERS: 2, remarks.ABSENT: 1, remarks.UNMATCHED: 1
        }  # fmt: skip
