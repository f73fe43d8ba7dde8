"""A folder that readers load from holds the old version or the new one, whatever happens."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from etl.errors import BusyError, TacendaError, UsageError
from etl.targets import Item, exchange
from etl.targets import folder_files as files
from etl.targets.folder import Folder
from tests.etl.conftest import files_of

ROOT = Path(__file__).parents[2]
SHARDS = 6


def made(place: Path, number: int, kept: int = SHARDS - 2) -> list[Item]:
    """A dataset in files whose bytes say which version they are of, but for those that are kept."""
    files = {"README.md": f"version {number}\n".encode()}
    for n in range(SHARDS):
        version = 0 if n < kept else number
        files[f"data/train-{n}-{version}.parquet"] = f"{version} {n} ".encode() * 5000
    return [_item(place, name, data) for name, data in sorted(files.items())]


def _item(place: Path, name: str, data: bytes) -> Item:
    file = place / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return Item(name, file, len(data), hashlib.sha256(data).hexdigest())


def bytes_of(items: list[Item]) -> dict[str, bytes]:
    return {one.path: one.file.read_bytes() for one in items}


def put(target: Folder, items: list[Item]) -> int:
    return target.put(items, target.look(items), "v1", lambda n: None).sent


@pytest.fixture(params=["exchanged", "linked"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A place for folders, on a system that can exchange them and on one that cannot."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "linked":
            patch.setattr(exchange, "possible", lambda _: False)
        yield tmp_path


def test_one_version_after_the_other(place: Path) -> None:
    target = Folder(place / "deep" / "out")
    for number in range(1, 5):
        items = made(place / str(number), number)
        sent = put(target, items)
        assert files_of(target.path) == bytes_of(items)
        whole = sum(one.size for one in items)
        assert sent == whole if number == 1 else sent < whole / 2
        assert put(target, items) == 0
    assert len(list(target.path.parent.iterdir())) == 1 + target.path.is_symlink()
    taken = target.take()
    assert taken.removed == (str(target.path),) and not taken.left
    assert not list(target.path.parent.iterdir())


def test_a_folder_that_cannot_be_exchanged_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = Folder(tmp_path / "out")
    put(target, made(tmp_path / "1", 1))
    before = files_of(target.path)
    monkeypatch.setattr(exchange, "possible", lambda _: False)
    with pytest.raises(UsageError, match=r"(?s)one step.*new folder"):
        put(target, made(tmp_path / "2", 2))
    assert files_of(target.path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "2", "out"]


STEPS: dict[str, Callable[[pytest.MonkeyPatch, Callable[[], None]], None]] = {
    "a copy": lambda patch, die: _after(patch, files, "copy", die),
    "a sync": lambda patch, die: _after(patch, files, "sync", die),
    "a rename": lambda patch, die: _after(patch, Path, "rename", die),
    "a replacement": lambda patch, die: _after(patch, Path, "replace", die),
    "an exchange": lambda patch, die: _after(patch, exchange, "exchanged", die),
    "a removal": lambda patch, die: _after(patch, shutil, "rmtree", die),
}


def _after(patch: pytest.MonkeyPatch, where: object, name: str, die: Callable[[], None]) -> None:
    plain = getattr(where, name)

    def then(*given: object, **named: object) -> object:
        found = plain(*given, **named)
        die()
        return found

    patch.setattr(where, name, then)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_old_is_there_or_the_new(place: Path, step: str) -> None:
    first, second = made(place / "1", 1), made(place / "2", 2)
    old, new = bytes_of(first), bytes_of(second)
    for nth in range(12):
        target = Folder(place / f"out{nth}")
        put(target, first)
        died = _killed(lambda patch, die: STEPS[step](patch, die), target, second, nth)
        assert files_of(target.path) in (old, new)
        assert put(target, second) <= sum(len(d) for n, d in new.items() if old.get(n) != d)
        assert files_of(target.path) == new
        hidden = [p for p in place.iterdir() if p.name.startswith(f".out{nth}.")]
        assert len(hidden) == target.path.is_symlink()
        if not died:
            break


def _killed(
    arm: Callable[[pytest.MonkeyPatch, Callable[[], None]], None],
    target: Folder, items: list[Item], nth: int,
) -> bool:  # fmt: skip
    """Publishes in another process that ends without a word after the nth step."""
    child = os.fork()
    if not child:
        count = [0]

        def die() -> None:
            count[0] += 1
            if count[0] > nth:
                os._exit(9)

        arm(pytest.MonkeyPatch(), die)
        try:
            put(target, items)
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] != 0


def test_what_was_copied_before_a_kill_is_not_copied_again(place: Path) -> None:
    target, items = Folder(place / "out"), made(place / "1", 1)
    assert _killed(STEPS["a copy"], target, items, 3)
    assert not target.path.exists()
    assert put(target, items) == sum(one.size for one in items[4:])
    assert files_of(target.path) == bytes_of(items)


def test_a_reader_in_a_loop_never_sees_a_mixture(place: Path) -> None:
    target = Folder(place / "out")
    versions = [made(place / str(n), n, kept=0) for n in range(1, 8)]
    known = [bytes_of(items) for items in versions]
    put(target, versions[0])
    seen, wrong, done = [0], [], threading.Event()

    def read() -> None:
        while not done.is_set():
            handle = os.open(target.path, os.O_RDONLY)  # as who goes through a folder holds it
            try:
                found = files_of(Path(f"/proc/self/fd/{handle}"))
            except FileNotFoundError:
                continue  # it was removed under way: an error for the reader, never a mixture
            finally:
                os.close(handle)
            seen[0] += 1
            if found not in known and not any(found.items() <= one.items() for one in known):
                wrong.append(sorted(found))

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(8):
        for items in versions:
            put(target, items)
    done.set()
    reader.join()
    assert seen[0] > 10 and not wrong


def test_files_that_a_reader_holds_open_stay_readable(place: Path) -> None:
    target, first = Folder(place / "out"), made(place / "1", 1, kept=0)
    put(target, first)
    with (target.path / first[1].path).open("rb") as held:
        put(target, made(place / "2", 2, kept=0))
        assert held.read() == first[1].file.read_bytes()


def test_two_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target, first, second = (
        Folder(tmp_path / "out"),
        made(tmp_path / "1", 1),
        made(tmp_path / "2", 2),
    )
    plain, found = files.copy, []

    def other(*given: object) -> None:
        if not found:
            found.append(None)
            with pytest.raises(BusyError, match="another command"):
                put(target, second)
        plain(*given)

    monkeypatch.setattr(files, "copy", other)
    put(target, first)
    assert found and files_of(target.path) == bytes_of(first)


def test_what_somebody_else_put_there_meanwhile_is_left(place: Path) -> None:
    target, items = Folder(place / "out"), made(place / "2", 2)
    put(target, made(place / "1", 1))
    standing = target.look(items)
    put(target, made(place / "3", 3))
    before = files_of(target.path)
    with pytest.raises(TacendaError, match="somebody else"):
        target.put(items, standing, "v2", lambda n: None)
    assert files_of(target.path) == before


def test_a_file_changed_under_way_is_not_shown(place: Path) -> None:
    target, items = Folder(place / "out"), made(place / "1", 1)
    standing = target.look(items)
    items[2].file.write_bytes(b"another")
    with pytest.raises(TacendaError, match="changed while"):
        target.put(items, standing, "v1", lambda n: None)
    assert not target.path.exists() and len(list(place.iterdir())) == 1


def unshared(script: str, *given: Path | str) -> subprocess.CompletedProcess[str]:
    """Runs a script with file systems of its own."""
    command = ["unshare", "-rm", "bash", "-ec", script, "bash", *map(str, given)]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=ROOT, timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


PUBLISH = """
import sys
from pathlib import Path
from etl.targets.folder import Folder
from etl.errors import TacendaError
from tests.etl.test_target_folder import made, put
try:
    put(Folder(Path(sys.argv[1]) / "out"), made(Path(sys.argv[2]), 2))
except TacendaError as error:
    print(error.message())
"""
SYSTEMS = {
    "another, with room": ("true", "", "version 2", ()),
    "without room": ("true", "-o size=160k", "version 1", ("No space", "make room")),
    "read only": ("mount -o remount,ro $1", "", "version 1", ("Read-only", "allow writing")),
}


@pytest.mark.skipif(
    subprocess.run(["unshare", "-rm", "true"], capture_output=True).returncode != 0,
    reason="no file systems of one's own here",
)
@pytest.mark.parametrize("name", SYSTEMS)
def test_other_file_systems(tmp_path: Path, name: str) -> None:
    lock, size, version, words = SYSTEMS[name]
    there, old = tmp_path / "there", tmp_path / "old"
    there.mkdir()
    made(old, 1)
    script = (
        f'mount -t tmpfs {size} x $1; cp -r $3 $1/out; {lock}; $4 -c "$5" $1 $2; '
        "find $1 -type f; cat $1/out/README.md"
    )
    done = unshared(script, there, tmp_path / "new", old, sys.executable, PUBLISH)
    assert done.returncode == 0, done.stderr
    assert done.stdout.rstrip().endswith(version) and all(word in done.stdout for word in words)
    assert ".tacenda" not in done.stdout
