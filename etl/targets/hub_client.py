"""The one place that imports Hugging Face's client: online while it publishes, never otherwise."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import Any

LIMITS = {"connect": 30.0, "read": 300.0, "write": 300.0, "pool": None}
"""Seconds until a silent Hub counts as lost; the client itself would wait for ever."""

_ENVIRONMENT = {
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}
_CONSTANTS = {
    "HF_HUB_DISABLE_XET": True,
    "HF_HUB_DISABLE_TELEMETRY": True,
    "HF_HUB_OFFLINE": False,
}
_LOGGERS = ("huggingface_hub", "httpx2", "httpcore2")


@contextmanager
def connected() -> Iterator[Any]:
    """Gives the module `huggingface_hub`, allowed to reach the Hub until the block ends.

    The client reads its settings from the environment once, when it is first imported. So it is
    imported as offline (for a load may come after), and only the block lifts that, for the whole
    process, in the client's constants. A user's own HF_HUB_OFFLINE yields, too, for they named the
    Hub themselves. Uploads are plain LFS: Xet and telemetry are off. Nothing is shown or logged,
    because the client logs addresses that are signed.
    """
    os.environ.update(_ENVIRONMENT)
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    hub: Any = import_module("huggingface_hub")
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(_quiet())
        stack.enter_context(import_module("huggingface_hub.utils").disable_progress_bars())
        stack.enter_context(_settings(import_module("huggingface_hub.constants")))
        stack.enter_context(_bounded(hub))
        yield hub


@contextmanager
def _quiet() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


@contextmanager
def _settings(constants: Any) -> Iterator[None]:
    before = {name: getattr(constants, name) for name in _CONSTANTS}
    try:
        for name, value in _CONSTANTS.items():
            setattr(constants, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(constants, name, value)


@contextmanager
def _bounded(hub: Any) -> Iterator[None]:
    """Has every request end, for the client itself asks for no limit in most places."""
    plain: Any = import_module("huggingface_hub.utils._http").default_client_factory

    def client() -> Any:
        made = plain()
        hooks = made.event_hooks
        made.event_hooks = {**hooks, "request": [*hooks["request"], _limit]}
        return made

    hub.set_client_factory(client)
    try:
        yield
    finally:
        hub.set_client_factory(plain)


def _limit(request: Any) -> None:
    request.extensions = {**request.extensions, "timeout": dict(LIMITS)}
