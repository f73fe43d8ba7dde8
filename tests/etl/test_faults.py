"""Broken input, through the real command: the exit code, a message that helps, nothing lost."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.etl.commands import Done, environment, project, run
from tests.etl.conftest import World, files_of
from tests.etl.test_kills import counts

MARKER = "zq-captured-zq"
GOOD = 40


def line(**fields: object) -> str:
    event = {"user_id": "ann", "device_id": "d", "session_id": "s", "type": "focus", "ts": 1}
    return json.dumps({**event, "title": MARKER, **fields}) + "\n"


def good() -> str:
    return "".join(line(ts=n * 1_000_000, seq=n) for n in range(1, GOOD + 1))


def helps(done: Done) -> None:
    """A message that says what and what next, no traceback, and nothing that was captured."""
    assert done.err.startswith("error: ") or "\nerror: " in done.err
    assert "What to do:" in done.err and "Traceback" not in done.err
    assert MARKER not in done.out + done.err


# name -> (bytes, lines set aside, what the message says; None where the file is loaded)
FILES: dict[str, tuple[bytes, int, str | None]] = {
    "empty.jsonl": (b"", 0, None),
    "cut.jsonl.gz": (gzip.compress(good().encode())[:-20], 0, "ends too early or is damaged"),
    "no.jsonl.gz": (good().encode(), 0, "ends too early or is damaged"),
    "no.parquet": (b"PAR1 and nothing", 0, "not of its format"),
    "utf16.jsonl": (good().encode("utf-16"), 0, "UTF-16"),
    "latin.jsonl": (line(ts=2).replace("captured", "\xe9").encode("latin-1"), 1, None),
    "deep.jsonl": (("[" * 10_000 + "]" * 10_000 + "\n").encode(), 1, None),
    "deeper.jsonl": (
        (line(ts=3)[:-2] + ', "x": ' + "[" * 10_000 + "]" * 10_000 + "}\n").encode(), 1, None
    ),
    "nan.jsonl": (b'{"user_id": "ann", "ts": NaN, "type": "mousemove"}\n', 1, None),
    "huge.jsonl": (
        b'{"user_id": "ann", "ts": 4, "type": "mousemove", "x": 1e400, "y": 1}\n'
        b'{"user_id": "ann", "ts": 99999999999999999999999, "type": "mousemove"}\n', 2, None
    ),
    "years.jsonl": (
        b'{"user_id": "ann", "ts": "10000-01-01T00:00:00Z", "type": "pause"}\n'
        b'{"user_id": "ann", "ts": "0000-12-31T00:00:00Z", "type": "pause"}\n', 2, None
    ),
    "cut.jsonl": ((line(ts=5) + line(ts=6)[:30]).encode(), 1, None),
}  # fmt: skip


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "key"


@pytest.fixture
def work(tmp_path: Path, key: Path) -> Path:
    return project(tmp_path / "work", key)


@pytest.mark.parametrize("name", FILES)
def test_a_broken_file_beside_a_good_one(tmp_path: Path, key: Path, work: Path, name: str) -> None:
    data, aside, says = FILES[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    (tmp_path / "in" / "good.jsonl").write_text(good())
    done = run(key, "-C", work, "ingest", tmp_path / "in")
    assert done.code == (1 if says else 0), done.err
    assert MARKER not in done.out + done.err
    if says:
        helps(done)
        assert says in done.err and name in done.err
    found = counts(key, work)
    assert found["quarantined"] == aside
    assert found["lines"] == found["accepted"] + found["duplicates"] + aside >= GOOD


def test_times_of_the_first_and_the_last_year(tmp_path: Path, key: Path, work: Path) -> None:
    ends = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", -62_135_596_800_000_000)
    (tmp_path / "years.jsonl").write_text("".join(line(ts=ts, type="pause") for ts in ends))
    assert run(key, "-C", work, "ingest", tmp_path / "years.jsonl").code == 0
    found = counts(key, work)
    assert (found["accepted"], found["duplicates"]) == (2, 1)


def test_a_line_of_a_hundred_megabytes(tmp_path: Path, key: Path, work: Path) -> None:
    with (tmp_path / "long.jsonl").open("w") as file:
        file.write('{"user_id": "ann", "ts": 1, "type": "paste", "text": "')
        for _ in range(100):
            file.write(MARKER * (1_000_000 // len(MARKER)))
        file.write('"}\n' + good())
    done = run(key, "-C", work, "ingest", tmp_path / "long.jsonl")
    assert done.code == 0 and MARKER not in done.out + done.err
    assert counts(key, work)["quarantined"] == 1 and counts(key, work)["accepted"] == GOOD


def test_a_folder_that_cannot_be_read(
    tmp_path: Path, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read anything, so that the refusal is made up here."""
    from etl import discover

    (tmp_path / "in" / "closed").mkdir(parents=True)
    (tmp_path / "in" / "good.jsonl").write_text(good())
    listed = Path.iterdir

    def refuse(folder: Path) -> object:
        if folder.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    found = discover.discover([tmp_path / "in"])
    assert [entry.path.name for entry in found.inputs] == ["good.jsonl"]
    assert "Permission denied" in found.faults[0][1].message()


KEYS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "the key is missing"),
    "wrong": (lambda key: key.write_text("ab" * 32), "does not open with this key"),
    "no key": (lambda key: key.write_text("hunter2"), "this is no key"),
    "open to all": (lambda key: key.chmod(0o644), "others may read the key"),
}


@pytest.mark.parametrize("name", KEYS)
@pytest.mark.parametrize("command", ["ingest", "build", "status"])
def test_a_key_that_does_not_serve(
    tmp_path: Path, key: Path, work: Path, name: str, command: str
) -> None:
    breaks, says = KEYS[name]
    breaks(key)
    for registry in ("exemptions.csv", "pauses.csv"):
        header = "user_id,status" if registry[0] == "e" else "user_id,start"
        (work / "consent" / registry).write_text(f"{header}\n")
    (tmp_path / "good.jsonl").write_text(good())
    before = files_of(work / "warehouse")
    paths = [tmp_path / "good.jsonl"] if command == "ingest" else []
    done = run(key, "-C", work, command, *paths)
    assert done.code == 1 and says in done.err
    helps(done)
    after = files_of(work / "warehouse")
    assert {n: d for n, d in after.items() if n != "lock"} == {
        n: d for n, d in before.items() if n != "lock"
    }


@pytest.fixture
def copied(world: World, tmp_path: Path) -> Path:
    """A project that was loaded, without its releases."""
    target = tmp_path / "copied"
    shutil.copytree(world.project.root, target, ignore=shutil.ignore_patterns("releases"))
    return target


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


BUILDS: dict[str, tuple[Callable[[Path], object], int, str]] = {
    "no exemptions": (lambda p: (p / "consent/exemptions.csv").unlink(), 1, "is missing"),
    "no pauses": (lambda p: (p / "consent/pauses.csv").unlink(), 1, "is missing"),
    "a bad status": (
        lambda p: (p / "consent/exemptions.csv").write_text("user_id,status\nann,maybe\n"), 1,
        "status is none of"),
    "a bad time": (
        lambda p: (p / "consent/pauses.csv").write_text("user_id,start\nann,yesterday\n"), 1,
        "not RFC 3339"),
    "a bad exclusion": (
        lambda p: (p / "consent/exclusions.csv").write_text("app,effect\nx,hide\n"), 1,
        "effect is none of"),
    "an unknown key": (
        lambda p: _append(p / "datasets/typed-text/recipe.toml", "\n[extra]\nspeed = 1\n"), 2,
        "extra"),
    "a looser recipe": (
        lambda p: (p / "datasets/typed-text/recipe.toml").write_text(
            'name = "typed-text"\ntitle = "t"\ntransform = "typed_text"\nscopes = ["keyboard"]\n'
            "k = 2\n"), 2, "k: "),
    "no TOML": (
        lambda p: (p / "datasets/typed-text/recipe.toml").write_text("k = = 2"), 2, "not TOML"),
    "an unknown setting": (lambda p: _append(p / "tacenda.toml", "\nspeed = 1\n"), 2, "speed"),
}  # fmt: skip


@pytest.mark.parametrize("name", BUILDS)
def test_a_build_that_cannot_be(world: World, copied: Path, name: str) -> None:
    breaks, code, says = BUILDS[name]
    breaks(copied)
    done = run(world.key, "-C", copied, "build")
    assert done.code == code and says in done.err, done.err
    helps(done)
    assert not (copied / "releases").exists() and not (copied / "refused").exists()


def test_too_few_people(world: World, copied: Path) -> None:
    """Everyone but a few exempt: exit 3, a refusal without text, nothing under releases."""
    users = [person["user_id"] for person in world.answers["people"]][:25]
    rows = "".join(f"{user},approved,2030-01-01T00:00:00Z\n" for user in users)
    (copied / "consent" / "exemptions.csv").write_text("user_id,status,decided_at\n" + rows)
    done = run(world.key, "-C", copied, "build", "typed-text")
    assert done.code == 3 and "refused: typed-text" in done.err
    refused = json.loads((copied / "refused" / "typed-text" / "1" / "refused.json").read_text())
    assert any(gate["verdict"] == "refused" for gate in refused["gates"])
    assert not (copied / "releases").exists()


def test_a_release_that_was_changed(world: World, tmp_path: Path) -> None:
    shutil.copytree(world.release("typed-text"), tmp_path / "v1")
    _append(tmp_path / "v1" / "dataset" / "README.md", "one word more\n")
    for command in (("verify", tmp_path / "v1"), ("publish", tmp_path / "v1", tmp_path / "out")):
        done = run(world.key, *command)
        assert done.code == 3 and "the file was changed" in done.err
        helps(done)
    assert not (tmp_path / "out").exists()


USAGE = (
    ("status",), ("ingest", "."), ("build", "nosuch"), ("verify", "nosuch/v1"), ("frob",),
    ("build", "--workers", "0"), ("simulate", "out", "--users", "many"),
)  # fmt: skip


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage(tmp_path: Path, key: Path, arguments: tuple[str, ...]) -> None:
    done = run(key, "-C", tmp_path / "nowhere", *arguments)
    assert done.code == 2 and "Traceback" not in done.err and done.err


def _may_mount() -> bool:
    probe = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return shutil.which("unshare") is not None and not subprocess.call(
        probe, stderr=subprocess.DEVNULL
    )


def on_a_full_disk(place: Path, key: Path, work: Path, command: str) -> Done:
    """Runs a command in a copy of a project, on a disk of which not a byte is free.

    The disk is gone afterwards; the names under `releases/` are the last lines of the output.
    """
    place.mkdir()
    script = f"""
        mount -t tmpfs -o size=64m tmpfs {place} && cp -r {work} {place}/work
        cat /dev/zero > {place}/fill 2>/dev/null
        {sys.executable} -m etl -C {place}/work {command}
        code=$?
        find {place}/work/releases -name 'v*' 2>/dev/null
        exit $code
    """
    done = subprocess.run(
        ["unshare", "-rm", "bash", "-c", script],
        env=environment(key), capture_output=True, text=True,
    )  # fmt: skip
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.mark.skipif(not _may_mount(), reason="no file system can be mounted here")
@pytest.mark.parametrize("command", ["ingest", "build"])
def test_a_full_disk(
    world: World, tmp_path: Path, copied: Path, key: Path, work: Path, command: str
) -> None:
    if command == "ingest":
        used, target, rest = key, work, f"ingest {world.sim / 'capture'}"
    else:
        used, target, rest = world.key, copied, "build"
    done = on_a_full_disk(tmp_path / "disk", used, target, rest)
    assert done.code == 1, done.err
    assert "disk" in done.err and "/v" not in done.out
    helps(done)
