"""The one import order: a module imports only to its left."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db.models import ForeignKey, ManyToManyField

ROOT = Path(__file__).resolve().parents[2]

# From left to right; rooms of one rank are strangers to each other.
ORDER: list[tuple[str, ...]] = [
    ("tessera.lib",),
    ("tessera.accounts",),
    ("lifecycles", "customfields"),
    ("tickets",),
    ("scrips",),
    ("tessera.desk",),
    ("tessera",),  # api, urls, celery, runtime and what starts them
]
OURS = ("tessera", "lifecycles", "customfields", "tickets", "scrips")


def room_of(module: str) -> tuple[int, str]:
    """Rank and name of the room that a module lives in."""
    for rank, rooms in enumerate(ORDER):
        for room in rooms:
            if module == room or module.startswith(f"{room}."):
                return rank, room
    raise AssertionError(module)


def modules() -> Iterator[tuple[str, Path]]:
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*.py")):
            if "migrations" not in path.parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                yield ".".join(part for part in parts if part != "__init__"), path


def imported(path: Path) -> Iterator[str]:
    """What a file imports of ours, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (name for name in names if name.split(".")[0] in OURS)


def test_every_module_imports_only_to_its_left() -> None:
    wrong = []
    for module, path in modules():
        rank, room = room_of(module)
        for name in imported(path):
            there, other = room_of(name)
            if other != room and there >= rank:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


@pytest.mark.parametrize("label", ["accounts", "lifecycles", "customfields", "tickets", "scrips"])
def test_every_foreign_key_points_only_to_its_left(label: str) -> None:
    wrong = []
    for model in apps.get_app_config(label).get_models():
        rank, room = room_of(model.__module__)
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey | ManyToManyField):
                continue
            target = field.related_model
            assert not isinstance(target, str)
            there, other = room_of(target.__module__)
            if other != room and there >= rank:
                wrong.append(f"{model.__name__}.{field.name} → {target.__name__}")
    assert wrong == []


def test_no_signal_connects_two_rooms() -> None:
    """Rooms talk through the door's listeners; the only signal in use makes stock data after migrations."""
    found = [
        module
        for module, path in modules()
        if "django.db.models.signals" in path.read_text() and not module.endswith(".apps")
    ]
    assert found == []
