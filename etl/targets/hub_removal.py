"""Taking out of a dataset on the Hub what only its earlier versions hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from etl.errors import TacendaError
from etl.targets import Taken
from etl.targets.hub_errors import told
from etl.targets.hub_files import address, files_of

NOBODY = (
    "copies that others downloaded or keep in caches",
    "copies that others made into datasets of their own on the Hub",
    "what the Hub itself keeps for a while of what is deleted",
)
"""What no one can remove from here, whatever else was."""

_LARGE = "large files that only earlier versions had"
_UNTAGGED = (
    "the version's tag is missing, and not all may be removed: publish it again, then remove"
)


def forgotten(api: Any, repo: str, state: str, there: Mapping[str, Any]) -> Taken:
    """Leaves `main` as one commit of its files `there` at `state`, with the tags it has there.

    A step that fails is named in `left` and the others are still done. Tags go before the history
    does and come back last: were it cut short, publishing again would set the version's tag anew.
    """
    refs = api.list_repo_refs(repo, repo_type="dataset", include_pull_requests=True)
    tags, branches = _newest(refs, state)
    steps = _Steps(repo)
    for one in refs.tags:
        steps.try_(f"the tag {one.name}", api.delete_tag, tag=one.name)
    for one in refs.branches:
        if one.name != "main":
            steps.try_(f"the branch {one.name}", api.delete_branch, branch=one.name)
    steps.try_("the history", api.super_squash_history, branch="main")
    steps.try_(_LARGE, _large_files, api=api)
    with told(address(repo), _UNTAGGED):
        info = api.repo_info(repo, repo_type="dataset", revision="main")
        _unchanged(repo, there, files_of(api, repo, info.sha))
        for name in tags:
            api.create_tag(repo, tag=name, revision=info.sha, repo_type="dataset", exist_ok=True)
        for name in branches:
            api.create_branch(
                repo, branch=name, revision=info.sha, repo_type="dataset", exist_ok=True
            )  # fmt: skip
    back = {*(f"the tag {name}" for name in tags), *(f"the branch {name}" for name in branches)}
    removed = tuple(name for name in steps.removed if name not in back)
    return Taken(removed, tuple(steps.left), (*_elsewhere(refs), *NOBODY))


class _Steps:
    """What was removed and what not; each step is tried, whatever became of the others."""

    def __init__(self, repo: str) -> None:
        self.repo = repo
        self.removed: list[str] = []
        self.left: list[str] = []

    def try_(self, name: str, remove: Callable[..., Any], /, **named: Any) -> None:
        """Removes something; False says that there was nothing to remove."""
        try:
            with told(address(self.repo), ""):
                found = remove(self.repo, repo_type="dataset", **named)
        except TacendaError as error:
            self.left.append(f"{name} ({error.what})")
        else:
            self.removed += [] if found is False else [name]


def _newest(refs: Any, state: str) -> tuple[list[str], list[str]]:
    """The tags and branches that stand for the newest version, apart from `main`."""
    tags = [one.name for one in refs.tags if one.target_commit == state]
    branches = [one.name for one in refs.branches if one.target_commit == state]
    return tags, [name for name in branches if name != "main"]


def _unchanged(repo: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raises where `main` holds other files than the version whose tags it is about to get."""
    if {path: one.blob_id for path, one in before.items()} != {
        path: one.blob_id for path, one in now.items()
    }:
        raise TacendaError(
            "someone else changed the dataset meanwhile",
            where=address(repo),
            todo="look at what they changed on the Hub, then publish again",
            undone=_UNTAGGED,
        )


def _large_files(repo: str, *, api: Any, repo_type: str) -> bool:
    """Deletes each large file that no file of `main` names, wherever else it is still named."""
    files = files_of(api, repo, "main").values()
    kept = {one.lfs.sha256 for one in files if one.lfs is not None}
    stored = list(api.list_lfs_files(repo, repo_type=repo_type))
    gone = [one for one in stored if one.file_oid not in kept]
    api.permanently_delete_lfs_files(repo, gone, repo_type=repo_type)
    return bool(gone)


def _elsewhere(refs: Any) -> list[str]:
    """Places on the Hub that its interface does not let anyone clear."""
    out = []
    if refs.pull_requests:
        out.append("pull requests on the Hub, which keep the cards of their time: ask the Hub")
    if refs.converts:
        out.append("the Hub's own converted copy, until the Hub makes it anew from `main`")
    return out
