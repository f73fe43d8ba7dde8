"""What tests of every room use."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples each time, however slow the machine.
settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")

_BESIDE = Path(__file__).parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The README's commands first: they take longest, and no worker should wait for them."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Real recordings by name; a test that needs one is skipped without it, but never in CI."""
    base = Path(os.environ.get("TACENDA_TEST_DATA", _BESIDE))

    def find(name: str) -> Path:
        place = base / name
        if not place.exists():
            if os.environ.get("CI") == "true":
                pytest.fail(f"the shared test data is missing: {name}")
            pytest.skip(f"the shared test data is not there: {name}")
        return place

    return find
