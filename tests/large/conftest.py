"""Large runs are attacked in earnest."""

from __future__ import annotations

import pytest

from tests.etl import calm


@pytest.fixture(autouse=True)
def attacked_in_earnest(monkeypatch: pytest.MonkeyPatch) -> None:
    calm.earnest(monkeypatch.setattr)
