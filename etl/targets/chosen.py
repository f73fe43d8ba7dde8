"""Which place a DEST names."""

from __future__ import annotations

import re
from pathlib import Path

from etl.errors import UsageError
from etl.targets import Access, Target
from etl.targets.folder import Folder


def target(dest: str | Path, access: Access | None = None) -> Target:
    """A folder, `s3://bucket/prefix` or `hf://datasets/ORG/NAME`; `UsageError` for anything else.

    `access` says who may read on the Hub; None leaves what is set there, and a new one private.
    """
    text = str(dest)
    if text.startswith("hf://"):
        from etl.targets.hub import hub

        return hub(text, access or Access())
    if text.startswith("s3://") and access is None:
        from etl.targets.s3 import bucket

        return bucket(text)
    if access is not None or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/", text) or not text.strip():
        raise UsageError(
            "only hf:// has --public and --gated" if access else "DEST is not understood",
            where=text,
            todo="name a folder, s3://bucket/prefix or hf://datasets/ORG/NAME",
            undone="nothing was sent",
        )
    return Folder(Path(text).absolute())
