"""`make bench ARGS=--curves`: all curves of cost against size, as a table, as var/bench-curves.json and as charts."""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.bench import drawing
from tests.bench.store import Store

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "var" / "bench-curves.json"
IMAGES = ROOT / "docs" / "images"
# What grows, how a chart calls it and its sizes.
KINDS = {
    "scrips": ("Cost against the rules of a queue", "rules, of which three fire"),
    "fields": ("Cost against the custom fields of a queue", "fields, each with a value"),
    "log": ("Cost against a ticket's log", "transactions of the ticket"),
    "tickets": ("Cost against the number of tickets", "tickets"),
    "clients": ("Cost against clients at a time", "clients, each waiting for its answer"),
}
TICKETS, FEW_TICKETS = (10_000, 100_000, 1_000_000), (2_000, 10_000)
# More take a quarter of an hour to make: they are asked where they are there already, or named.
_MADE_UNASKED = 100_000


def main(asked: argparse.Namespace, machine: Callable[[], dict[str, Any]]) -> int:
    """Measure those that were asked for, and draw what is kept if that was. `machine` says what it is and its load."""
    kinds = list(KINDS) if asked.curves == [] else asked.curves or []
    if unknown := [kind for kind in kinds if kind not in KINDS]:
        sys.stderr.write(f"There is no curve of {', '.join(unknown)}: {', '.join(KINDS)}\n")
        return 2
    kept: dict[str, Any] = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    for kind in kinds:
        _tell(f"\n{KINDS[kind][0]}\n\n{_HEAD}")
        here, begun, points = machine(), time.perf_counter(), []
        for point in _points(kind, asked.tickets, quick=asked.quick):
            _tell(row(point))
            points.append(point)
        taken = round(time.perf_counter() - begun)
        kept[kind] = {"machine": here, "quick": asked.quick, "took_s": taken, "points": points}
        KEPT.parent.mkdir(exist_ok=True)
        KEPT.write_text(json.dumps(kept, indent=2) + "\n")
        _tell(f"\n{here}, {taken} s. Written to {KEPT.relative_to(ROOT)}.")
    if asked.charts:
        draw(kept)
    return 0


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def draw(kept: dict[str, Any]) -> None:
    """A chart of each kind that was measured."""
    for kind, (title, sizes) in KINDS.items():
        if kind in kept:
            target = IMAGES / f"curves-{kind}.svg"
            target.write_text(drawing.chart(title, sizes, kept[kind]["points"]))
            _tell(f"Drawn: {target.relative_to(ROOT)}")


def _points(kind: str, tickets: int | None, *, quick: bool) -> Iterator[dict[str, Any]]:
    if kind != "tickets":
        yield from _part(kind, *(["--quick"] if quick else []))
        return
    for size in _sizes(tickets, quick=quick):
        yield from _part(kind, "--tickets", str(size), *(["--quick"] if quick else []))


def _sizes(tickets: int | None, *, quick: bool) -> Sequence[int]:
    if quick:
        return FEW_TICKETS
    most = tickets or _MADE_UNASKED
    return [size for size in TICKETS if size <= most or Store(ROOT / "var", size).complete]


def _part(*arguments: str) -> Iterator[dict[str, Any]]:
    """What a process of its own measures, as it comes. Raises where it fails."""
    command = [sys.executable, "-m", "tests.bench.part", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield from map(json.loads, process.stdout)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)


_HEAD = (
    f"{'':<22}{'size':>10}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'floor p50':>11}{'p95':>8}{'p99':>8}"
    f"{'× floor':>9}{'stmts':>7}{'read':>8}{'written':>9}"
)


def row(point: dict[str, Any]) -> str:
    """For people. Over HTTP nobody counts statements and rows: it is requests a second there, ours and the floor's."""
    times = (
        f"{point['operation']:<22}{point['size']:>10,}{point['p50_ms']:>9.1f}{point['p95_ms']:>9.1f}"
        f"{point['p99_ms']:>9.1f}{point['floor_p50_ms']:>11.1f}{point['floor_p95_ms']:>8.1f}"
        f"{point['floor_p99_ms']:>8.1f}"
    )
    if "per_second" in point:
        return f"{times}   {point['per_second']:g} a second, floor {point['floor_per_second']:g}"
    return (
        f"{times}{point['times_floor']:>9.1f}{point['statements']:>7}{point['rows_read']:>8}"
        f"{point['rows_written']:>9}"
    )
