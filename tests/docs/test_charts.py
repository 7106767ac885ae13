"""The curves of cost against size, as `make bench` draws them."""

import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench import drawing
from tests.bench.growth import IMAGES, KINDS

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = sorted(IMAGES.glob("curves-*.svg"))


def point(operation: str, size: int, ms: float) -> dict[str, object]:
    return {"operation": operation, "size": size, "p50_ms": ms, "floor_p50_ms": ms / 4}


def drawn(*points: dict[str, object]) -> ElementTree.Element:
    return ElementTree.fromstring(drawing.chart("Cost <of> rules", "rules & more", points))  # noqa: S314  # our own


def test_a_chart_says_in_words_what_it_draws() -> None:
    chart = drawn(point("create", 20, 10.0), point("create", 2_000, 11.5), point("read", 20, 3.0))

    title, told = chart.find(f"{SVG}title"), chart.find(f"{SVG}desc")
    assert title is not None
    assert told is not None
    assert chart.get("aria-labelledby") == f"{title.get('id')} {told.get('id')}"
    assert title.text == "Cost <of> rules"
    assert told.text == (
        "Milliseconds at the median. create: 10 at 20, 11.5 at 2,000; read: 3 at 20."
    )


def test_curves_are_told_apart_without_color() -> None:
    names = [f"operation {number}" for number in range(7)]
    chart = drawn(*(point(name, size, 5.0) for name in names for size in (1, 10)))

    ours = chart.findall(f"{SVG}polyline[@stroke-dasharray]")
    dashes = [line.get("stroke-dasharray") for line in ours if "ours" in str(line.get("class"))]
    assert len(set(dashes)) == len(names)
    labels = {text.text: float(text.get("y", 0)) for text in chart.findall(f"{SVG}text")}
    heights = sorted(labels[f"{name}, 5"] for name in names)
    assert all(low - high >= 12 for high, low in pairwise(heights))


def test_one_size_alone_can_be_drawn() -> None:
    assert drawn(point("read", 8, 3.0)).findall(f"{SVG}polyline")


@pytest.mark.parametrize("path", DRAWN, ids=lambda path: path.stem)
def test_a_chart_of_the_docs_is_of_a_kind_that_is_measured_and_is_shown(path: Path) -> None:
    shown = re.findall(
        r"!\[[^\]]+\]\(images/([^)]+)\)", (IMAGES.parent / "performance.md").read_text()
    )

    assert path.stem.removeprefix("curves-") in KINDS
    assert path.name in shown
    assert ElementTree.parse(path).getroot().tag == f"{SVG}svg"  # noqa: S314  # our own
