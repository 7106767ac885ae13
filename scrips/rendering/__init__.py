"""The sandbox in which texts that people wrote are evaluated: `validate()`, `render()`."""

from scrips.rendering.errors import RenderFailed, TemplateInvalid
from scrips.rendering.template import render, validate
from scrips.rendering.values import Facts

__all__ = ["Facts", "RenderFailed", "TemplateInvalid", "render", "validate"]
