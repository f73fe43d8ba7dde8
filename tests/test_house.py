"""What the house's rooms may import and hold, and what its texts may not say."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = ("etl", "transforms", "privacy")
MAY_IMPORT = {
    "etl": {"etl", "transforms", "privacy"},
    "transforms": {"transforms"},
    "privacy": {"privacy"},
}
OPENERS = {
    "os",
    "pathlib",
    "duckdb",
    "io",
    "shutil",
    "socket",
    "urllib.request",
    "tempfile",
    "time",
}
ONE_PLACE = {
    "presidio_analyzer": "privacy/detectors/presidio.py",
    "sklearn": "privacy/attacks/models.py",
    "datasets": "etl/hub.py",
    "huggingface_hub": "etl/targets/hub_client.py",
}


def modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                yield str(argument.value)


@pytest.mark.parametrize("room", ROOMS)
def test_rooms_import_only_what_they_may(room: str) -> None:
    for path in modules(room):
        own = {name.split(".")[0] for name in imports(path)} & set(ROOMS)
        assert own <= MAY_IMPORT[room], path


def test_only_etl_opens_anything() -> None:
    for room in ("transforms", "privacy"):
        for path in modules(room):
            assert not set(imports(path)) & OPENERS, path
            calls = {
                node.func.id
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            }
            assert "open" not in calls and "print" not in calls, path


@pytest.mark.parametrize("library", ONE_PLACE)
def test_some_libraries_are_imported_in_one_place(library: str) -> None:
    found = {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in modules(room)
        if any(name.split(".")[0] == library for name in imports(path))
    }
    assert found <= {ONE_PLACE[library]}


def test_recipes_hold_no_python() -> None:
    assert list((ROOT / "datasets").iterdir())
    assert not list((ROOT / "datasets").rglob("*.py"))


def test_the_name_datasets_is_hugging_face_s_from_the_checkout() -> None:
    code = "import datasets; print(datasets.__version__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_functions_and_modules_are_small() -> None:
    for room in ROOMS:
        for path in modules(room):
            text = path.read_text(encoding="utf-8")
            assert len(text.splitlines()) <= 300, path
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef):
                    assert (node.end_lineno or 0) - node.lineno < 50, (path, node.name)


def test_public_functions_say_what_they_do() -> None:
    for room in ROOMS:
        for path in modules(room):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_":
                    assert ast.get_docstring(node), (path, node.name)


def test_constraints_name_exact_versions_and_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all("==" in line and "://" not in line for line in lines if line.strip())
    pinned = {line.split("==")[0].strip().lower() for line in lines}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for wanted in project["dependencies"]:
        name = wanted.split(">")[0].split("=")[0].split("<")[0].strip().lower()
        assert name in pinned, name
