"""What is loaded once is set aside, and what comes after it is cleared away in time."""

import subprocess
import sys

_PROGRAM = """
import gc, weakref
from tessera.lib import codememory

code = [[number] for number in range(800_000)]
codememory.set_aside()
print(gc.get_freeze_count() >= len(code))

class Circle:
    def __init__(self):
        self.itself = self

# Long-lived, as a connection is; then given up, as where it breaks.
circles = [Circle() for _ in range(2_000)]
gc.collect(1)
there = [weakref.ref(each) for each in circles]
circles.clear()
for _ in range(100):  # other work goes on, some of which is kept
    code.append([[] for _ in range(1_000)])
print(sum(each() is not None for each in there))
"""


def test_what_is_given_up_later_is_cleared_away_though_much_code_was_set_aside() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )

    assert told.stdout.split() == ["True", "0"]
