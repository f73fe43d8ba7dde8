"""Datasets as the Hub keeps them: commits, names for commits, and large files by their digest."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field

ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n*.png filter=lfs diff=lfs -text\n"


@dataclass(frozen=True)
class Entry:
    """One file of a commit: its bytes, or the digest and size of a large file."""

    data: bytes = b""
    lfs: str = ""
    lfs_size: int = 0

    @property
    def size(self) -> int:
        return self.lfs_size if self.lfs else len(self.data)

    @property
    def oid(self) -> str:
        """Git's own name of the file (of its pointer, where it is large)."""
        data = self.pointer if self.lfs else self.data
        return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()

    @property
    def pointer(self) -> bytes:
        return f"version 1\noid sha256:{self.lfs}\nsize {self.lfs_size}\n".encode()

    @property
    def etag(self) -> str:
        return self.lfs or self.oid


@dataclass(frozen=True)
class Commit:
    sha: str
    parent: str
    files: dict[str, Entry]


_numbers = itertools.count(1)


@dataclass
class Repo:
    """One dataset with all its commits; what no name leads to is dropped at once."""

    private: bool
    gated: str | bool = False
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pulls: dict[str, str] = field(default_factory=dict)
    converts: dict[str, str] = field(default_factory=dict)
    lfs: dict[str, bytes] = field(default_factory=dict)
    accepted: list[str] = field(default_factory=list)

    def commit(self, files: dict[str, Entry], parent: str, branch: str = "main") -> str:
        text = f"{next(_numbers)} {parent} {sorted((p, e.oid) for p, e in files.items())}"
        sha = hashlib.sha1(text.encode()).hexdigest()
        self.commits[sha] = Commit(sha, parent, dict(files))
        self.branches[branch] = sha
        return sha

    def find(self, revision: str) -> Commit | None:
        sha = self.branches.get(revision) or self.tags.get(revision) or self.pulls.get(revision)
        return self.commits.get(sha or revision)

    @property
    def main(self) -> Commit:
        return self.commits[self.branches["main"]]

    def squash(self, branch: str) -> str:
        sha = self.commit(self.commits[self.branches[branch]].files, "", branch)
        self.collect()
        return sha

    def collect(self) -> None:
        """Drops commits that no branch, tag or pull request leads to."""
        reached: set[str] = set()
        kept = (self.branches, self.tags, self.pulls, self.converts)
        for sha in [sha for names in kept for sha in names.values()]:
            while sha and sha not in reached:
                reached.add(sha)
                sha = self.commits[sha].parent
        self.commits = {sha: one for sha, one in self.commits.items() if sha in reached}

    def every_byte(self) -> Iterator[bytes]:
        """All that the dataset still holds, in any commit and among the large files."""
        yield from self.lfs.values()
        for commit in self.commits.values():
            yield from (entry.data for entry in commit.files.values())


def new_repo(private: bool) -> Repo:
    repo = Repo(private)
    repo.commit({".gitattributes": Entry(ATTRIBUTES)}, "")
    return repo
