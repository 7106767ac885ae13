"""What a piece of work takes, whatever else this process has done and this machine does."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection
from django.test.utils import CaptureQueriesContext


@dataclass
class Cost:
    """`seconds` of this thread's CPU, once the work is done."""

    seconds: float = 0.0


@contextmanager
def cost() -> Iterator[Cost]:
    """Counts the CPU of the block's own work.

    What earlier tests left alive is kept from the garbage collector meanwhile: many small objects
    wake it, and it would go through all the rest of the process again and again.
    """
    taken = Cost()
    gc.freeze()
    begun = time.thread_time()
    try:
        yield taken
    finally:
        taken.seconds = time.thread_time() - begun
        gc.unfreeze()


@contextmanager
def asked() -> Iterator[list[str]]:
    """The statements of the block, once it is done, without those that set how long others may take.

    How many of these there are is the planner's choice: it goes by the size of the tables, and so by all that ran
    before in this database.
    """
    told: list[str] = []
    with CaptureQueriesContext(connection) as seen:
        yield told
    texts = (each["sql"] for each in seen.captured_queries)
    told += [text for text in texts if "'statement_timeout'" not in text]
