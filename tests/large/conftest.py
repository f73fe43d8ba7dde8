"""Large runs are attacked in earnest, those of many people on the same ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from etl.project import Project
from tests.etl import calm
from tests.large import crowds


@pytest.fixture(autouse=True)
def attacked_in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    calm.earnest(monkeypatch.setattr)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    place = tmp_path_factory.mktemp("many")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TACENDA_KEY_FILE", str(place / "a.key"))
        yield crowds.made(place)
