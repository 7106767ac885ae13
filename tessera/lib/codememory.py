"""The garbage collector and the code: what was loaded lives as long as the process, and need not be looked through."""

import gc


def set_aside() -> None:
    """Once everything is loaded. A full collection went through 210,000 objects of code and took 140 ms, in the middle
    of some request; after this it takes 4 ms."""
    gc.collect()
    gc.freeze()
