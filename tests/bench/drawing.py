"""Curves as an SVG file for a page of the docs: on a ground of its own, light or dark as the reader has it, the curves
told apart by dash, mark and name as well as by colour."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Any

WIDTH, HEIGHT = 820, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 640, 62, 356
_APART = 16.0
_NEWLINE = "\n"
_TOLD = "Milliseconds at the median; thin and dotted, its end marked alike, the floor: the same rows by psycopg"
_DASHES = ("", "9 4", "3 3", "12 4 3 4", "6 2 2 2", "1 4", "16 5")
_LIGHT = ("#0b5cad", "#a3470b", "#0f6e4f", "#8a2f7b", "#6b5900", "#444b54", "#b3261e")
_DARK = ("#79b8ff", "#ffab70", "#6fdcb0", "#e8a3dd", "#e0cf6b", "#c3cad2", "#ff9c93")


@dataclass(frozen=True, slots=True)
class Curve:
    """Milliseconds by size."""

    name: str
    ours: Sequence[tuple[float, float]]
    floor: Sequence[tuple[float, float]]


def curves_of(points: Sequence[Mapping[str, Any]]) -> list[Curve]:
    """One of each operation, of the medians, in the order in which they come."""
    return [
        Curve(
            name,
            [(each["size"], each["p50_ms"]) for each in points if each["operation"] == name],
            [(each["size"], each["floor_p50_ms"]) for each in points if each["operation"] == name],
        )
        for name in dict.fromkeys(each["operation"] for each in points)
    ]


def chart(title: str, sizes: str, points: Sequence[Mapping[str, Any]]) -> str:
    """The file's text: both axes logarithmic, the floor of each curve beside it, thin and dotted."""
    curves = curves_of(points)
    scale = _Scale.of(curves)
    told = "; ".join(f"{curve.name}: {_spoken(curve)}" for curve in curves)
    drawn = [*_grid(scale, sizes), *_labels(curves, scale)]
    for number, curve in enumerate(curves):
        drawn.append(_line(scale, curve.floor, number, "floor"))
        drawn.append(_line(scale, curve.ours, number, "ours"))
        drawn += [_mark(scale, *point, number) for point in (*curve.ours, curve.floor[-1])]
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"
 role="img" aria-labelledby="title told">
<title id="title">{escape(title)}</title>
<desc id="told">Milliseconds at the median. {escape(told)}.</desc>
<style>{_style(len(curves))}</style>
<rect class="ground" x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" rx="8"/>
<text class="title" x="20" y="28">{escape(title)}</text>
<text class="small" x="20" y="47">{_TOLD}</text>
{_NEWLINE.join(drawn)}
</svg>
"""


def _spoken(curve: Curve) -> str:
    return ", ".join(f"{_read(ms)} at {size:,}" for size, ms in curve.ours)


def _read(ms: float) -> str:
    return f"{ms:,.0f}" if ms >= 100 else f"{ms:.3g}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """From sizes and ms to places, both by their logarithms."""

    sizes: Sequence[float]
    low: float
    high: float

    @classmethod
    def of(cls, curves: Sequence[Curve]) -> "_Scale":
        both = [point for curve in curves for point in (*curve.ours, *curve.floor)]
        values = [max(ms, 0.01) for _size, ms in both]
        return cls(
            sorted({size for size, _ms in both}),
            log10(min(values)) - 0.05,
            log10(max(values)) + 0.05,
        )

    def x(self, size: float) -> float:
        first, last = log10(self.sizes[0]), log10(self.sizes[-1])
        part = (log10(size) - first) / (last - first) if last > first else 0.5
        return round(_LEFT + 24 + part * (_RIGHT - _LEFT - 48), 1)

    def y(self, ms: float) -> float:
        part = (log10(max(ms, 0.01)) - self.low) / (self.high - self.low)
        return round(_BOTTOM - part * (_BOTTOM - _TOP - 10), 1)

    @property
    def levels(self) -> list[float]:
        """Round numbers of ms within it: 1, 2 and 5 of each power of ten."""
        powers = range(floor(self.low), floor(self.high) + 1)
        every = [part * 10.0**power for power in powers for part in (1, 2, 5)]
        return [ms for ms in every if self.low <= log10(ms) <= self.high]


def _grid(scale: _Scale, sizes: str) -> list[str]:
    found = []
    for ms in scale.levels:
        y = scale.y(ms)
        found.append(f'<path class="grid" d="M{_LEFT} {y}H{_RIGHT}"/>')
        found.append(f'<text class="small end" x="{_LEFT - 8}" y="{y + 4}">{ms:,g}</text>')
    for size in scale.sizes:
        x = scale.x(size)
        found.append(f'<path class="grid" d="M{x} {_TOP}V{_BOTTOM}"/>')
        found.append(f'<text class="small middle" x="{x}" y="{_BOTTOM + 18}">{size:,}</text>')
    middle = (_LEFT + _RIGHT) / 2
    found.append(
        f'<text class="small middle" x="{middle}" y="{_BOTTOM + 40}">{escape(sizes)}</text>'
    )
    return found


def _line(scale: _Scale, points: Sequence[tuple[float, float]], number: int, kind: str) -> str:
    places = " ".join(f"{scale.x(size)},{scale.y(ms)}" for size, ms in points)
    dash = "1 3" if kind == "floor" else _DASHES[number % len(_DASHES)]
    return f'<polyline class="{kind} c{number}" points="{places}" stroke-dasharray="{dash or "none"}"/>'


def _mark(scale: _Scale, size: float, ms: float, number: int) -> str:
    """A shape for each curve: disc, square, triangle, diamond, cross, ring, and the other triangle."""
    x, y = scale.x(size), scale.y(ms)
    shapes = (
        f'<circle class="m{number}" cx="{x}" cy="{y}" r="4"/>',
        f'<path class="m{number}" d="M{x - 4} {y - 4}h8v8h-8z"/>',
        f'<path class="m{number}" d="M{x} {y - 5}l5 9h-10z"/>',
        f'<path class="m{number}" d="M{x} {y - 6}l5 6-5 6-5-6z"/>',
        f'<path class="c{number}" d="M{x - 4} {y - 4}l8 8m0-8l-8 8"/>',
        f'<circle class="c{number}" cx="{x}" cy="{y}" r="4"/>',
        f'<path class="m{number}" d="M{x} {y + 5}l5-9h-10z"/>',
    )
    return shapes[number % len(shapes)]


def _labels(curves: Sequence[Curve], scale: _Scale) -> list[str]:
    """The name of each curve beside its end, pushed down where another stands, and its mark again."""
    ends = sorted((scale.y(curve.ours[-1][1]), number) for number, curve in enumerate(curves))
    found: list[str] = []
    at = _TOP - _APART
    # As high as they may stand, so that the last has room.
    for place, (y, number) in enumerate(ends):
        lowest = _BOTTOM - (len(ends) - 1 - place) * _APART
        at = max(at + _APART, min(y, lowest))
        size, ms = curves[number].ours[-1]
        found.append(
            f'<path class="lead c{number}" d="M{scale.x(size) + 7} {scale.y(ms)}L{_RIGHT + 8} {round(at, 1)}"/>'
        )
        text = f"{curves[number].name}, {_read(ms)}"
        found.append(
            f'<text class="t{number}" x="{_RIGHT + 12}" y="{round(at + 4, 1)}">{escape(text)}</text>'
        )
    return found


def _style(count: int) -> str:
    def colors(palette: Sequence[str]) -> str:
        return "".join(
            f".c{n}{{stroke:{color}}}.m{n},.t{n}{{fill:{color}}}"
            for n, color in ((n, palette[n % len(palette)]) for n in range(count))
        )

    return (
        "text{font:13px system-ui,sans-serif}.title{font-size:16px;font-weight:600}.small{font-size:12px}"
        ".middle{text-anchor:middle}.end{text-anchor:end}"
        "polyline,path{fill:none}.ours{stroke-width:2}.floor{stroke-width:1.2}.lead{stroke-width:.7}"
        ".ground{fill:#fff;stroke:#d5d9de}.grid{stroke:#e4e7eb}.title{fill:#1c2128}.small{fill:#4a525c}"
        f"path,circle{{stroke-width:1.6}}circle{{fill:none}}{colors(_LIGHT)}"
        "@media(prefers-color-scheme:dark){.ground{fill:#161b22;stroke:#30363d}.grid{stroke:#2b323b}"
        f".title{{fill:#eef1f4}}.small{{fill:#b1bac4}}{colors(_DARK)}}}"
    )
