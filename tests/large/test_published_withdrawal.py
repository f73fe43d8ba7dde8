"""One of 200 people withdraws: what then goes to a folder, to S3 and to the Hub, in bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from etl import keys
from etl.project import Project
from etl.simulate import simulate
from tests.etl.conftest import build_all, files_of, project_of
from tests.etl.seaweed import Seaweed
from tests.etl.seaweed import seaweed as seaweed
from tests.etl.test_unpublish import run, somebody
from tests.hubstand import Stand
from tests.hubstand.fixtures import listening as listening
from tests.hubstand.fixtures import naps as naps
from tests.hubstand.fixtures import stand as stand

pytestmark = pytest.mark.audit

PEOPLE, HOURS = 216, 1.5  # of whom some are exempt: 200 or so are in it


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    place = tmp_path_factory.mktemp("town")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(place / "key"))
        simulate(place / "sim", users=PEOPLE, hours=HOURS, seed=21)
        made = project_of(place / "work", place / "sim")
        assert not build_all(made, workers=2).refused
        yield made


def test_only_what_was_made_anew_goes(
    town: Project, tmp_path: Path, stand: Stand, seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in seaweed.environment.items():
        monkeypatch.setenv(name, value)
    bucket = seaweed.bucket("corp")
    datasets = [path.name for path in sorted(town.releases.iterdir())]
    places = {
        dataset: (str(tmp_path / dataset), f"s3://{bucket}/{dataset}",
                  f"hf://datasets/corp/{dataset}")
        for dataset in datasets
    }  # fmt: skip
    for dataset, dests in places.items():
        for dest in dests:
            assert run(town, "publish", f"{dataset}/v1", dest).exit_code == 0
    assert run(town, "withdraw", somebody(town)).exit_code == 0
    assert run(town, "build").exit_code == 0
    for dataset, dests in places.items():
        old, new = (files_of(town.releases / dataset / v / "dataset") for v in ("v1", "v2"))
        anew = {name: len(data) for name, data in new.items() if old.get(name) != data}
        rows = [name for name in anew if name.startswith("data/")]
        assert rows and len(rows) < len(new) / 2
        for dest in dests:
            told = run(town, "--json", "publish", f"{dataset}/v2", dest, "--supersede").stdout
            done = json.loads(told)
            assert done["plan"]["send"] == anew and done["sent"] == sum(anew.values())
            assert not done["taken"]["left"]
        whole = sum(map(len, new.values()))
        sent, of_rows = sum(anew.values()), sum(anew[name] for name in rows)
        said = f"{dataset}: {len(new)} files of {whole} bytes; {len(rows)} files of rows made anew"
        print(f"{said}, {sent} bytes sent, {of_rows} of them rows")  # noqa: T201
