"""What an erasure leaves: a certificate for machines, and a page for the person, naming nobody."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

from etl import compaction, manifest, moments
from etl.project import Project
from etl.proof import Proof
from etl.search import Sought
from etl.tombstones import Tombstone

FORMAT = 1
_RELEASE = ("dataset", "version", "rows", "shards")
_TABLES = {
    "events": "recorded events",
    "quarantine": "lines that could not be read",
    "sessions": "sessions",
    "files": "recordings that were yours alone",
    "people": "spellings of your name at work",
    "requests": "requests that you made",
    "lineage": "notes of which rows came from you",
    "conflicts": "numbers that were recorded twice",
    "revisions": "notes of when your recordings changed",
}
_KINDS = {
    "id": "your id, in every spelling that was known",
    "device": "names of your devices",
    "session": "names of your sessions",
    "window": "titles and addresses of windows that only you had open",
    "pasted": "texts that only you pasted",
    "typed": "words and phrases that only you typed",
}


def folder(project: Project) -> Path:
    """Where certificates lie."""
    return project.root / "erasures"


def place(project: Project, number: int) -> Path:
    """The certificate of one erasure."""
    return folder(project) / f"erasure-{number}.json"


def page(project: Project, number: int) -> Path:
    """The page for the person."""
    return folder(project) / f"erasure-{number}.html"


def last(project: Project) -> int:
    """The highest number of a certificate that is there; 0 where there is none.

    A warehouse that was brought back from a copy may know of fewer erasures than there were.
    """
    names = (re.fullmatch(r"erasure-([0-9]+)", p.stem) for p in folder(project).glob("erasure-*"))
    return max((int(found[1]) for found in names if found), default=0)


def write(
    project: Project,
    tombstone: Tombstone,
    plan: Mapping[str, Any],
    proof: Proof,
    wanted: Sought,
    now: int,
) -> None:
    """Writes page and certificate of an erasure whose proof is clean, the certificate last."""
    facts = {
        "format": FORMAT,
        "number": tombstone.number,
        "token": tombstone.token,
        "began": moments.written(tombstone.erased_at),
        "ended": moments.written(now),
        "removed": {
            **plan,
            "releases": [dict(zip(_RELEASE, r, strict=True)) for r in plan["releases"]],
        },
        "searched": {
            "files": [
                {"path": one.path, "opened_as": one.kind, "bytes": one.bytes, "sha256": one.sha256}
                for one in proof.files
            ],
            "needles": dict(sorted(Counter(one.kind for one in wanted.needles).items())),
            "ids_as_whole_values": len(wanted.whole),
            "texts_of_others_that_name_the_person": wanted.named_by_others,
        },
        "found": 0,
        "versions": manifest.versions(),
    }
    folder(project).mkdir(exist_ok=True)
    _put(page(project, tombstone.number), _page(facts))
    text = json.dumps(facts, indent=2, sort_keys=True)
    _put(place(project, tombstone.number), f"{text}\n")


def _put(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.part")
    beside.write_text(text, encoding="utf-8")
    compaction.sync(beside)
    beside.replace(file)
    compaction.sync(file.parent)


def _page(facts: Mapping[str, Any]) -> str:
    removed, searched = facts["removed"], facts["searched"]
    template = (resources.files("etl") / "erasure.html").read_text(encoding="utf-8")
    tables = [(_TABLES.get(name, name), n) for name, n in removed["tables"].items()]
    rows = [(f"rows in {name}", n) for name, n in removed["registries"].items()]
    kinds = [(_KINDS[kind], n) for kind, n in searched["needles"].items()]
    return Template(template).substitute(
        number=facts["number"],
        began=escape(facts["began"]),
        ended=escape(facts["ended"]),
        removed=_rows([*tables, *rows]),
        releases=_releases(removed["releases"]),
        files=f"{len(searched['files']):,}",
        bytes=f"{sum(one['bytes'] for one in searched['files']):,}",
        needles=_rows(kinds),
        named=_named(searched["texts_of_others_that_name_the_person"]),
        token=escape(facts["token"]),
    )


def _rows(pairs: Iterable[tuple[str, int]]) -> str:
    lines = [f'<tr><th scope="row">{escape(name)}</th><td>{n:,}</td></tr>' for name, n in pairs]
    return "\n".join(lines) or '<tr><th scope="row">nothing</th><td>0</td></tr>'


def _releases(found: Sequence[Mapping[str, Any]]) -> str:
    if not found:
        return "<p>No dataset here held rows that came from you.</p>"
    names = "".join(f"<li>{escape(r['dataset'])} {escape(r['version'])}</li>" for r in found)
    return (
        "<p>These versions of datasets held rows that came from you, or may have. They were "
        f"deleted here:</p><ul>{names}</ul><p>Copies that were given away before are not reached "
        "by this. Whoever runs this project can tell you where they went.</p>"
    )


def _named(number: int) -> str:
    if not number:
        return ""
    return (
        f"<p>{number:,} texts that other people recorded (titles of windows, addresses, what they "
        "pasted) name you. They are part of these people's own recordings, and stayed.</p>"
    )
