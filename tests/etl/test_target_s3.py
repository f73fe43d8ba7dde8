"""A bucket as a place to publish to, on a real server: whole versions, whatever gets killed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import multiprocessing
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from botocore.exceptions import ClientError
from s3fs.errors import translate_boto_error

from etl.errors import TacendaError, UsageError
from etl.targets import (
    Item,
    Progress,
    Put,
    Taken,
    s3,
    s3_errors,
    s3_gone,
    s3_pointer,
    s3_send,
    s3_store,
)
from tests.etl import seaweed as servers
from tests.etl.seaweed import Seaweed

seaweed = servers.seaweed
SHARDS = 8
CARD = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
dataset_info:
  features:
  - name: version
    dtype: int64
  - name: kind
    dtype:
      class_label:
        names:
          '0': calm
          '1': hurried
  - name: x
    dtype: float64
---

# Version {version}
"""


@pytest.fixture(autouse=True)
def environment(seaweed: Seaweed, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [one for one in os.environ if one.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in {**seaweed.environment, "AWS_MAX_ATTEMPTS": "2"}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def place(seaweed: Seaweed, request: pytest.FixtureRequest) -> str:
    """A prefix that nothing was ever put below."""
    return f"s3://{seaweed.bucket('shelf')}/sets/{request.node.name.split('[')[0]}"


@pytest.fixture
def kept(seaweed: Seaweed, request: pytest.FixtureRequest) -> str:
    """The same in a bucket that keeps versions of objects."""
    bucket = seaweed.bucket("kept", versions=True)
    return f"s3://{bucket}/sets/{request.node.name.split('[')[0]}"


def dataset(folder: Path, version: int, same: Sequence[int] = ()) -> list[Item]:
    """A card, and shards of 50 to 200 kB whose rows say the version; `same` are version 1's."""
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text(CARD.format(version=version))
    for shard in range(SHARDS):
        number = 1 if shard in same else version
        dice, rows = np.random.default_rng([shard, number]), 6000 + 2500 * shard
        columns = {"version": np.full(rows, number), "kind": dice.integers(0, 2, rows),
                   "x": dice.random(rows)}  # fmt: skip
        file = folder / "data" / f"train-{shard:05d}.parquet"
        pq.write_table(pa.table(columns), file)
    return items_of(folder)


def items_of(folder: Path) -> list[Item]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        Item(path.relative_to(folder).as_posix(), path, path.stat().st_size,
             hashlib.sha256(path.read_bytes()).hexdigest())
        for path in files
    ]  # fmt: skip


def publish(
    dest: str, items: Sequence[Item], version: int, progress: Progress = lambda _: None
) -> Put:
    target = s3.bucket(dest)
    return target.put(items, target.look(items), f"v{version}", progress)


def keys(server: Seaweed, dest: str, under: str = "") -> dict[str, int]:
    """Path below the prefix -> size."""
    bucket, _, prefix = dest.removeprefix("s3://").partition("/")
    page = server.call("list_objects_v2", Bucket=bucket, Prefix=f"{prefix}/{under}")
    return {one["Key"].removeprefix(f"{prefix}/"): one["Size"] for one in page.get("Contents", [])}


def versions(server: Seaweed, dest: str) -> list[tuple[str, str]]:
    """Every version and mark of deletion below the prefix, by path."""
    bucket, _, prefix = dest.removeprefix("s3://").partition("/")
    page = server.call("list_object_versions", Bucket=bucket, Prefix=f"{prefix}/")
    return sorted(
        (one["Key"].removeprefix(f"{prefix}/"), kind)
        for kind in ("Versions", "DeleteMarkers")
        for one in page.get(kind, [])
    )


def _uploads(server: Seaweed, dest: str) -> list[str]:
    """Keys of uploads that have not ended."""
    bucket, _, prefix = dest.removeprefix("s3://").partition("/")
    page = server.call("list_multipart_uploads", Bucket=bucket, Prefix=f"{prefix}/")
    return [one["Key"] for one in page.get("Uploads", [])]


def body(server: Seaweed, dest: str, path: str) -> bytes:
    bucket, _, prefix = dest.removeprefix("s3://").partition("/")
    answer = server.call("get_object", Bucket=bucket, Key=f"{prefix}/{path}")
    read: bytes = fsspec.asyn.sync(server._client().loop, answer["Body"].read)
    return read


def found(server: Seaweed, dest: str) -> int:
    """The version that readers find, read whole and compared with what the pointer says of it."""
    pointer = json.loads(body(server, dest, "current.json"))
    seen = set()
    for path, one in pointer["files"].items():
        data = body(server, dest, f"{pointer['prefix']}/{path}")
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (one["sha256"], one["size"]), path
        if path.endswith(".parquet"):
            seen |= set(pq.read_table(io.BytesIO(data))["version"].to_pylist())
    assert seen == {int(pointer["version"][1:])}
    return seen.pop()


# What is written where


def test_a_version_is_laid_out_whole_and_pointed_to(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    items, told = dataset(tmp_path / "1", 1), [0]
    target = s3.bucket(place)
    before = target.look(items)
    assert (before.state, before.same, before.other) == ("", frozenset(), ())
    assert not keys(seaweed, place)
    done = target.put(items, before, "v1", told.append)
    folder = f"v1-{s3_store.digest(items)}"
    wanted = {f"{folder}/{item.path}": item.size for item in items}
    there = keys(seaweed, place)
    assert {path: size for path, size in there.items() if path != "current.json"} == wanted
    pointer = json.loads(body(seaweed, place, "current.json"))
    assert (pointer["format"], pointer["version"], pointer["prefix"]) == (1, "v1", folder)
    assert pointer["files"] == {i.path: {"sha256": i.sha256, "size": i.size} for i in items}
    assert done.sent == sum(told) == sum(item.size for item in items)
    after = target.look(items)
    assert after.state == done.state and after.same == {item.path for item in items}
    assert found(seaweed, place) == 1
    assert target.readers() == () and place == target.where


def test_only_what_changed_is_sent(seaweed: Seaweed, place: str, tmp_path: Path) -> None:
    publish(place, dataset(tmp_path / "1", 1), 1)
    items = dataset(tmp_path / "2", 2, same=(0, 2, 3, 5, 6, 7))
    extra = next(item for item in items if item.path.endswith("00003.parquet"))
    renamed = [Item("data/train-00009.parquet", extra.file, extra.size, extra.sha256)
               if item is extra else item for item in items]  # fmt: skip
    changed = {"README.md", "data/train-00001.parquet", "data/train-00004.parquet"}
    standing = s3.bucket(place).look(renamed)
    assert standing.same == {item.path for item in renamed} - changed
    assert standing.other == ("data/train-00003.parquet",)
    done = s3.bucket(place).put(renamed, standing, "v2", lambda _: None)
    assert done.sent == sum(item.size for item in renamed if item.path in changed)
    inside = f"v2-{s3_store.digest(renamed)}"
    for item in renamed:
        data = body(seaweed, place, f"{inside}/{item.path}")
        assert hashlib.sha256(data).hexdigest() == item.sha256
    assert len(keys(seaweed, place)) == 2 * len(items) + 1
    again = publish(place, renamed, 2)
    assert (again.state, again.sent) == (done.state, 0)


def test_what_was_exchanged_there_is_sent_and_not_copied(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    one = dataset(tmp_path / "1", 1)
    publish(place, one, 1)
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    other = next(item for item in one if item.path.endswith("00002.parquet"))
    key = f"{prefix}/v1-{s3_store.digest(one)}/{other.path}"
    seaweed.call("put_object", Bucket=bucket, Key=key, Body=bytes(other.size))
    two = dataset(tmp_path / "2", 2, same=range(SHARDS))
    card = next(item for item in two if item.path == "README.md")
    assert publish(place, two, 1).sent == other.size + card.size
    assert (
        hashlib.sha256(body(seaweed, place, f"v1-{s3_store.digest(two)}/{other.path}")).hexdigest()
        == other.sha256
    )
    publish(place, one, 1)
    assert found(seaweed, place) == 1
    # And in the current version's own folder.
    seaweed.call("put_object", Bucket=bucket, Key=key, Body=bytes(other.size))
    assert publish(place, one, 1).sent == other.size and found(seaweed, place) == 1


def test_a_version_that_was_current_before_is_current_again_under_another_state(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    one, two = dataset(tmp_path / "1", 1), dataset(tmp_path / "2", 2)
    first, _ = publish(place, one, 1), publish(place, two, 2)
    back = publish(place, one, 1)
    assert back.sent == 0 and found(seaweed, place) == 1
    assert back.state != first.state


@pytest.mark.parametrize(
    "dest",
    ["s3://bucket", "s3://bucket/", "s3://bucket/a/", "s3://bucket/a//b", "s3://bucket/../a",
     "s3://bucket/a/..", "s3://bucket/./a", "s3:///a", "s3://b/a", "S3://bucket/a",
     "s3://AKIAX:hidden@bucket/a", "s3://bucket/a?hidden", "s3://bucket/a*", "s3://bucket/a b",
     "s3://bucket/a\n", "https://bucket/a"],
)  # fmt: skip
def test_places_of_another_form_are_refused(dest: str) -> None:
    with pytest.raises(UsageError) as raised:
        s3.bucket(dest)
    assert "hidden" not in str(raised.value)


@pytest.mark.parametrize("key", ["notes.txt", "v1-0123456789abcdef/notes.txt", "data/x.parquet"])
def test_a_prefix_with_other_objects_is_refused(
    seaweed: Seaweed, place: str, tmp_path: Path, key: str
) -> None:
    dest = f"{place}/{hashlib.sha256(key.encode()).hexdigest()[:6]}"
    bucket, _, prefix = dest.removeprefix("s3://").partition("/")
    seaweed.call("put_object", Bucket=bucket, Key=f"{prefix}/{key}", Body=b"mine")
    target, items = s3.bucket(dest), dataset(tmp_path / "1", 1)
    tries: tuple[Callable[[], Any], ...] = (
        lambda: target.look(items), target.take, lambda: target.forget(""),
    )  # fmt: skip
    for attempt in tries:
        with pytest.raises(UsageError, match="none of a publication"):
            attempt()
    assert keys(seaweed, dest) == {key: 4}


@pytest.mark.parametrize("text", ["", "{}", '{"format": 2}', "[]"])
def test_a_pointer_of_others_is_refused(seaweed: Seaweed, place: str, text: str) -> None:
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    seaweed.call("put_object", Bucket=bucket, Key=f"{prefix}/current.json", Body=text.encode())
    for attempt in (lambda: s3.bucket(place).look([]), s3.bucket(place).take):
        with pytest.raises(UsageError, match="pointer"):
            attempt()
    assert body(seaweed, place, "current.json") == text.encode()


# Two at once


def test_of_two_from_the_same_standing_one_wins(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    publish(place, dataset(tmp_path / "1", 1), 1)
    for number in range(2, 6, 2):
        sets = {v: dataset(tmp_path / str(v), v) for v in (number, number + 1)}
        targets = {v: s3.bucket(place) for v in sets}
        standings = {v: targets[v].look(items) for v, items in sets.items()}
        barrier = threading.Barrier(2)

        def attempt(
            v: int,
            sets: Any = sets,
            targets: Any = targets,
            seen: Any = standings,
            b: Any = barrier,
        ) -> Put | TacendaError:
            b.wait()
            try:
                return targets[v].put(sets[v], seen[v], f"v{v}", lambda _: None)
            except TacendaError as error:
                return error

        with ThreadPoolExecutor(2) as pool:
            ends = dict(zip(sets, pool.map(attempt, sets), strict=True))
        won = [v for v, end in ends.items() if isinstance(end, Put)]
        assert len(won) == 1, ends
        lost = str(next(end for end in ends.values() if isinstance(end, TacendaError)))
        assert "another publication" in lost and "Not done" in lost
        assert found(seaweed, place) == won[0]


def test_a_place_that_is_no_longer_as_it_was_is_left(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    one, two, three = (dataset(tmp_path / str(v), v) for v in (1, 2, 3))
    empty = s3.bucket(place).look(three)
    publish(place, one, 1)
    stale = s3.bucket(place).look(three)
    done = publish(place, two, 2)
    for standing in (empty, stale):
        with pytest.raises(TacendaError, match="another publication"):
            s3.bucket(place).put(three, standing, "v3", lambda _: None)
    # Where the pointer is replaced between the last look and the swap, the server itself refuses.
    store = s3.bucket(place)._store
    for state in ("", stale.state):
        with pytest.raises(TacendaError, match="another publication"):
            s3_pointer.swap(store, s3_pointer.made("v3", "v3-" + "0" * 16, three), state)
    assert s3.bucket(place).look(two).state == done.state and found(seaweed, place) == 2
    with pytest.raises(TacendaError, match="another publication"):
        s3.bucket(place).forget(stale.state)


def test_this_server_refuses_a_condition_that_does_not_hold(seaweed: Seaweed, place: str) -> None:
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    there = {"Bucket": bucket, "Key": f"{prefix}/x"}
    tag = seaweed.call("put_object", **there, Body=b"1", IfNoneMatch="*")["ETag"]
    for condition in ({"IfNoneMatch": "*"}, {"IfMatch": '"' + "0" * 32 + '"'}):
        with pytest.raises(OSError, match="pre-conditions"):
            seaweed.call("put_object", **there, Body=b"2", **condition)
    assert seaweed.call("head_object", **there)["ETag"] == tag
    s3_pointer.probe(s3_store.opened(bucket, f"{prefix}/probed"))
    assert not keys(seaweed, f"{place}/probed")


def test_this_server_speaks_to_this_machine_alone(seaweed: Seaweed) -> None:
    ends = seaweed.connections()
    assert {end.laddr.port for end in ends if end.status == "LISTEN"} >= set(seaweed.ports.values())
    assert {address.ip for end in ends for address in (end.laddr, end.raddr) if address} == {
        servers.HOST
    }


def test_a_server_that_overlooks_conditions_is_refused(
    seaweed: Seaweed, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(place, dataset(tmp_path / "1", 1), 1)
    two, call = dataset(tmp_path / "2", 2), s3_store.Store.call

    def deaf(self: s3_store.Store, method: str, path: str, **options: Any) -> Any:
        heard = {k: v for k, v in options.items() if k not in ("IfMatch", "IfNoneMatch")}
        return call(self, method, path, **heard)

    before = keys(seaweed, place)
    monkeypatch.setattr(s3_store.Store, "call", deaf)
    with pytest.raises(TacendaError, match="overwrite each other unnoticed"):
        publish(place, two, 2)
    assert keys(seaweed, place) == before and found(seaweed, place) == 1


# Killed


FORKED = multiprocessing.get_context("forkserver")


def _publisher(dest: str, folder: Path, version: int, told: Any, given: dict[str, str]) -> None:
    """Publishes over a slow line, and says of each file that it was sent."""
    os.environ.update(given)

    def slowly(count: int) -> None:
        told.send(count)
        time.sleep(0.04)

    publish(dest, items_of(folder), version, slowly)


def _killed(
    sent: int, seconds: float, dest: str, folder: Path, version: int, server: Seaweed
) -> None:
    """Publishes in a process of its own, killed a moment after so many files were sent."""
    FORKED.set_forkserver_preload([__name__, "s3fs"])
    here, there = FORKED.Pipe(duplex=False)
    process = FORKED.Process(
        target=_publisher, args=(dest, folder, version, there, server.environment)
    )
    process.start()
    there.close()
    with contextlib.suppress(EOFError):
        for _ in range(sent):
            here.recv()
    process.join(seconds)
    process.kill()
    process.join()


def _missing(server: Seaweed, dest: str, items: Sequence[Item], version: int) -> int:
    """Bytes of a version that are not in its folder yet."""
    folder = f"v{version}-{s3_store.digest(items)}/"
    there = keys(server, dest, folder)
    assert all(there.get(folder + item.path, item.size) == item.size for item in items)
    return sum(item.size for item in items if folder + item.path not in there)


def _publishers_killed(server: Seaweed, dest: str, place: Path, last: int, kills: int) -> None:
    dice, now = random.Random(last), 1
    publish(dest, dataset(place / "1", 1), 1)
    for version in range(2, last + 1):
        items = dataset(place / str(version), version)
        before = missing = sum(item.size for item in items)
        for _ in range(kills):
            sent = dice.choice((0, 1, 1, 2, 3, SHARDS))
            moment = dice.uniform(0, 0.08 if sent else 0.4)
            _killed(sent, moment, dest, place / str(version), version, server)
            assert found(server, dest) in (now, version)
            time.sleep(0.1)  # for what the server still has in hand
            missing = _missing(server, dest, items, version)
            assert missing < before or sent == 0 or before == 0
            before = missing
        assert publish(dest, items, version).sent == missing
        now = found(server, dest)
        assert now == version


def test_a_publisher_that_is_killed_leaves_the_old_version_or_the_new(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    _publishers_killed(seaweed, place, tmp_path, last=5, kills=2)


def _servers_killed(server: Seaweed, dest: str, place: Path, last: int) -> None:
    dice, now = random.Random(last), 1
    publish(dest, dataset(place / "1", 1), 1)
    for version in range(2, last + 1):
        items = dataset(place / str(version), version)
        begun = threading.Semaphore(0)
        with ThreadPoolExecutor(1) as pool:
            end = pool.submit(publish, dest, items, version, lambda _, b=begun: b.release())
            for _ in range(dice.choice((1, 2, 3, SHARDS))):
                begun.acquire(timeout=20)
            time.sleep(dice.uniform(0, 0.02))
            server.kill()
            server.start()
        failed = end.exception()
        assert failed is None or isinstance(failed, TacendaError), failed
        assert found(server, dest) in ((now, version) if failed else (version,))
        missing = _missing(server, dest, items, version)
        assert publish(dest, items, version).sent == missing
        now = found(server, dest)
        assert now == version


def test_a_server_that_is_killed_comes_back_with_the_old_version_or_the_new(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    _servers_killed(seaweed, place, tmp_path, last=3)


@pytest.mark.soak
def test_many_kills(seaweed: Seaweed, place: str, tmp_path: Path) -> None:
    _publishers_killed(seaweed, f"{place}/publishers", tmp_path / "publishers", last=25, kills=3)
    _servers_killed(seaweed, f"{place}/servers", tmp_path / "servers", last=12)


def test_a_large_file_goes_in_parts_and_parts_of_a_broken_upload_are_removed(
    seaweed: Seaweed, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_send, "PART", 5 << 20)
    items = dataset(tmp_path / "1", 1)
    large = tmp_path / "1" / "data" / "train-90000.parquet"
    large.write_bytes(random.Random(3).randbytes(11 << 20))
    items, told = items_of(tmp_path / "1"), []
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    key = f"{prefix}/v1-{s3_store.digest(items)}/data/train-90000.parquet"
    begun = seaweed.call("create_multipart_upload", Bucket=bucket, Key=key)["UploadId"]
    part = {"Bucket": bucket, "Key": key, "UploadId": begun, "PartNumber": 1}
    seaweed.call("upload_part", **part, Body=b"x" * (5 << 20))
    other = f"{prefix}/v0-{'0' * 16}/README.md"
    seaweed.call("create_multipart_upload", Bucket=bucket, Key=other)
    assert len(_uploads(seaweed, place)) == 2
    done = publish(place, items, 1, told.append)
    assert done.sent == sum(told) and 5 << 20 in told
    assert _uploads(seaweed, place) == []
    head = seaweed.call("head_object", Bucket=bucket, Key=key)
    assert head["ETag"].rstrip('"').endswith("-3")
    assert body(seaweed, place, key.removeprefix(f"{prefix}/")) == large.read_bytes()


@pytest.mark.parametrize("part", [5 << 20, 8 << 20])
def test_a_file_that_changes_while_it_is_sent_is_not_published(
    seaweed: Seaweed, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    monkeypatch.setattr(s3_send, "PART", part)
    dataset(tmp_path / "1", 1)
    large = tmp_path / "1" / "data" / "train-90000.parquet"
    large.write_bytes(bytes(11 << 20))
    items = items_of(tmp_path / "1")
    large.write_bytes(b"x" + bytes((11 << 20) - 1))
    with pytest.raises(TacendaError, match=r"changed while|not what was to be sent"):
        publish(place, items, 1)
    there = keys(seaweed, place)
    assert not [path for path in there if path.endswith(("current.json", large.name))]


# Read


READ = """
import json, os, sys
lines, stop = json.loads(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
while True:
    last = os.path.exists(stop)
    names = {}
    for line in lines:
        exec(line, names)
    rows = names["rows"]
    kinds = rows.features["kind"].names
    print(json.dumps([sorted(set(rows["version"])), len(rows), kinds]), flush=True)
    if last:
        break
"""


def _reading(lines: Sequence[str], place: Path, server: Seaweed) -> subprocess.Popen[str]:
    place.mkdir()
    own = {"HF_HOME": str(place / "home"), "HF_HUB_DISABLE_TELEMETRY": "1",
           "HF_ENDPOINT": "http://127.0.0.1:9", "PATH": os.environ["PATH"],
           "HF_DATASETS_DISABLE_PROGRESS_BARS": "1", "HOME": str(place)}  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-c", READ, json.dumps(lines), str(place / "stop")],
        cwd=place,
        env={**own, **server.environment},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_readers_of_the_newest_never_see_files_of_two_versions(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    done = publish(place, dataset(tmp_path / "1", 1), 1)
    reader = _reading(done.read, tmp_path / "reader", seaweed)
    assert reader.stdout is not None and reader.stdout.readline() == "ready\n"
    seen = [json.loads(reader.stdout.readline())]
    for version in range(2, 5):
        lines = publish(place, dataset(tmp_path / str(version), version), version).read
        assert lines == done.read and len(lines) == 2
    (tmp_path / "reader" / "stop").touch()
    seen += [json.loads(line) for line in reader.stdout]
    assert reader.wait() == 0
    rows = sum(6000 + 2500 * shard for shard in range(SHARDS))
    assert all(len(found) == 1 for found, *_ in seen), seen
    assert all(facts == [rows, ["calm", "hurried"]] for _, *facts in seen)
    assert (seen[0][0], seen[-1][0]) == ([1], [4])


# Removed


def _left(taken: Taken) -> tuple[str, ...]:
    """What stayed; what nobody can remove is always told beside it."""
    assert len(taken.beyond) == 1 and "backups" in taken.beyond[0]
    return taken.left


@pytest.mark.parametrize("versioned", [False, True])
def test_what_is_older_is_forgotten_with_its_versions(
    seaweed: Seaweed,
    place: str,
    kept: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    versioned: bool,
) -> None:
    dest = kept if versioned else place
    for version in (1, 2):
        publish(dest, dataset(tmp_path / str(version), version), version)
    bucket, _, prefix = dest.removeprefix("s3://").partition("/")
    gone = f"v1-{s3_store.digest(items_of(tmp_path / '1'))}/README.md"
    begun = f"v0-{'0' * 16}/README.md"
    for path in (gone, f"{s3_store.PROBE}{'0' * 16}"):
        seaweed.call("delete_object", Bucket=bucket, Key=f"{prefix}/{path}")
    seaweed.call("create_multipart_upload", Bucket=bucket, Key=f"{prefix}/{begun}")
    three = dataset(tmp_path / "3", 3)
    with monkeypatch.context() as patch:
        patch.setattr(s3_gone, "abort", lambda *_, **__: (0, 0))
        done = publish(dest, three, 3)
    inside = f"v3-{s3_store.digest(three)}"
    wanted = [(f"{inside}/{item.path}", "Versions") for item in three]
    wanted = sorted([("current.json", "Versions"), *wanted])
    assert versions(seaweed, dest) != wanted
    taken = s3.bucket(dest).forget(done.state)
    assert versions(seaweed, dest) == wanted
    said = "\n".join(taken.removed)
    assert "version v1" in said and "version v2" in said and "version v3" not in said
    assert ("pointers: 2 objects" in said) == ("marks of deletion" in said) == versioned
    assert "uploads that never ended: 1" in said and _left(taken) == ()
    assert _uploads(seaweed, dest) == []
    again = s3.bucket(dest).forget(done.state)
    assert again.removed == () == _left(again)
    assert s3.bucket(dest).look(three).state == done.state and found(seaweed, dest) == 3


def test_what_another_publication_has_begun_is_not_forgotten(
    seaweed: Seaweed, place: str, tmp_path: Path
) -> None:
    done = publish(place, dataset(tmp_path / "1", 1), 1)
    time.sleep(1.1)
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    begun = f"v2-{'0' * 16}/README.md"
    seaweed.call("put_object", Bucket=bucket, Key=f"{prefix}/{begun}", Body=b"begun")
    taken = s3.bucket(place).forget(done.state)
    assert begun in keys(seaweed, place) and taken.removed == ()
    assert _left(taken) == ("1 object of a publication that began after the current one",)


@pytest.mark.parametrize("versioned", [False, True])
def test_all_is_taken(
    seaweed: Seaweed, place: str, kept: str, tmp_path: Path, versioned: bool
) -> None:
    dest = kept if versioned else place
    for version in (1, 2):
        items = dataset(tmp_path / str(version), version)
        publish(dest, items, version)
    taken = s3.bucket(dest).take()
    assert versions(seaweed, dest) == [] and keys(seaweed, dest) == {}
    assert "version v1" in "\n".join(taken.removed) and _left(taken) == ()
    assert s3.bucket(dest).look(items).state == ""
    assert s3.bucket(dest).take().removed == ()
    assert publish(dest, items, 3).sent == sum(item.size for item in items)


def test_where_versions_cannot_be_listed_that_is_said(
    seaweed: Seaweed, kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(kept, dataset(tmp_path / "1", 1), 1)
    two = dataset(tmp_path / "2", 2)
    done = publish(kept, two, 2)
    pages = s3_store.Store.pages

    def denied(self: s3_store.Store, method: str) -> Any:
        if method != "list_objects_v2":
            raise _refusal("AccessDenied")
        return pages(self, method)

    monkeypatch.setattr(s3_store.Store, "pages", denied)
    taken = s3.bucket(kept).forget(done.state)
    assert [path.split("-")[0] for path in keys(seaweed, kept)].count("v1") == 0
    assert found(seaweed, kept) == 2
    assert any("version v1 (v1-" in one and f"{SHARDS + 1} objects" in one for one in taken.removed)
    uploads, earlier = _left(taken)
    assert "uploads" in uploads and "earlier versions" in earlier


def test_what_is_locked_stays_and_is_told(seaweed: Seaweed, tmp_path: Path) -> None:
    dest = f"s3://{seaweed.bucket('locked', lock=True)}/sets/one"
    items = dataset(tmp_path / "1", 1)
    publish(dest, items, 1)
    folder = f"v1-{s3_store.digest(items)}"
    locked = {"Bucket": "locked", "Key": f"sets/one/{folder}/README.md"}
    until = datetime.now(UTC) + timedelta(days=1)
    seaweed.call("put_object_retention", **locked,
                 Retention={"Mode": "COMPLIANCE", "RetainUntilDate": until})  # fmt: skip
    left = _left(s3.bucket(dest).take())
    assert left[0] == f"version v1 ({folder}): 1 object" and "AccessDenied" in left[1]
    assert versions(seaweed, dest) == [(f"{folder}/README.md", "Versions")]


# Refused


SAID = [
    ("InsufficientStorage", 507, "no room left"),
    ("QuotaExceeded", 403, "no room left"),
    ("AccessDenied", 403, "denied"),
    ("SomethingNew", 403, "denied"),
    ("403", 403, "denied"),
    ("ExpiredToken", 400, "credentials were not accepted"),
    ("NoSuchBucket", 404, "no such bucket"),
    ("PermanentRedirect", 301, "another region"),
    ("PreconditionFailed", 412, "another publication"),
    ("ConditionalRequestConflict", 409, "another publication"),
    ("NoSuchUpload", 404, "another publication"),
    ("NotImplemented", 501, "cannot do"),
    ("SlowDown", 503, "too much to do"),
    ("Hidden", 500, "too much to do"),
    ("BadDigest", 400, "not what was to be sent"),
    ("Teapot", 418, "the server refused: Teapot"),
    ("a <hidden> value", 418, "the server refused: no reason"),
]


@pytest.mark.parametrize(("code", "status", "words"), SAID)
def test_what_a_server_refuses_is_said_in_plain_words(code: str, status: int, words: str) -> None:
    with pytest.raises(TacendaError, match=words) as raised, s3_errors.spoken("s3://b/p", "it"):
        raise _refusal(code, status)
    assert "hidden" not in str(raised.value).lower() and "Not done: it" in str(raised.value)


def _refusal(code: str, status: int = 403) -> Exception:
    answer = {"Error": {"Code": code, "Message": "hidden"},
              "ResponseMetadata": {"HTTPStatusCode": status}}  # fmt: skip
    made: Exception = translate_boto_error(ClientError(answer, "PutObject"))
    return made


def test_a_fault_of_our_own_is_not_taken_for_the_server_s() -> None:
    with pytest.raises(KeyError), s3_errors.spoken("s3://b/p", "it"):
        raise KeyError("a fault")


def _reader(server: Seaweed) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": server.reader[0], "AWS_SECRET_ACCESS_KEY": server.reader[1]}


WRONG: dict[str, tuple[str, Callable[[Seaweed], dict[str, str | None]]]] = {
    "another secret": ("not accepted", lambda _: {"AWS_SECRET_ACCESS_KEY": "hidden" * 6}),
    "an unknown key": ("not accepted", lambda _: {"AWS_ACCESS_KEY_ID": "AKHIDDEN"}),
    "no key": ("no credentials", lambda _: {"AWS_ACCESS_KEY_ID": None}),
    "a profile that is not there": ("no credentials", lambda _: {"AWS_PROFILE": "hidden"}),
    "a dead endpoint": ("reached", lambda _: {"AWS_ENDPOINT_URL": "http://127.0.0.1:9/hidden"}),
    "no address": ("S3 could not be used", lambda _: {"AWS_ENDPOINT_URL": "hidden"}),
    "no right to write": ("denied", _reader),
}


@pytest.mark.parametrize("name", WRONG)
def test_errors_say_what_without_secrets(
    seaweed: Seaweed, place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    what, change = WRONG[name]
    for variable, value in change(seaweed).items():
        monkeypatch.delenv(variable) if value is None else monkeypatch.setenv(variable, value)
    with pytest.raises(TacendaError, match=what) as raised:
        publish(place, dataset(tmp_path / "1", 1), 1)
    said = str(raised.value) + repr(s3.bucket(place))
    assert place in said and "Not done" in said
    secret = {value for name, value in os.environ.items() if name.startswith("AWS_") and value}
    for one in (*secret - {"true", "2"}, "hidden", "127.0.0.1", "Signature"):
        assert one not in said
    assert raised.value.__suppress_context__


def test_a_bucket_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TacendaError, match="no such bucket"):
        publish("s3://nowhere/one", dataset(tmp_path / "1", 1), 1)


def test_without_s3fs_it_is_said_what_to_install(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(TacendaError, match=r"pip install 'tacenda\[s3\]'"):
        s3.bucket(place).look([])
