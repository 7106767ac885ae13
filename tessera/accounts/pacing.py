"""How long to wait after how many tries. Pure: knows no table, no clock and no request."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

# The pause stops growing by then, whatever its step; and so long takes a gate at most to forget, times `each`.
_LONGEST_GROWTH = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """`free` tries follow each other at will. Then the next waits `step`, the one after it twice as long, up to `cap`.

    One try is forgotten every `each`. No pause is longer than `cap`: nobody is locked out for good.
    """

    free: int
    each: timedelta
    step: timedelta
    cap: timedelta


@dataclass(frozen=True, slots=True)
class Tally:
    """The tries that are not forgotten yet, as of `at`, and until when the next has to wait."""

    level: float
    at: datetime
    shut_until: datetime

    @classmethod
    def fresh(cls, now: datetime) -> "Tally":
        return cls(0.0, now, now)

    def wait(self, now: datetime) -> timedelta:
        """How long the next try has to wait; none where it need not."""
        return max(self.shut_until - now, timedelta(0))

    def counted(self, pace: Pace, now: datetime) -> "Tally":
        """After one more try, now."""
        level = min(self._left(pace, now) + 1, float(pace.free + _LONGEST_GROWTH))
        beyond = round(level) - pace.free  # what was forgotten while waiting holds nothing back
        pause = min(pace.step * 2**beyond, pace.cap) if beyond >= 0 else timedelta(0)
        return Tally(level, now, now + pause)

    def given_back(self) -> "Tally":
        """After a try that turned out to be right, which counts for nothing."""
        return replace(self, level=max(self.level - 1, 0.0), shut_until=self.at)

    def _left(self, pace: Pace, now: datetime) -> float:
        return max(self.level - max(now - self.at, timedelta(0)) / pace.each, 0.0)
