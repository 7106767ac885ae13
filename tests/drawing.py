"""
How values are drawn for the tests of properties (hypothesis).

The gate draws the same values at every run: it answers for a change, and what a change has not touched cannot fail
beside it. Who looks for faults (`make fuzz`) draws others each time, and many times as many.
"""

import os

from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

# 0 at the gate; else how many times as many examples.
TIMES = int(os.environ.get("TESSERA_FUZZ", "0"))


def examples(number: int) -> int:
    """For `max_examples`: so many at the gate, and more in a search."""
    return number * max(TIMES, 1)


def load() -> None:
    """Name the profile of this run, before a test is collected."""
    # How fast values are drawn says how busy the machine is, not whether the code is right.
    # And a test with a fixture sets back by itself what an example leaves there.
    checks = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
    calm = settings(deadline=None, suppress_health_check=checks)
    settings.register_profile("gate", calm, derandomize=True)
    settings.register_profile("fuzz", calm, max_examples=examples(100))
    settings.load_profile("fuzz" if TIMES else "gate")
    if not TIMES:
        # It would draw from the constants of what modules happen to be loaded: others in each worker.
        nothing = Constants()
        providers._get_local_constants = lambda: nothing
