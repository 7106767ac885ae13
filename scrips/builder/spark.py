"""What a rule did on each of the last days, as a small drawing beside its numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from scrips.activity import Activity, Day

_STEP, _WIDTH, _HEIGHT = 6, 4, 18


@dataclass(frozen=True, slots=True)
class Bar:
    """A day: its bar, and the part of it that failed, from the top down. `told` says all of it in words. What is drawn
    is text, since a drawing's numbers are nobody's language."""

    day: str
    told: str
    runs: int
    failed: int
    x: str
    y: str
    height: str
    failed_height: str


@dataclass(frozen=True, slots=True)
class Spark:
    """A drawing of `width` by `height`."""

    bars: Sequence[Bar]
    width: int
    height: int = _HEIGHT

    @property
    def busy(self) -> list[Bar]:
        """The days with any, newest first."""
        return [each for each in reversed(self.bars) if each.runs]


def spark(found: Activity, named: Callable[[date], str]) -> Spark:
    """Of a rule's activity, with the days' names. A day with any has a mark that can be seen, however much there is on
    others."""
    top = max(each.runs for each in found.days)
    words = _("%(day)s: %(runs)d, %(failed)d failed")
    bars = []
    for at, each in enumerate(found.days):
        day = named(each.day)
        told = words % {"day": day, "runs": each.runs, "failed": each.failed}
        bars.append(_bar(at, each, top, day=day, told=told))
    return Spark(bars, _STEP * len(bars))


def _bar(at: int, done: Day, top: int, **said: str) -> Bar:
    height = max(2, round(done.runs / top * _HEIGHT)) if done.runs else 0
    failed = max(2, round(height * done.failed / done.runs)) if done.failed else 0
    return Bar(
        **said,
        runs=done.runs,
        failed=done.failed,
        x=str(at * _STEP),
        y=str(_HEIGHT - height),
        height=str(height),
        failed_height=str(min(failed, height)),
    )
