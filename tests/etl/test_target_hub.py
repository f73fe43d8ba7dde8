"""Publishing to the Hub: whole or not at all, nothing large twice, gone when it is taken out."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from etl.errors import TacendaError, UsageError
from etl.targets import Access, Item, Put, Standing, Target
from etl.targets import hub_client as clients
from etl.targets.hub import Hub, hub
from tests.hubstand import Fault, Stand
from tests.hubstand.reader import ROOT, Loaded, Reader
from tests.hubstand.server import TOKEN
from tests.hubstand.store import ATTRIBUTES, Entry, Repo

REPO = "org/name"
DEST = f"hf://datasets/{REPO}"
CARD = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---
# {0}
"""


@dataclass(frozen=True)
class Version:
    name: str
    items: tuple[Item, ...]
    loaded: Loaded

    @property
    def paths(self) -> set[str]:
        return {one.path for one in self.items}


def item(path: str, file: Path) -> Item:
    data = file.read_bytes()
    return Item(path, file, len(data), hashlib.sha256(data).hexdigest())


def version(folder: Path, name: str, shards: str) -> Version:
    """A dataset with a shard of random rows for each letter, always the same for one letter."""
    (folder / "data").mkdir(parents=True)
    items, tables = [], []
    for letter in shards:
        rng = np.random.default_rng(ord(letter))
        rows = int(rng.integers(2_500, 16_000))
        x = rng.integers(0, 2**40, rows)
        tables.append(pa.table({"x": x, "shard": [letter] * rows}))
        file = folder / "data" / f"train-{letter}.parquet"
        pq.write_table(tables[-1], file, compression="none")
        items.append(item(f"data/{file.name}", file))
    for path, text in {"README.md": CARD.format(name), "croissant.json": "{}"}.items():
        (folder / path).write_text(text)
        items.append(item(path, folder / path))
    both = pa.concat_tables(tables).to_pydict()
    loaded = Loaded(len(both["x"]), sum(both["x"]), tuple(sorted(shards)))
    return Version(name, tuple(items), loaded)


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Version:
    return version(tmp_path_factory.mktemp("old"), "v1", "abcd")


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory) -> Version:
    return version(tmp_path_factory.mktemp("new"), "v2", "bcefgh")


@pytest.fixture(scope="module")
def reader(listening: Stand, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    reader = Reader(listening.url, TOKEN, tmp_path_factory.mktemp("reader") / "home")
    yield reader
    assert reader.reached <= {f"127.0.0.1:{listening.port}"}
    reader.close()


def put(version: Version, target: Target | None = None) -> Put:
    """Looks, publishes, and checks that progress told of exactly what was sent."""
    target = target or hub(DEST, Access())
    told: list[int] = []
    try:
        return target.put(version.items, target.look(version.items), version.name, told.append)
    finally:
        assert sum(told) <= sum(one.size for one in version.items) and min(told, default=0) >= 0


def lying(stand: Stand) -> Repo:
    return stand.repos[REPO]


def whole(stand: Stand, version: Version) -> bool:
    """Whether `main` is a version, with every large file's bytes there."""
    repo = lying(stand)
    wanted = {one.path: one.file.read_bytes() for one in version.items}
    files = {path: entry for path, entry in repo.main.files.items() if path != ".gitattributes"}
    there = {path: repo.lfs.get(one.lfs) if one.lfs else one.data for path, one in files.items()}
    return there == wanted


def test_a_version_is_one_commit_and_its_tag(
    stand: Stand, reader: Reader, old: Version, new: Version
) -> None:
    first = put(old)
    assert whole(stand, old) and lying(stand).private and not lying(stand).gated
    assert first.read == (f'load_dataset("{REPO}")', f'load_dataset("{REPO}", revision="v1")')
    assert first.sent == sum(one.size for one in old.items)
    same = hub(DEST, Access()).look(new.items).same
    second = put(new)
    assert whole(stand, new) and lying(stand).main.parent == first.state
    assert lying(stand).tags == {"v1": first.state, "v2": second.state}
    assert second.sent == sum(one.size for one in new.items if one.path not in same)
    assert all(entry.lfs for path, entry in lying(stand).main.files.items() if "data/" in path)
    assert max(stand.uploads().values()) == 1
    assert reader.load(REPO) == reader.load(REPO, streaming=True) == new.loaded
    assert reader.load(REPO, "v1") == reader.load(REPO, "v1", streaming=True) == old.loaded


def test_again_does_nothing_but_make_sure_of_the_tag(stand: Stand, old: Version) -> None:
    done = put(old)
    del lying(stand).tags["v1"]
    stand.requests.clear()
    assert put(old) == replace(done, sent=0)
    assert lying(stand).tags == {"v1": done.state}
    assert [one.path.split("/")[5] for one in stand.requests if one.method != "GET"] == ["tag"]


def test_what_is_there_is_told(stand: Stand, old: Version, new: Version) -> None:
    target = hub(DEST, Access())
    assert target.look(old.items) == Standing("")
    done = put(old)
    seen = target.look(new.items)
    assert seen.state == done.state
    assert seen.same == {"data/train-b.parquet", "data/train-c.parquet", "croissant.json"}
    assert seen.other == ("data/train-a.parquet", "data/train-d.parquet")


PLACES = {
    "hf://datasets/org/name": True,
    "hf://datasets/o/n": True,
    "hf://datasets/Org-1/na.me_2": True,
    "hf://datasets/org": False,
    "hf://datasets/org/name/more": False,
    "hf://datasets/org/name@v1": False,
    "hf://datasets/org/name ": False,
    "hf://datasets/org/name\n": False,
    "hf://datasets/org/.name": False,
    "hf://datasets/org/na--me": False,
    "hf://datasets/org/na..me": False,
    "hf://datasets/org/name.git": False,
    "hf://datasets/org/" + "n" * 97: False,
    "hf://org/name": False,
    "hf://models/org/name": False,
    "https://huggingface.co/datasets/org/name": False,
    "": False,
}


@pytest.mark.parametrize("dest", PLACES)
def test_only_a_dataset_s_name_is_taken(dest: str) -> None:
    if PLACES[dest]:
        assert hub(dest, Access()).where == dest
    else:
        with pytest.raises(UsageError, match="ORGANISATION/NAME"):
            hub(dest, Access())


ACCESS = {
    "by itself": (Access(), True, False),
    "public": (Access(public=True), False, False),
    "by request": (Access(gated="manual"), True, "manual"),
    "public by request": (Access(public=True, gated="auto"), False, "auto"),
}


@pytest.mark.parametrize("name", ACCESS)
@pytest.mark.parametrize("there", [False, True])
def test_it_is_private_unless_asked(stand: Stand, old: Version, name: str, there: bool) -> None:
    access, private, gated = ACCESS[name]
    if there:
        put(old)
    put(old, hub(DEST, access))
    assert (lying(stand).private, lying(stand).gated) == (private, gated)


def test_nothing_is_sent_where_access_cannot_be_limited(stand: Stand, old: Version) -> None:
    stand.faults.append(Fault("PUT", "settings", 403, "gating needs another plan"))
    with pytest.raises(TacendaError, match="may not do this"):
        put(old, hub(DEST, Access(public=True, gated="manual")))
    assert not stand.uploads() and set(lying(stand).main.files) == {".gitattributes"}
    assert lying(stand).private


def test_it_becomes_public_last(stand: Stand, old: Version, new: Version) -> None:
    put(old)
    stand.faults.append(Fault("PUT", "settings", 500))
    with pytest.raises(TacendaError, match="not public yet"):
        put(new, hub(DEST, Access(public=True)))
    assert whole(stand, new) and lying(stand).private


def test_readers_are_those_who_were_let_in(stand: Stand, old: Version) -> None:
    target = hub(DEST, Access(gated="manual"))
    assert target.readers() == ()
    put(old)
    assert target.readers() == ()
    put(old, target)
    lying(stand).accepted = ["dora", "ann", "", "bob", "ann", "cleo"]
    assert target.readers() == ("ann", "bob", "cleo", "dora")


# --- failures -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def length(listening: Stand, old: Version, new: Version) -> Callable[[], int]:
    """How many bytes come in while the new version is published over the old one."""
    known: list[int] = []

    def measure() -> int:
        if not known:
            put(old)
            listening.requests.clear()
            put(new)
            known.append(sum(one.bytes_in for one in listening.requests))
            listening.reset()
        return known[0]

    return measure


COMMIT_AND_TAG, TAG = 1_500, 10
"""About how many bytes come in with the last requests of all."""


def killed(stand: Stand, version: Version, seed: int, total: int) -> None:
    """Publishes to a Hub that dies at some byte of it, and starts the Hub again.

    The last requests are small, so one time in four it is a byte of these, one in four of the tag.
    """
    last = {0: COMMIT_AND_TAG, 1: TAG}.get(seed % 4, total)
    stand.dies_after = random.Random(seed).randrange(total - last, total)
    with pytest.raises(TacendaError, match=r"cannot be reached|was lost") as died:
        put(version)
    assert not stand.alive and clean(str(died.value), stand)
    stand.dies_after = None
    stand.start()


def resumed(stand: Stand, version: Version) -> None:
    """Publishes it again, and nothing large came in twice."""
    put(version)
    assert whole(stand, version) and max(stand.uploads().values()) == 1
    assert lying(stand).tags[version.name] == lying(stand).main.sha


@pytest.mark.parametrize("seed", range(20))
def test_the_hub_may_die_at_any_byte(
    stand: Stand, reader: Reader, old: Version, new: Version, length: Callable[[], int], seed: int
) -> None:
    total = length()
    put(old)
    killed(stand, new, seed, total)
    if whole(stand, old):
        assert reader.load(REPO) == old.loaded
    else:
        assert whole(stand, new) and reader.load(REPO) == new.loaded
    resumed(stand, new)
    if seed % 5 == 0:
        assert reader.load(REPO, "v2") == new.loaded and reader.load(REPO, "v1") == old.loaded


@pytest.mark.parametrize("seed", range(4))
def test_the_hub_may_die_during_the_first_publication(
    stand: Stand, old: Version, length: Callable[[], int], seed: int
) -> None:
    total = length()
    killed(stand, old, seed, min(total, sum(one.size for one in old.items)))
    assert not stand.repos or lying(stand).private
    assert not stand.repos or set(lying(stand).main.files) == {".gitattributes"}
    resumed(stand, old)


@pytest.mark.soak
def test_the_hub_may_die_at_many_bytes(
    stand: Stand, old: Version, new: Version, length: Callable[[], int]
) -> None:
    total, after = length(), set()
    for seed in range(1000, 1300):
        stand.reset()
        put(old)
        killed(stand, new, seed, total)
        assert whole(stand, old) or whole(stand, new)
        after.add(whole(stand, new))
        resumed(stand, new)
    assert after == {False, True}


def clean(text: str, stand: Stand) -> bool:
    """Whether a text holds no credential and no address."""
    return not any(one in text for one in (TOKEN, stand.signature, "Signature", "http:", "Bearer"))


SURE, UNSURE = "nothing that readers can see", "the old version or the new one"
COMMIT, LARGE = "/commit/main", "^/lfs/"
FAULTS: dict[str, tuple[Fault, str, str]] = {
    "a refused commit": (Fault("POST", COMMIT, 400, "no"), "refused; it answered 400", SURE),
    "a stale parent": (Fault("POST", COMMIT, 412, "stale"), "someone else changed", SURE),
    "a forbidden commit": (Fault("POST", COMMIT, 403, "no"), "may not do this there", SURE),
    "a commit that fails": (Fault("POST", COMMIT, 500, "oops"), "the Hub itself failed", UNSURE),
    "a commit cut off": (Fault("POST", COMMIT, cut="before"), "cannot be reached", UNSURE),
    "a commit unanswered": (Fault("POST", COMMIT, cut="after"), "cannot be reached", UNSURE),
    "a full store": (Fault("PUT", LARGE, 507, "full", skip=2), "no more room.*507", SURE),
    "a full quota": (
        Fault("POST", "objects/batch", 403, "Private storage limit reached"),
        "no more room",
        SURE,
    ),
    "a plan that ends": (Fault("POST", "preupload", 402, "pay"), "no more room.*402", SURE),
    "too large": (Fault("PUT", LARGE, 413, "too large"), "nothing so large", SURE),
    "an upload forbidden": (Fault("PUT", LARGE, 403, "expired", skip=1), "may not do this", SURE),
    "too many requests": (
        Fault("POST", "preupload", 429, "slow down", {"Retry-After": "7"}),
        "too many requests; it answered 429",
        SURE,
    ),
    "uploads that fail": (
        Fault("PUT", LARGE, 500, "oops", skip=1),
        "failed; it answered 500",
        SURE,
    ),
    "uploads cut off": (Fault("PUT", LARGE, cut="before", skip=1), "connection was lost", SURE),
    "uploads unanswered": (Fault("PUT", LARGE, cut="after"), "connection was lost", SURE),
    "no tree": (Fault("GET", "/tree/", 503, "oops"), "failed; it answered 503", SURE),
    "no refs": (Fault("GET", "/refs", 404, "gone"), "not there, or not for this token", SURE),
    "a tag that fails": (Fault("POST", "/tag/", 500, "oops"), "failed", "not yet tagged"),
    "a tag made meanwhile": (Fault("POST", "/tag/", 409, "exists"), "there already", "not yet"),
    "an answer that is none": (
        Fault("POST", "validate-yaml", 502, "oops", {"Content-Type": "text/html"}),
        "failed|gave up",
        "readers",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_failure_is_told_and_leaves_all_of_one_version(
    stand: Stand,
    old: Version,
    new: Version,
    name: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    fault, what, undone = FAULTS[name]
    put(old)
    stand.faults.append(replace(fault))
    with pytest.raises(TacendaError, match=what) as failed:
        put(new)
    assert failed.value.where == DEST and failed.value.todo and undone in failed.value.undone
    said = capfd.readouterr()
    assert clean(f"{failed.value} {failed.value!r} {said.out} {said.err} {caplog.text}", stand)
    assert said.out == said.err == ""
    is_new = whole(stand, new)
    assert is_new or whole(stand, old)
    assert undone != SURE or not is_new
    stand.faults.clear()
    before = stand.uploads()
    put(new)
    assert whole(stand, new) and set(lying(stand).tags) == {"v1", "v2"}
    assert not set(before) & set(stand.uploads() - before)


def test_the_client_itself_tries_again_as_long_as_it_is_told(
    stand: Stand, old: Version, naps: list[float]
) -> None:
    stand.faults += [
        Fault("POST", "preupload", 429, headers={"Retry-After": "7"}, times=2),
        Fault("PUT", LARGE, 500, times=2),
        Fault("PUT", LARGE, cut="before", times=2),
    ]
    assert put(old).sent == sum(one.size for one in old.items)
    # The client's own waits may come to eight seconds, too.
    assert naps[:2] == [8.0, 8.0] and len(naps) == 6 and whole(stand, old)


@pytest.mark.parametrize(("path", "undone"), [(COMMIT, UNSURE), (LARGE, SURE), ("/tree/", SURE)])
def test_a_hub_that_falls_silent_is_given_up(
    stand: Stand,
    old: Version,
    new: Version,
    path: str,
    undone: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put(old)
    method = {COMMIT: "POST", LARGE: "PUT"}.get(path, "GET")
    stand.faults.append(Fault(method, path, wait=0.05))
    put(replace(new, name="v1.5"))  # slow is no failure
    put(replace(old, name="v1.6"))
    stand.faults[:] = [Fault(method, path, status=500, wait=0.6)]
    monkeypatch.setattr(clients, "LIMITS", {**clients.LIMITS, "read": 0.2})
    unseen = replace(new, items=(*new.items[:4], *altered(new.items[4:5]), *new.items[5:]))
    with pytest.raises(TacendaError, match="did not answer in time") as silent:
        put(unseen)
    assert undone in silent.value.undone and whole(stand, old)


def altered(items: tuple[Item, ...]) -> Iterator[Item]:
    """The same items with other bytes."""
    for one in items:
        file = one.file.with_name(f"other-{one.file.name}")
        file.write_bytes(one.file.read_bytes() + b" ")
        yield item(one.path, file)


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("token", ["hf_wrong", None])
def test_a_wrong_token_or_none_is_told(
    stand: Stand,
    old: Version,
    new: Version,
    monkeypatch: pytest.MonkeyPatch,
    token: str | None,
    there: bool,
) -> None:
    if there:
        put(old)
    if token is None:
        monkeypatch.delenv("HF_TOKEN")
    else:
        monkeypatch.setenv("HF_TOKEN", token)
    target = hub(DEST, Access())
    for call in (lambda: target.look(new.items), target.take, target.readers,
                 lambda: target.forget("a" * 40)):  # fmt: skip
        with pytest.raises(TacendaError, match=r"(?s)token, or none was found.*HF_TOKEN") as wrong:
            call()
        assert "hf_wrong" not in str(wrong.value)
    assert whole(stand, old) if there else not stand.repos


def test_a_token_that_may_not_write_is_told(stand: Stand, old: Version) -> None:
    stand.faults.append(Fault("POST", "repos/create", 403, "You don't have the rights"))
    with pytest.raises(TacendaError, match="may not do this there"):
        put(old)


# --- others -------------------------------------------------------------------------------------


def theirs(stand: Stand, path: str = "README.md") -> str:
    repo = lying(stand)
    return repo.commit({**repo.main.files, path: Entry(b"theirs")}, repo.main.sha)


def test_a_commit_of_others_is_never_undone(stand: Stand, old: Version, new: Version) -> None:
    put(old)
    target = hub(DEST, Access())
    seen = target.look(new.items)
    sha = theirs(stand)
    before = len(stand.uploads())
    with pytest.raises(TacendaError, match="someone else changed"):
        target.put(new.items, seen, "v2", lambda _: None)
    assert len(stand.uploads()) == before  # known before anything is sent

    moved: list[str] = []
    seen = target.look(new.items)

    def meanwhile(_: int) -> None:
        moved[:] = moved or [theirs(stand)]

    with pytest.raises(TacendaError, match=r"someone else changed.*412") as refused:
        target.put(new.items, seen, "v2", meanwhile)
    assert SURE in refused.value.undone
    assert lying(stand).main.sha == moved[0] != sha and "v2" not in lying(stand).tags


def test_a_dataset_made_meanwhile_is_left_alone(stand: Stand, old: Version, new: Version) -> None:
    target = hub(DEST, Access())
    seen = target.look(new.items)
    put(old)
    with pytest.raises(TacendaError, match=r"there already.*409"):
        target.put(new.items, seen, "v2", lambda _: None)
    assert whole(stand, old)


def test_a_dataset_that_is_gone_meanwhile_is_not_made_again(stand: Stand, old: Version) -> None:
    put(old)
    target = hub(DEST, Access())
    seen = target.look(old.items)
    stand.repos.clear()
    with pytest.raises(TacendaError, match="someone else changed"):
        target.put(old.items, seen, "v1", lambda _: None)
    assert not stand.repos


@pytest.mark.parametrize("path", ["model.bin", "notes/a.txt", "README.md.bak", "data.csv"])
def test_a_dataset_of_others_is_refused(stand: Stand, old: Version, path: str) -> None:
    done = put(old)
    sha = theirs(stand, path)
    target = hub(DEST, Access())
    for call in (lambda: target.look(old.items), lambda: target.forget(sha), target.take):
        with pytest.raises(UsageError, match=f"not published here, such as {path}"):
            call()
    assert lying(stand).main.sha == sha and lying(stand).tags == {"v1": done.state}


def test_a_version_s_tag_is_never_moved(stand: Stand, old: Version, new: Version) -> None:
    done = put(old)
    before = len(stand.uploads())
    with pytest.raises(TacendaError, match="tag v1 is there already"):
        put(replace(new, name="v1"))
    assert whole(stand, old) and lying(stand).tags == {"v1": done.state}
    assert len(stand.uploads()) == before
    put(new)
    lying(stand).tags["v3"] = done.state
    with pytest.raises(TacendaError, match="tag v3 is there already"):
        put(replace(new, name="v3"))


def test_data_never_goes_as_plain_git(stand: Stand, old: Version) -> None:
    target = hub(DEST, Access())
    put(old, target)
    repo = lying(stand)
    plain = {".gitattributes": Entry(ATTRIBUTES.replace(b"*.parquet", b"*.bin"))}
    repo.commit(plain, repo.main.sha)
    with pytest.raises(TacendaError, match=r"\.gitattributes"):
        put(replace(old, name="v2"), target)
    assert set(lying(stand).main.files) == {".gitattributes"}
    first = old.items[0]
    repo.commit({**plain, first.path: Entry(first.file.read_bytes())}, repo.main.sha)
    assert target.look(old.items).same == set()


def test_a_file_that_changes_meanwhile_is_not_sent(
    stand: Stand, old: Version, tmp_path: Path
) -> None:
    file = tmp_path / "train-z.parquet"
    file.write_bytes(old.items[0].file.read_bytes())
    late = item("data/train-z.parquet", file)
    file.write_bytes(b"other bytes of " + file.read_bytes())
    with pytest.raises(TacendaError, match=r"(?s)changed while.*data/train-z.parquet"):
        put(replace(old, items=(*old.items, late)))
    assert not stand.uploads()


def test_a_card_that_the_hub_does_not_take_is_told(
    stand: Stand, old: Version, tmp_path: Path
) -> None:
    (tmp_path / "README.md").write_text("---\nnot: [yaml\n---\n")
    card = item("README.md", tmp_path / "README.md")
    with pytest.raises(TacendaError, match=r"does not take the header of README.md"):
        put(replace(old, items=(*old.items[:4], card)))


@pytest.mark.parametrize("part_size", [0, 7_000])
def test_files_of_equal_bytes_and_files_in_parts_arrive_whole(
    stand: Stand, old: Version, part_size: int
) -> None:
    stand.part_size = part_size
    twice = [replace(one, path=one.path.replace("train", name))
             for one in old.items[:4] for name in ("train", "more", "most")]  # fmt: skip
    figure = replace(old.items[0], path="figures/one.png")
    many = replace(old, items=(*twice, figure, *old.items[4:]))
    put(many)
    assert whole(stand, many) and len(lying(stand).lfs) == 4


# --- taking out ---------------------------------------------------------------------------------


def gone(stand: Stand, old: Version, new: Version) -> bool:
    """Whether nothing is left of what only the old version had, in whatever commit or file."""
    kept = {one.sha256 for one in new.items}
    left = [one for one in old.items if one.sha256 not in kept]
    assert len(left) == 3
    return not any(stand.holds(one.file.read_bytes()[-400:]) for one in left)


def test_what_is_withdrawn_is_gone(
    stand: Stand, reader: Reader, old: Version, new: Version
) -> None:
    put(old)
    repo = lying(stand)
    repo.branches |= {"aside": repo.main.sha}
    state = put(new).state
    repo.branches |= {"beside": repo.main.sha}
    assert not gone(stand, old, new)
    done = hub(DEST, Access()).forget(state)
    assert gone(stand, old, new) and whole(stand, new)
    assert repo.tags == {"v2": repo.main.sha}
    assert repo.branches == {"main": repo.main.sha, "beside": repo.main.sha}
    assert repo.main.parent == "" and len(repo.commits) == 1
    assert set(done.removed) == {
        "the tag v1",
        "the branch aside",
        "the history",
        "large files that only earlier versions had",
    }
    assert not done.left and len(done.beyond) == 3 and "downloaded" in done.beyond[0]
    assert reader.load(REPO) == reader.load(REPO, "v2") == new.loaded
    assert reader.load(REPO, "v1").error
    assert put(new).sent == 0


def test_what_cannot_be_removed_is_named(stand: Stand, old: Version, new: Version) -> None:
    put(old)
    lying(stand).pulls["1"] = lying(stand).converts["parquet"] = lying(stand).main.sha
    state = put(new).state
    stand.faults += [
        Fault("DELETE", "/tag/v1", 403, "protected"),
        Fault("POST", "lfs-files/batch", 500, "oops"),
    ]
    done = hub(DEST, Access()).forget(state)
    assert done.removed == ("the history",) and whole(stand, new)
    assert "the tag v1 (the token may not" in done.left[0]
    assert "large files" in done.left[1] and "answered 500" in done.left[1]
    assert "pull requests" in done.beyond[0] and "converted copy" in done.beyond[1]
    assert len(done.left) == 2 and len(done.beyond) == 5
    stand.faults.clear()
    done = hub(DEST, Access()).forget(lying(stand).main.sha)
    assert "the tag v1" in done.removed and len(lying(stand).lfs) == 6


STEPS = {
    "the history": (Fault("POST", "super-squash", 500), "the Hub itself failed"),
    "large files": (Fault("GET", "/lfs-files", 403), "may not do this"),
    "what is there then": (Fault("GET", "/revision/main", 500, skip=1), ""),
    "the tag": (Fault("POST", "/tag/", 500), ""),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_removal_cut_short_is_done_by_the_next(
    stand: Stand, old: Version, new: Version, name: str
) -> None:
    put(old)
    target = hub(DEST, Access())
    state = put(new).state
    fault, words = STEPS[name]
    stand.faults.append(replace(fault))
    if words:
        said = [one for one in target.forget(state).left if one.startswith(name)]
        assert len(said) == 1 and words in said[0]
    else:
        with pytest.raises(TacendaError, match="tag is missing"):
            target.forget(state)
    assert whole(stand, new)
    stand.faults.clear()
    done = target.forget(put(new).state)
    assert gone(stand, old, new) and whole(stand, new) and not done.left
    assert lying(stand).tags == {"v2": lying(stand).main.sha}


def test_with_nothing_older_nothing_but_the_history_goes(stand: Stand, old: Version) -> None:
    assert hub(DEST, Access()).forget(put(old).state).removed == ("the history",)


def test_a_removal_on_top_of_others_work_is_refused(stand: Stand, old: Version) -> None:
    state = put(old).state
    theirs(stand)
    with pytest.raises(TacendaError, match="someone else changed"):
        hub(DEST, Access()).forget(state)
    assert lying(stand).tags == {"v1": state} and len(lying(stand).commits) == 3


def test_a_version_s_tag_never_goes_to_a_commit_of_others(
    stand: Stand, old: Version, new: Version
) -> None:
    put(old)
    state = put(new).state
    late = Fault("GET", "/revision/main", skip=1, times=1, meanwhile=lambda: theirs(stand))
    stand.faults.append(late)
    with pytest.raises(TacendaError, match="someone else changed"):
        hub(DEST, Access()).forget(state)
    assert lying(stand).tags == {} and lying(stand).main.files["README.md"].data == b"theirs"


def test_a_dataset_that_may_still_be_there_is_told(stand: Stand, old: Version) -> None:
    put(old)
    for cut, words in (("after", "there whole, or gone"), ("", "nothing was removed")):
        stand.faults[:] = [Fault("DELETE", "repos/delete", 0 if cut else 403, cut=cut)]
        with pytest.raises(TacendaError, match=words):
            hub(DEST, Access()).take()
        stand.faults.clear()
        put(old)


def test_all_of_it_can_be_taken_back(stand: Stand, old: Version) -> None:
    put(old)
    target = hub(DEST, Access())
    done = target.take()
    assert done.removed == ("the dataset with 6 files and all its versions",)
    assert len(done.beyond) == 3 and not done.left and not stand.repos
    assert target.take().removed == ()
    assert target.look(old.items) == Standing("")


# --- the process around it ----------------------------------------------------------------------


def test_the_client_is_offline_again_afterwards(stand: Stand, old: Version) -> None:
    from huggingface_hub import constants, errors, get_session
    from huggingface_hub.utils import _runtime

    with clients.connected():
        assert not constants.HF_HUB_OFFLINE and constants.HF_HUB_DISABLE_TELEMETRY
        assert not _runtime.is_xet_available()
    put(old)
    with pytest.raises(TacendaError):
        hub(DEST, Access()).forget("0" * 40)
    assert constants.HF_HUB_OFFLINE
    with pytest.raises(errors.OfflineModeIsEnabled):
        get_session().get(stand.url)


SCRIPT = """
import json, sys
from pathlib import Path
from etl import hub as loads
from etl.targets import Access, Item
from etl.targets.hub import hub

home, folder, first = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
items = [Item(*one[:1], Path(one[1]), *one[2:]) for one in json.loads(sys.argv[4])]
target = hub("hf://datasets/org/name", Access())
if first == "load":
    assert loads.sample(folder, 1, home / "cache")
target.put(items, target.look(items), "v1", lambda _: None)
assert loads.sample(folder, 1, home / "cache")
import datasets, huggingface_hub
try:
    datasets.load_dataset("org/name")
except Exception as error:
    print(type(error).__name__, huggingface_hub.constants.HF_HUB_OFFLINE)
"""


@pytest.mark.parametrize("first", ["load", "publish"])
def test_loads_in_the_same_process_stay_offline(
    stand: Stand, old: Version, tmp_path: Path, first: str
) -> None:
    items = [(one.path, str(one.file), one.size, one.sha256) for one in old.items]
    folder = old.items[-1].file.parent
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HF_")},
        "HF_ENDPOINT": stand.url, "HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(folder), first, json.dumps(items)],
        env=environment, cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[1] == "True" and whole(stand, old)
    assert not [one for one in stand.requests if "resolve" in one.path]
    assert clean(done.stdout + done.stderr, stand)


def test_it_is_a_target() -> None:
    target: Target = Hub(REPO, Access())
    assert "LFS" in target.via and TOKEN not in repr(target)
