"""A stand-in for the Hugging Face Hub, on loopback and in memory, that can be told to fail."""

from __future__ import annotations

from tests.hubstand.faults import Fault
from tests.hubstand.server import Stand

__all__ = ["Fault", "Stand"]
