"""The sandbox in which texts that people wrote are evaluated: `validate()`, `render()`."""

from scrips.rendering.errors import RenderFailed, TemplateInvalid
from scrips.rendering.methods import Method
from scrips.rendering.readers import ZONE
from scrips.rendering.template import faults, render, validate
from scrips.rendering.values import Facts, Later

__all__ = [
    "ZONE",
    "Facts",
    "Later",
    "Method",
    "RenderFailed",
    "TemplateInvalid",
    "faults",
    "render",
    "validate",
]
