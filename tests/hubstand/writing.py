"""What the stand-in does at requests that change something."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from tests.hubstand import store
from tests.hubstand.calls import API, NAME, REV, Answer, Call, Routes, commit_of, failed, repo_of
from tests.hubstand.store import Entry


def _create(call: Call) -> Answer:
    if not call.known:
        return failed(401, "Invalid credentials in Authorization header")
    asked = call.json
    name = f"{asked['organization']}/{asked['name']}"
    made = {"url": f"{call.stand.url}/datasets/{name}", "name": name, "id": name}
    if name in call.stand.repos:
        return Answer({**made, "error": "You already created this dataset repo"}, 409)
    call.stand.repos[name] = store.new_repo(asked.get("visibility") == "private")
    return Answer(made)


def _delete(call: Call) -> Answer:
    name = f"{call.json['organization']}/{call.json['name']}"
    repo_of(call, name)
    del call.stand.repos[name]
    return Answer("OK")


def _settings(call: Call, name: str) -> Answer:
    repo = repo_of(call, name)
    if "visibility" in call.json:
        repo.private = call.json["visibility"] == "private"
    repo.gated = call.json.get("gated", repo.gated)
    return Answer({})


def _preupload(call: Call, name: str, revision: str) -> Answer:
    commit = commit_of(repo_of(call, name), revision)
    lines = commit.files[".gitattributes"].data.decode().splitlines()
    large = tuple(line.split()[0][1:] for line in lines if "filter=lfs" in line)
    modes = []
    for one in call.json["files"]:
        lfs = one["path"].endswith(large) or one["size"] > 10_000_000
        mode = "lfs" if lfs else "regular"
        modes.append({"path": one["path"], "uploadMode": mode, "shouldIgnore": False})
    return Answer({"files": modes})


def _batch(call: Call, name: str) -> Answer:
    repo, stand = repo_of(call, name), call.stand
    objects = []
    for one in call.json["objects"]:
        href = f"{stand.url}/lfs/{name}/{one['oid']}"
        signed = f"?X-Amz-Signature={stand.signature}"
        action: dict[str, Any] = {"upload": {"href": href + signed}}
        if stand.part_size:
            number = -(-one["size"] // stand.part_size)
            parts = {f"{i:05}": f"{href}/{i}{signed}" for i in range(1, number + 1)}
            action["upload"]["header"] = {"chunk_size": str(stand.part_size), **parts}
        there = one["oid"] in repo.lfs
        objects.append(one if there else {**one, "actions": action})
    return Answer({"transfer": "basic", "objects": objects})


def _upload(call: Call, name: str, oid: str, part: str = "") -> Answer:
    repo, stand = call.stand.repos[name], call.stand
    if call.query.get("X-Amz-Signature") != [stand.signature]:
        return failed(403, "SignatureDoesNotMatch")
    if part:
        stand.parts.setdefault(oid, {})[int(part)] = call.body
        return Answer({}, headers={"ETag": f'"{part}"'})
    parts = stand.parts.pop(oid, {})
    data = b"".join(parts[i] for i in sorted(parts)) if call.method == "POST" else call.body
    if hashlib.sha256(data).hexdigest() != oid:
        return failed(400, "the bytes are not those of the digest")
    repo.lfs[oid] = data
    return Answer({})


def _push(call: Call, name: str, revision: str) -> Answer:
    """A commit: all of it, or nothing where the parent is stale or a large file is not there."""
    repo = repo_of(call, name)
    lines = [json.loads(line) for line in call.body.splitlines()]
    parent, files = repo.branches[revision], dict(repo.commits[repo.branches[revision]].files)
    for line in lines:
        key, value = line["key"], line["value"]
        if key == "header" and value.get("parentCommit", parent) != parent:
            return failed(412, "A commit has happened since. Please refresh and try again.")
        if key == "file":
            files[value["path"]] = Entry(base64.b64decode(value["content"]))
        elif key == "lfsFile":
            if value["oid"] not in repo.lfs:
                return failed(400, "Your push was rejected because an LFS pointer has no file")
            files[value["path"]] = Entry(lfs=value["oid"], lfs_size=value["size"])
        elif key == "deletedFile" and files.pop(value["path"], None) is None:
            return failed(404, "A file with this name doesn't exist", code="EntryNotFound")
    sha = repo.commit(files, parent, revision)
    url = f"{call.stand.url}/datasets/{name}/commit/{sha}"
    return Answer({"success": True, "commitOid": sha, "commitUrl": url})


def _tag(call: Call, name: str, revision: str) -> Answer:
    repo = repo_of(call, name)
    if call.method == "DELETE":
        if repo.tags.pop(revision, None) is None:
            return failed(404, "no such tag", code="RevisionNotFound")
    elif call.json["tag"] in repo.tags:
        return failed(409, "Tag reference exists already")
    else:
        repo.tags[call.json["tag"]] = commit_of(repo, revision).sha
    return Answer({})


def _branch(call: Call, name: str, branch: str) -> Answer:
    repo = repo_of(call, name)
    if call.method == "DELETE":
        if branch == "main" or repo.branches.pop(branch, None) is None:
            return failed(403, "cannot delete this branch")
    elif branch in repo.branches:
        return failed(409, "Branch reference exists already")
    else:
        repo.branches[branch] = commit_of(repo, call.json.get("startingPoint", "main")).sha
    return Answer({})


def _squash(call: Call, name: str, branch: str) -> Answer:
    return Answer({"commitId": repo_of(call, name).squash(branch)})


def _lfs_delete(call: Call, name: str) -> Answer:
    repo = repo_of(call, name)
    for oid in call.json["deletions"]["sha"]:
        repo.lfs.pop(oid, None)
    return Answer({})


def _yaml(call: Call) -> Answer:
    if "not: [yaml" in call.json["content"]:
        return Answer({"errors": [{"message": "not YAML"}], "warnings": []}, 400)
    return Answer({"errors": [], "warnings": []})


ROUTES: Routes = (
    (("POST",), "/api/repos/create", _create),
    (("DELETE",), "/api/repos/delete", _delete),
    (("POST",), "/api/validate-yaml", _yaml),
    (("PUT",), f"{API}/settings", _settings),
    (("POST",), f"{API}/preupload/{REV}", _preupload),
    (("POST",), f"{API}/commit/{REV}", _push),
    (("POST", "DELETE"), f"{API}/tag/{REV}", _tag),
    (("POST", "DELETE"), f"{API}/branch/{REV}", _branch),
    (("POST",), f"{API}/super-squash/{REV}", _squash),
    (("POST",), f"{API}/lfs-files/batch", _lfs_delete),
    (("POST",), rf"/datasets/{NAME}\.git/info/lfs/objects/batch", _batch),
    (("PUT", "POST"), rf"/lfs/{NAME}/([0-9a-f]{{64}})(?:/(\d+))?", _upload),
)
