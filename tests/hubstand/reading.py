"""What the stand-in answers to requests that change nothing."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from tests.hubstand.calls import (
    API,
    NAME,
    REV,
    WHEN,
    Answer,
    Call,
    Routes,
    commit_of,
    failed,
    page,
    repo_of,
)
from tests.hubstand.store import Entry


def _info(call: Call, name: str, revision: str = "") -> Answer:
    repo = repo_of(call, name, write=False)
    commit = commit_of(repo, revision or "main")
    return Answer(
        {
            "id": name,
            "sha": commit.sha,
            "private": repo.private,
            "gated": repo.gated,
            "tags": [],
            "siblings": [{"rfilename": path} for path in sorted(commit.files)],
            "lastModified": WHEN,
        }
    )


def _file(path: str, entry: Entry) -> dict[str, Any]:
    out = {"type": "file", "path": path, "oid": entry.oid, "size": entry.size}
    if entry.lfs:
        size = len(entry.pointer)
        out["lfs"] = {"oid": entry.lfs, "size": entry.size, "pointerSize": size}
    return out


def _folder(path: str) -> dict[str, Any]:
    oid = hashlib.sha1(path.encode()).hexdigest()
    return {"type": "directory", "path": path, "oid": oid, "size": 0}


def _tree(call: Call, name: str, revision: str, below: str = "") -> Answer:
    """One page of a tree; the next is named in a header, as the Hub does for long ones."""
    commit = commit_of(repo_of(call, name, write=False), revision)
    start = f"{below}/" if below else ""
    deep = call.query.get("recursive", ["false"])[0].lower() == "true"
    out: dict[str, dict[str, Any]] = {}
    for path, entry in sorted(commit.files.items()):
        parts = path.removeprefix(start).split("/")
        if path.startswith(start):
            for i in range(1, len(parts) if deep else min(len(parts), 2)):
                folder = start + "/".join(parts[:i])
                out[folder] = _folder(folder)
            if deep or len(parts) == 1:
                out[path] = _file(path, entry)
    if below and not out:
        return failed(404, "no such folder", code="EntryNotFound")
    return page(call, list(out.values()))


def _paths(call: Call, name: str, revision: str) -> Answer:
    commit = commit_of(repo_of(call, name, write=False), revision)
    asked = call.json["paths"]
    folders = {"/".join(path.split("/")[:i]) for path in commit.files
               for i in range(1, path.count("/") + 1)}  # fmt: skip
    files = [_file(path, commit.files[path]) for path in asked if path in commit.files]
    return Answer([*files, *(_folder(path) for path in asked if path in folders)])


def _refs(call: Call, name: str) -> Answer:
    repo = repo_of(call, name, write=False)
    said = {
        kind: [{"name": n, "ref": f"refs/{at}/{n}", "targetCommit": sha} for n, sha in refs.items()]
        for kind, at, refs in (
            ("branches", "heads", repo.branches),
            ("tags", "tags", repo.tags),
            ("converts", "convert", repo.converts),
            ("pullRequests", "pr", repo.pulls),
        )
    }
    return Answer(said)


def _lfs_files(call: Call, name: str) -> Answer:
    repo = repo_of(call, name)
    return page(
        call,
        [
            {"fileOid": oid, "filename": "a", "oid": oid[:40], "size": len(data), "pushedAt": WHEN}
            for oid, data in repo.lfs.items()
        ],
    )


def _accepted(call: Call, name: str) -> Answer:
    repo = repo_of(call, name)
    if not repo.gated:
        return failed(400, "the dataset is not gated")
    users: list[Any] = [
        {
            "user": {"user": user, "fullname": user, "email": "x"} if user else {},
            "requestId": f"{number}",
            "status": "accepted",
            "timestamp": WHEN,
        }
        for number, user in enumerate(repo.accepted)
    ]
    return page(call, users)


def _whoami(call: Call) -> Answer:
    return (
        Answer({"name": "someone"}) if call.known else failed(401, "Invalid username or password.")
    )


def _resolve(call: Call, name: str, revision: str, path: str) -> Answer:
    repo = repo_of(call, name, write=False)
    commit = commit_of(repo, revision)
    entry = commit.files.get(path)
    if entry is None or (entry.lfs and entry.lfs not in repo.lfs):
        head = {"X-Repo-Commit": commit.sha}
        return failed(404, "Entry not found", head, code="EntryNotFound")
    data = repo.lfs[entry.lfs] if entry.lfs else entry.data
    headers = {"ETag": f'"{entry.etag}"', "X-Repo-Commit": commit.sha, "Accept-Ranges": "bytes"}
    if entry.lfs:
        headers |= {"X-Linked-Etag": f'"{entry.lfs}"', "X-Linked-Size": str(entry.size)}
    given = {header.lower(): value for header, value in call.headers.items()}.get("range", "")
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", given)
    if call.method == "HEAD" or not found:
        return Answer(data=data, headers=headers, length=len(data))
    first, last = int(found[1]), min(int(found[2] or len(data) - 1), len(data) - 1)
    if first >= len(data):
        return failed(416, "no such range", {"Content-Range": f"bytes */{len(data)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    return Answer(status=206, data=data[first : last + 1], headers=headers)


ROUTES: Routes = (
    (("GET",), "/api/whoami-v2", _whoami),
    (("GET",), f"{API}/revision/{REV}", _info),
    (("GET",), API, _info),
    (("GET",), f"{API}/tree/{REV}(?:/(.+))?", _tree),
    (("POST",), f"{API}/paths-info/{REV}", _paths),
    (("GET",), f"{API}/refs", _refs),
    (("GET",), f"{API}/lfs-files", _lfs_files),
    (("GET",), f"{API}/user-access-request/accepted", _accepted),
    (("GET", "HEAD"), rf"/datasets/{NAME}/resolve/{REV}/(.+)", _resolve),
)
