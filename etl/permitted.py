"""Whether a release may be published: its marks, and how many people changed since the last."""

from __future__ import annotations

from pathlib import Path

from etl import assemble, copies, manifest, marks, moments
from etl.errors import RefusedError
from etl.marks import Marks
from etl.targets import Standing

_WHY = {
    marks.WITHDRAWAL: "rows of people who asked to be forgotten",
    marks.RETENTION: "rows that are past their retention",
}


def permitted(release: Path) -> str:
    """What should be known of a release that may be published; raises for any other."""
    found = marks.of_release(release)
    if found is None:
        return (
            "This release lies outside its project's releases/, so that nobody can tell here "
            "whether it was recalled or superseded, and where it goes is not noted."
        )
    mark, others = found
    if mark.recalled is not None:
        raise _refused(release, f"the release was recalled: {mark.recalled['reason']}", others)
    same = _same_files(release, others)
    if same:
        raise _refused(release, f"it holds the same files as {same}, which was recalled", others)
    if mark.waiting:
        since = moments.written(min(mark.waiting.values()))
        why = " and ".join(_WHY.get(one, one) for one in sorted(mark.waiting, reverse=True))
        raise _refused(release, f"the release holds {why} (since {since})", others)
    if mark.superseded is not None:
        return f"A newer version of this dataset has been built: {mark.superseded['by']}."
    return ""


def gathered(release: Path, standing: Standing, hold: int) -> None:
    """Raises where too few people's changes lie between what is there and this version.

    Two versions side by side tell who left, the better the fewer did. A file is named by whose
    rows are in it and which: one of another name stands for one person's change at the least.
    Files of texts with shared words do not count, for anybody's change may draw them anew.
    """
    if not standing.state:
        return
    shards = manifest.read(release)["shards"]
    own = {one["file"] for one in shards if one["part"] != assemble.SHARED}
    changed = len(own - standing.same)
    if changed < hold:
        raise RefusedError(
            f"{changed} files of people were drawn anew since what lies there, {hold} are asked",
            where=str(release),
            todo="publish a later version, or this one without --hold",
            undone="nothing was sent",
        )


def _same_files(release: Path, others: Marks) -> str | None:
    """The recalled version that a release's dataset is equal to, whatever its name."""
    recalled = {version: one.recalled["files"] for version, one in others.items() if one.recalled}
    files = manifest.data(manifest.files(release / "dataset")) if recalled else {}
    same = (version for version, known in recalled.items() if manifest.data(known) == files)
    return next(same, None)


def _refused(release: Path, what: str, others: Marks) -> RefusedError:
    last = copies.newest(others)
    todo = "run `tacenda build`, then publish the version that it makes (see `tacenda status`)"
    if last is not None and not last.withheld and last.version != release.name:
        todo = f"publish {last.version} instead (see `tacenda status`)"
    return RefusedError(what, where=str(release), todo=todo, undone="nothing was sent")
