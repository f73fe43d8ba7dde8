"""A request to the stand-in and its answer, and what every handler asks first."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.hubstand.store import Commit, Repo

if TYPE_CHECKING:
    from tests.hubstand.server import Stand

WHEN = "2026-01-01T00:00:00.000Z"
NAME = r"([^/]+/[^/]+)"
API = rf"/api/datasets/{NAME}"
REV = r"([^/]+)"


@dataclass(frozen=True)
class Call:
    """A request: its path is still quoted, and its body is whole."""

    stand: Stand
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def known(self) -> bool:
        given = {name.lower(): value for name, value in self.headers.items()}
        return given.get("authorization") == f"Bearer {self.stand.token}"


@dataclass(frozen=True)
class Answer:
    """JSON, or bytes where `data` is given; `length` only where a HEAD says another than it has."""

    json: Any = None
    status: int = 200
    data: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    length: int = 0


Routes = tuple[tuple[tuple[str, ...], str, Callable[..., Answer]], ...]
"""Methods, a pattern of the quoted path, and the handler that its groups are given to."""


class Refused(Exception):
    """Carries the answer that says no."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


def failed(
    status: int, message: str = "", headers: dict[str, str] | None = None, code: str = ""
) -> Answer:
    """An error as the Hub words it: in the body and in headers."""
    said = {"X-Error-Message": message} if message else {}
    kind = {"X-Error-Code": code} if code else {}
    return Answer({"error": message}, status, headers={**said, **kind, **(headers or {})})


def repo_of(call: Call, name: str, write: bool = True) -> Repo:
    if "authorization" in {header.lower() for header in call.headers} and not call.known:
        raise Refused(failed(401, "Invalid credentials in Authorization header"))
    repo = call.stand.repos.get(name)
    if repo is None or (repo.private and not call.known):
        raise Refused(
            failed(404 if call.known else 401, "Repository not found", code="RepoNotFound")
        )
    if not call.known and (write or repo.gated):
        raise Refused(failed(403 if repo.gated else 401, "Access is by request", code="GatedRepo"))
    return repo


def commit_of(repo: Repo, revision: str) -> Commit:
    commit = repo.find(revision)
    if commit is None:
        raise Refused(failed(404, "Invalid rev id", code="RevisionNotFound"))
    return commit


def page(call: Call, entries: list[Any], size: int = 3) -> Answer:
    at = int(call.query.get("cursor", ["0"])[0])
    rest = {} if at + size >= len(entries) else {"cursor": [str(at + size)]}
    query = "&".join(f"{k}={v[0]}" for k, v in {**call.query, **rest}.items())
    link = {"Link": f'<{call.stand.url}{call.path}?{query}>; rel="next"'} if rest else {}
    return Answer(entries[at : at + size], headers=link)
