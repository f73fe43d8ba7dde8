"""Erasure: everything of a person goes, the others stay as they were, and a proof says so."""

from __future__ import annotations

import base64
import gzip
import json
import os
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from etl import (
    cache,
    certificate,
    erase,
    erasing,
    keys,
    marks,
    needles,
    project,
    proof,
    search,
    tombstones,
    warehouse,
)  # fmt: skip
from etl.errors import TacendaError, UsageError
from etl.project import Project
from tests.etl import leaver, remains
from tests.etl.conftest import NOW, line, load, rows, write
from tests.etl.leaver import ANN, BOB, GONE

LATER = NOW + 60_000_000


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The project before anybody was erased; tests work on copies."""
    place = tmp_path_factory.mktemp("saved")
    before = os.environ.get(keys.ENVIRONMENT)
    os.environ[keys.ENVIRONMENT] = str(place / "key")
    yield leaver.filled(place)
    os.environ.pop(keys.ENVIRONMENT)
    if before is not None:
        os.environ[keys.ENVIRONMENT] = before


@pytest.fixture
def work(saved: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv(keys.ENVIRONMENT, str(saved.root.parent / "key"))
    return leaver.copied(saved, tmp_path / "work")


@pytest.fixture(scope="module")
def erased(
    saved: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Project, erase.Erasure]]:
    """The project after Ann was erased in peace; tests must not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(keys.ENVIRONMENT, str(saved.root.parent / "key"))
        target = leaver.copied(saved, tmp_path_factory.mktemp("erased") / "work")
        ended = erase.erase(target, " Ann.Miller@CORP", now=NOW)
    yield target, ended


@pytest.fixture
def done(
    saved: Project, erased: tuple[Project, erase.Erasure], monkeypatch: pytest.MonkeyPatch
) -> tuple[Project, erase.Erasure]:
    monkeypatch.setenv(keys.ENVIRONMENT, str(saved.root.parent / "key"))
    return erased


Done = tuple[Project, erase.Erasure]


def others(target: Project) -> list[tuple[Any, ...]]:
    return rows(target, f"SELECT * FROM lake.events WHERE user_id != '{ANN}' ORDER BY ALL")


def test_nothing_is_left_of_the_person_and_everything_of_the_others(
    saved: Project, done: Done
) -> None:
    target, ended = done
    assert {text for _, text in remains.left(saved, GONE)} >= set(GONE)
    assert remains.left(target, GONE) == []
    assert others(target) == others(saved)
    assert leaver.sums(target) == (0, 0, 0)
    assert not ended.before and ended.number == 1
    assert not needles.place(target, 1).exists()
    assert rows(target, "SELECT state FROM lake.tombstones") == [("done",)]


def test_what_went_is_counted_by_where_it_stood(saved: Project, done: Done) -> None:
    before = leaver.frozen(saved)
    planned = erase.look(saved, ANN)
    assert leaver.frozen(saved) == before
    assert isinstance(planned, erase.Plan) and done[1].plan == planned
    assert planned.tables == {
        "conflicts": 1, "events": len(leaver.hers()) + 1, "files": 1, "lineage": 1, "people": 1,
        "quarantine": 6, "requests": 1, "revisions": 1, "sessions": 2,
    }  # fmt: skip
    assert planned.registries == {"exclusions.parquet": 1, "exemptions.csv": 1, "pauses.jsonl": 1}
    assert planned.releases == (("typed-text", "v1", 1, 1),)


def test_files_of_others_keep_sums_that_agree_and_paths_that_name_nobody(
    saved: Project, done: Done
) -> None:
    before = dict(rows(saved, "SELECT digest, lines FROM lake.files"))
    found = rows(
        done[0], "SELECT path, digest, lines, erased, accepted, quarantined FROM lake.files"
    )
    mixed = next(row for row in found if row[0].endswith("mixed.jsonl"))
    other = next(row for row in found if row[0] == row[1])
    assert len(found) == 2 and all(before[row[1]] == row[2] for row in found)
    assert mixed[3:] == (5, len(leaver.of(BOB)) * 2, 3)
    assert other[3:] == (0, 9, 0)
    kept = rows(done[0], "SELECT content FROM lake.quarantine")
    assert len(kept) == 3 and all("bob" in row[0] for row in kept)


def test_requests_keep_their_numbers_and_name_nobody(done: Done) -> None:
    found = rows(done[0], "SELECT number, kind, user_id, reason FROM lake.requests ORDER BY 1")
    assert found == [
        (1, "gone", None, None),
        (2, "withdraw", BOB, "(erased)"),
        (3, "recall", None, "(erased)"),
    ]


def test_rows_of_others_in_registries_stay_byte_for_byte(done: Done) -> None:
    consent = done[0].consent
    kept = "\r\n".join(one for one in leaver.EXEMPTIONS.split("\r\n") if "ANN" not in one)
    assert (consent / "exemptions.csv").read_bytes() == kept.encode()
    kept = "\n".join(one for one in leaver.PAUSES.split("\n") if ANN not in one)
    assert (consent / "pauses.jsonl").read_bytes() == kept.encode()
    frame = pl.read_parquet(consent / "exclusions.parquet")
    assert frame.rows() == [("editor", None, "all")]


def test_releases_that_hold_rows_of_theirs_go_and_the_others_stay(
    saved: Project, done: Done
) -> None:
    shard = "releases/typed-text/v2/dataset/data/train-bcdf.parquet"
    place = done[0].releases / "typed-text"
    assert sorted(path.name for path in place.iterdir()) == ["marks.json", "v2"]
    assert (done[0].root / shard).read_bytes() == (saved.root / shard).read_bytes()
    assert marks.read(done[0], "typed-text")["v1"].erased_at == NOW
    assert rows(done[0], "SELECT DISTINCT user_id FROM lake.lineage ORDER BY 1") == [
        (BOB,), ("cid@corp",)
    ]  # fmt: skip


def test_the_certificate_says_what_was_searched_and_names_nobody(done: Done) -> None:
    target, ended = done
    facts = json.loads(ended.certificate.read_text())
    assert facts["began"] == facts["ended"] == "2027-01-15T08:00:00Z"
    assert facts["token"] == tombstones.token(target, ANN.upper())
    assert facts["searched"]["needles"].keys() == {
        "id", "device", "session", "window", "pasted", "typed"
    }  # fmt: skip
    files = facts["searched"]["files"]
    assert {one["path"].split("/")[0] for one in files} == {
        "consent", "releases", "tacenda.toml", "warehouse"
    }  # fmt: skip
    assert {one["opened_as"] for one in files} == {"data", "database", "parquet", "text"}
    assert facts["removed"]["tables"] == ended.plan.tables and facts["found"] == 0


class Page(HTMLParser):
    """What a page asks for from elsewhere, and whether it runs anything."""

    outside: list[str]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        wanted = [value for name, value in attrs if name in ("src", "href")]
        self.outside = [*getattr(self, "outside", []), *map(str, wanted)]
        assert tag not in ("script", "link", "img", "iframe")


def test_the_page_stands_alone(done: Done) -> None:
    target, ended = done
    text = ended.page.read_text()
    page = Page()
    page.feed(text)
    assert page.outside == [] and "$" not in text
    assert text.startswith("<!doctype html>\n<html lang=") and "<title>" in text
    assert "typed-text v1" in text and tombstones.token(target, ANN) in text


def test_running_it_again_says_so_and_changes_nothing(done: Done) -> None:
    target, first = done
    before = leaver.state(target)
    again = erase.erase(target, ANN.upper(), now=LATER)
    assert again.before and again.certificate == first.certificate
    assert leaver.state(target) == before
    assert erase.look(target, ANN) == again


def test_an_unknown_person_is_refused_and_nothing_changes(work: Project) -> None:
    before = leaver.state(work)
    for do in (erase.look, lambda *given: erase.erase(*given, now=NOW)):
        with pytest.raises(UsageError, match="tacenda withdraw"):
            do(work, "nobody@corp")
    assert leaver.state(work) == before


def test_somebody_is_known_by_a_registry_alone(work: Project) -> None:
    (work.consent / "exemptions.csv").write_text(
        "user_id,status\neve@corp,denied\nbob@corp,denied\n"
    )
    ended = erase.erase(work, "Eve@corp", now=NOW)
    assert ended.plan == erase.Plan(registries={"exemptions.csv": 1})
    assert (work.consent / "exemptions.csv").read_text() == "user_id,status\nbob@corp,denied\n"


class Killed(BaseException):
    """Stands for a kill: nothing may catch it and tidy up."""


def _die(*given: object, **named: object) -> None:
    raise Killed


def _then_die(step: Callable[..., object]) -> Callable[..., None]:
    def dying(*given: Any, **named: Any) -> None:
        step(*given, **named)
        raise Killed

    dying.__name__ = getattr(step, "__name__", "step")
    return dying


KILLS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "begun": lambda patch: patch.setattr(needles, "keep", _die),
    "needles": lambda patch: patch.setattr(needles, "keep", _then_die(needles.keep)),
    **{
        step.__name__: lambda patch, n=n: patch.setattr(
            erasing,
            "STEPS",
            tuple(_then_die(s) if i == n else s for i, s in enumerate(erasing.STEPS)),
        )
        for n, step in enumerate(erasing.STEPS)
    },
    "a page": lambda patch: patch.setattr(certificate, "json", SimpleNamespace(dumps=_die)),
    "a certificate": lambda patch: patch.setattr(
        certificate, "write", _then_die(certificate.write)
    ),
    "the end": lambda patch: patch.setattr(tombstones, "finish", _die),
}


def kill(target: Project, how: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        KILLS[how](patch)
        with pytest.raises(Killed):
            erase.erase(target, ANN, now=NOW)
    with warehouse.opened(target, "test", write=False) as connection:
        assert tombstones.unfinished(connection) == 1


def test_killed_at_one_step_after_the_other_it_ends_all_the_same(work: Project, done: Done) -> None:
    for how in KILLS:
        kill(work, how)
    erase.erase(work, ANN, now=NOW)
    assert remains.left(work, GONE) == []
    assert leaver.state(work) == leaver.state(done[0])


def test_killed_after_the_end_it_forgets_what_it_looked_for_when_run_again(work: Project) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tombstones, "finish", _then_die(tombstones.finish))
        with pytest.raises(Killed):
            erase.erase(work, ANN, now=NOW)
    assert needles.place(work, 1).exists()
    assert erase.erase(work, ANN, now=NOW).before
    assert not needles.place(work, 1).exists()


def test_a_warehouse_brought_back_from_a_copy_is_erased_again(
    saved: Project, done: Done, tmp_path: Path
) -> None:
    """A certificate of the first time is there, with the same keyed name: it proves nothing now."""
    work = leaver.copied(saved, tmp_path / "work")
    shutil.copytree(certificate.folder(done[0]), certificate.folder(work))
    again = erase.erase(work, ANN, now=NOW)
    assert again.number == 2 and not again.before
    assert remains.left(work, GONE) == []


@pytest.mark.soak
@pytest.mark.parametrize("how", KILLS)
def test_killed_at_any_step_it_ends_when_run_again(work: Project, done: Done, how: str) -> None:
    kill(work, how)
    erase.erase(work, ANN, now=NOW)
    assert leaver.state(work) == leaver.state(done[0])


# Each holds the id, or cannot be looked into; none shows it to who reads plain bytes alone.
PLANTS: dict[str, Callable[[Path], object]] = {
    "plain.txt": lambda p: p.write_text(f"for {ANN.upper()}"),
    "wide.txt": lambda p: p.write_text(f"for {ANN}", encoding="utf-16"),
    "hex.txt": lambda p: p.write_text(f"x{ANN.encode().hex().upper()}"),
    "base64.txt": lambda p: p.write_bytes(base64.b64encode(f"-{ANN}-".encode())),
    "percent.txt": lambda p: p.write_text("u=ann.miller%40corp&x"),
    "packed.gz": lambda p: p.write_bytes(gzip.compress(ANN.encode())),
    "packed.zst": lambda p: p.write_bytes(pa.compress(ANN.encode(), codec="zstd", asbytes=True)),
    "table.parquet": lambda p: pl.DataFrame({"a": [[ANN]]}).write_parquet(p),
    f"notes on {ANN}": lambda p: p.write_text("nothing"),
    "picture.png": lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0"),
    "cut.gz": lambda p: p.write_bytes(gzip.compress(b"nothing" * 99)[:-9]),
    "broken.parquet": lambda p: p.write_bytes(b"PAR1 and nothing"),
    "link": lambda p: p.symlink_to("/nowhere/at/all"),
    "folder": lambda p: p.symlink_to(p.parent.parent),
}


@pytest.mark.parametrize("name", PLANTS)
def test_the_id_is_found_in_whatever_way_it_was_written(tmp_path: Path, name: str) -> None:
    made = project.create(tmp_path / "project")
    wanted = search.sought([search.Needle("id", ANN)], [ANN], written=[ANN])
    assert proof.search_plain(made, wanted, []) == []
    PLANTS[name](made.root / name)
    (found,) = proof.search_plain(made, wanted, [])
    assert found.found and ANN not in str(found).lower()


def test_what_an_erasure_leaves_alone_must_not_name_the_person(work: Project) -> None:
    config = work.root / "tacenda.toml"
    config.write_text(config.read_text() + f"# {ANN} asked for this\n")
    before = leaver.state(work)
    for do in (erase.look, lambda *given: erase.erase(*given, now=NOW)):
        with pytest.raises(TacendaError, match="leaves alone") as told:
            do(work, ANN)
        assert ANN not in told.value.message() and "nothing was changed" in told.value.message()
    assert leaver.state(work) == before


def test_a_finding_keeps_the_erasure_from_ending(work: Project) -> None:
    note = work.root / "note.txt"
    note.write_text(f"somebody wrote: {leaver.PASTED}")
    with pytest.raises(TacendaError, match=r"note\.txt: pasted") as told:
        erase.erase(work, ANN, now=NOW)
    assert leaver.PASTED not in told.value.message() and told.value.exit_code == 1
    assert not certificate.place(work, 1).exists()
    with warehouse.opened(work, "test", write=False) as connection:
        assert tombstones.unfinished(connection) == 1
    note.unlink()
    assert not erase.erase(work, ANN, now=LATER).before
    assert remains.left(work, GONE) == []


def _nothing(*given: object, **named: object) -> None:
    """Stands for a step that does not do its work."""


LEFT: dict[str, tuple[object, str, str]] = {
    "releases": (erasing.shutil, "rmtree", r"\.erasing-v1/\S+: typed"),
    "registries": (erasing.registryrows, "write", r"consent/exemptions\.csv: id"),
    "rows": (erasing.removal, "take", r"warehouse/data/\S+: .*id"),
    "what builds keep": (erasing.cache, "forget", r"cache\.duckdb: id, typed"),
    "data files and old snapshots": (erasing.compaction, "clean", r"warehouse/data/\S+: .*id"),
    "free blocks": (erasing.compaction, "copy_catalog", r"catalog\.duckdb: .*id"),
    "ranges of columns": (erasing.compaction, "_narrow", r"catalog\.duckdb: .*window"),
}


@pytest.mark.parametrize("step", LEFT)
def test_the_proof_finds_what_a_step_left(
    work: Project, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, name, found = LEFT[step]
    monkeypatch.setattr(module, name, _nothing)
    with pytest.raises(TacendaError, match=found):
        erase.erase(work, ANN, now=NOW)
    assert remains.left(work, GONE)


def test_words_of_others_side_by_side_do_not_keep_an_erasure_from_ending(work: Project) -> None:
    """In the bytes of the cache they may read like something that the person typed."""
    halves = leaver.TYPED[:3], leaver.TYPED[3:]
    connection = warehouse.bare(work)
    cache.attach(connection, work, "store")
    connection.execute("CREATE TABLE store.odd AS SELECT ? || ? AS word", list(halves))
    connection.close()
    assert erase.erase(work, ANN, now=NOW)
    assert not cache.place(work).exists()
    assert remains.left(work, GONE) == []


@pytest.mark.parametrize("where", ["catalog.duckdb", "cache.duckdb", "data", "stray"])
def test_a_file_of_the_warehouse_that_cannot_be_opened_is_not_clean(
    work: Project, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Damaged just before the proof, so that nothing else falls over it."""

    def damaged(*given: Any) -> proof.Proof:
        path = work.warehouse / where
        if where == "stray":
            path.write_bytes(b"\xff\xfe\xfd")
        elif where == "data":
            path = next(path.rglob("*.parquet"))
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
        return prove(*given)

    prove = proof.prove
    monkeypatch.setattr(proof, "prove", damaged)
    with pytest.raises(TacendaError, match="could not be searched"):
        erase.erase(work, ANN, now=NOW)
    assert not certificate.place(work, 1).exists()


def test_ids_within_ids_and_in_what_others_recorded(
    new_project: Callable[..., Project], tmp_path: Path
) -> None:
    """`user-1` stands in `user-10`, and Bob's window names `user-1`: both are not hers."""
    target = new_project()
    told = line(user_id=BOB, type="focus", title="Chat with user-1 - Messages", seq=7)
    write(tmp_path / "in.jsonl", line(user_id="user-1"), line(user_id="user-10", seq=2), told)
    load(target, tmp_path / "in.jsonl")
    write(target.consent / "exemptions.csv", "user_id,status", "user-11,denied", "USER-1,denied")
    ended = erase.erase(target, "user-1", now=NOW)
    assert rows(target, "SELECT user_id FROM lake.events ORDER BY 1") == [(BOB,), ("user-10",)]
    facts = json.loads(ended.certificate.read_text())
    assert facts["searched"]["texts_of_others_that_name_the_person"] == 1
    assert "1 texts" in ended.page.read_text()
    erase.erase(target, "user-10", now=NOW)
    assert rows(target, "SELECT title FROM lake.events") == [("Chat with user-1 - Messages",)]


def test_ids_that_are_short_or_odd(new_project: Callable[..., Project], tmp_path: Path) -> None:
    """Each is everywhere in what others typed and in Tacenda's own files, or hard to write."""
    target, odd = new_project(), ("al", "123456", "editor", 'Zoë "M,ü\'ll" \\ er')
    lines, bad = leaver.of(BOB), json.dumps({"user_id": BOB})
    for user in odd:
        lines += [line(user_id=user, device_id=user, session_id=user, seq=1)]
        lines += [json.dumps({"user_id": user, "ts": "soon"})]
    load(target, write(tmp_path / "in.jsonl", *lines, bad))
    for user in odd:
        erase.erase(target, user, now=NOW)
    assert rows(target, "SELECT DISTINCT user_id FROM lake.events") == [(BOB,)]
    assert rows(target, "SELECT content FROM lake.quarantine") == [(bad,)]
    assert leaver.sums(target) == (0, 0, 0)


def test_without_encryption_it_is_the_same(tmp_path: Path) -> None:
    target = leaver.filled(tmp_path, encryption="off")
    erase.erase(target, ANN, now=NOW)
    assert remains.left(target, GONE) == []


def test_a_full_disk_is_told_before_anything_changes(
    work: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = leaver.state(work)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 0))
    with pytest.raises(TacendaError, match="the disk is full"):
        erase.erase(work, ANN, now=NOW)
    assert leaver.state(work) == before


def test_a_disk_that_fills_up_on_the_way_says_that_it_has_not_ended(
    work: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(job: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "STEPS", (*erasing.STEPS[:3], full))
        with pytest.raises(TacendaError, match="the disk is full") as told:
            erase.erase(work, ANN, now=NOW)
    assert "has not ended" in told.value.message()
    erase.erase(work, ANN, now=NOW)
    assert remains.left(work, GONE) == []


def test_a_key_that_is_lost(work: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = leaver.frozen(work)
    monkeypatch.setenv(keys.ENVIRONMENT, str(work.root.parent / "nowhere"))
    for do in (erase.look, lambda *given: erase.erase(*given, now=NOW)):
        with pytest.raises(TacendaError, match="the key is missing"):
            do(work, ANN)
    assert leaver.frozen(work) == before
