"""The cast, for every module of the matrix."""

from tests.matrix.cast import cast, undone

__all__ = ["cast", "undone"]
