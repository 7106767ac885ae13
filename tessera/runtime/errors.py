"""The one kind of error that the runtime shows to the person who started it."""


class CannotRun(Exception):
    """`tessera up` cannot run: the one line that it prints before it ends with exit code 2."""
