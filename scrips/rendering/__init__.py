"""The sandbox in which texts that people wrote are evaluated: `validate()`, `render()`."""

from scrips.rendering.errors import RenderFailed, TemplateInvalid
from scrips.rendering.methods import Method
from scrips.rendering.template import render, validate
from scrips.rendering.values import Facts, Later

__all__ = ["Facts", "Later", "Method", "RenderFailed", "TemplateInvalid", "render", "validate"]
