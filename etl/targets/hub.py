"""Datasets on the Hugging Face Hub: a version is one commit, and its tag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from etl.errors import TacendaError, UsageError
from etl.targets import Access, Item, Progress, Put, Standing, Taken, nothing, ours
from etl.targets.hub_client import connected
from etl.targets.hub_errors import missing, told
from etl.targets.hub_files import Sent, additions, address, ahead, files_of, same
from etl.targets.hub_removal import NOBODY, forgotten

_NAME = r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?"
_PLACE = re.compile(rf"hf://datasets/({_NAME}/{_NAME})")
_ATTRIBUTES = ".gitattributes"

_NOTHING = "nothing that readers can see has changed"
_EITHER = "readers find the old version or the new one, whole; run this again to make sure"
_UNTAGGED = "the version is there and whole, but not yet tagged by its name"
_PRIVATE = "the version is there and whole, but the dataset is not public yet"
_STAYS = "nothing was removed"
_PARTLY = (
    "the rest of the removal; the newest version is whole. Publish it again, then remove again"
)
_GONE = "the dataset is there whole, or gone; run this again to make sure"


def hub(dest: str, access: Access) -> Hub:
    """The place that `hf://datasets/ORG/NAME` names; `UsageError` for anything else."""
    found = _PLACE.fullmatch(dest)
    repo = found[1] if found else ""
    if not repo or "--" in repo or ".." in repo or repo.endswith(".git"):
        raise UsageError(
            "this is no dataset on the Hub",
            where=dest,
            todo="write it as hf://datasets/ORGANISATION/NAME",
            undone="nothing was sent",
        )
    return Hub(repo, access)


@dataclass(frozen=True)
class Hub:
    """A dataset on the Hub, reached by Hugging Face's own client with the user's own token.

    What `access` does not ask for stays as it is where the dataset exists. A new one is private,
    and what becomes public does so last.
    """

    repo: str
    access: Access

    keeps = True

    @property
    def where(self) -> str:
        """The dataset's address."""
        return address(self.repo)

    @property
    def via(self) -> str:
        """How files go there; one way, so that a failure has one meaning."""
        return "the Hub's LFS over HTTPS, without Xet"

    def look(self, items: Sequence[Item]) -> Standing:
        """The commit of `main`, and which files of it are the items'; changes nothing."""
        with self._online(_NOTHING) as (_, api):
            info = self._info(api)
            if info is None:
                return Standing("")
            there = files_of(api, self.repo, info.sha)
            self._ours(there)
            equal = {one.path for one in items
                     if one.path in there and same(one, there[one.path])}  # fmt: skip
            other = set(there) - {one.path for one in items} - {_ATTRIBUTES}
            return Standing(info.sha, frozenset(equal), tuple(sorted(other)))

    def put(
        self,
        items: Sequence[Item],
        standing: Standing,
        version: str,
        progress: Progress,
        last: Callable[[], None] = nothing,
    ) -> Put:
        """Sends large files ahead, then makes one commit on top of `standing`, and its tag.

        A commit by anyone else since is never undone: the Hub refuses ours then.
        """
        sent = Sent(progress)
        with self._online(_NOTHING) as (client, api):
            state = self._start(api, standing)
            new = [one for one in items if one.path not in standing.same]
            tagged = self._tagged(api, version, "" if new or standing.other else state)
            if self.access.gated is not None:
                self._settings(api, gated=self.access.gated)
            adding = additions(client, new, sent)
            ahead(api, self.repo, adding)
            gone = [client.CommitOperationDelete(path) for path in standing.other]
            last()
            if adding or gone:
                state = self._commit(api, [*gone, *adding], state, version)
            if not tagged:
                with told(self.where, _UNTAGGED):
                    api.create_tag(self.repo, tag=version, revision=state, repo_type="dataset")
            if self.access.public:
                with told(self.where, _PRIVATE):
                    self._settings(api, private=False)
        return Put(state, sent.bytes, self._lines(version))

    def forget(self, state: str) -> Taken:
        """Removes earlier versions with their history, tags and large files.

        The newest version becomes one new commit without a past, so its state changes, too.
        """
        with self._online(_STAYS) as (_, api):
            info = self._info(api)
            if info is None or info.sha != state:
                raise self._moved()
            there = files_of(api, self.repo, state)
            self._ours(there)
            with told(self.where, _PARTLY):
                return forgotten(api, self.repo, state, there)

    def take(self) -> Taken:
        """Removes the dataset with all its versions, unless others' files lie in it."""
        with self._online(_STAYS) as (_, api):
            info = self._info(api)
            if info is None:
                return Taken()
            there = files_of(api, self.repo, info.sha)
            self._ours(there)
            with told(self.where, _STAYS, _GONE):
                api.delete_repo(self.repo, repo_type="dataset", missing_ok=True)
            number = len(set(there) - {_ATTRIBUTES})
            whole = f"the dataset with {number} files and all its versions"
            return Taken((whole,), beyond=NOBODY)

    def readers(self) -> Sequence[str]:
        """Names of those whose request for access was granted, where access is by request."""
        with self._online(_NOTHING) as (_, api):
            info = self._info(api)
            if info is None or not info.gated:
                return ()
            granted = api.list_accepted_access_requests(self.repo, repo_type="dataset")
            return tuple(sorted({one.username for one in granted if one.username}))

    @contextmanager
    def _online(self, undone: str) -> Iterator[tuple[Any, Any]]:
        with connected() as client, told(self.where, undone):
            yield client, client.HfApi()

    def _info(self, api: Any) -> Any | None:
        try:
            return api.repo_info(self.repo, repo_type="dataset", revision="main")
        except Exception as error:
            if missing(error):
                return None
            raise

    def _ours(self, there: dict[str, Any]) -> None:
        foreign = sorted(path for path in there if path != _ATTRIBUTES and not ours(path))
        if foreign:
            raise UsageError(
                f"the dataset holds {len(foreign)} files that were not published here, "
                f"such as {foreign[0]}",
                where=self.where,
                todo="name another dataset, or take those files out on the Hub",
                undone="nothing was changed",
            )

    def _start(self, api: Any, standing: Standing) -> str:
        """The commit to build on: what `standing` saw, or the first one of a new dataset."""
        if not standing.state:
            api.create_repo(self.repo, repo_type="dataset", private=True)
        info = self._info(api)
        if info is None or standing.state not in ("", info.sha):
            raise self._moved()
        if not standing.state and set(files_of(api, self.repo, info.sha)) - {_ATTRIBUTES}:
            raise self._moved()
        return str(info.sha)

    def _tagged(self, api: Any, version: str, state: str) -> bool:
        """Whether the tag names the commit `state` ("": one that is not made yet) already.

        Raises where it names another: whoever pinned the version must go on finding that.
        """
        tags = api.list_repo_refs(self.repo, repo_type="dataset").tags
        there = {one.name: one.target_commit for one in tags}
        if version in there and there[version] != state:
            raise TacendaError(
                f"the tag {version} is there already and stands for something else",
                where=self.where,
                todo="publish a newer version, or delete that tag on the Hub",
                undone=_NOTHING,
            )
        return version in there

    def _commit(self, api: Any, operations: list[Any], state: str, version: str) -> str:
        with told(self.where, _NOTHING, _EITHER):
            done = api.create_commit(
                self.repo,
                operations,
                commit_message=f"Publish {version}",
                repo_type="dataset",
                revision="main",
                parent_commit=state,
            )
        return str(done.oid)

    def _settings(self, api: Any, **settings: Any) -> None:
        api.update_repo_settings(self.repo, repo_type="dataset", **settings)

    def _lines(self, version: str) -> tuple[str, ...]:
        return (
            f'load_dataset("{self.repo}")',
            f'load_dataset("{self.repo}", revision="{version}")',
        )

    def _moved(self) -> TacendaError:
        return TacendaError(
            "someone else changed the dataset meanwhile",
            where=self.where,
            todo="look at what they changed on the Hub, then run this again",
            undone=_NOTHING,
        )
