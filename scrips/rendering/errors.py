"""What can go wrong with a template: when it is saved, and when it is rendered."""

from django.utils.translation import gettext
from jinja2.exceptions import TemplateRuntimeError


class TemplateTextError(Exception):
    """A fault of a template at a line of it (from 1), with its reason in words."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(line, reason)
        self.line = line
        self.reason = reason

    def __str__(self) -> str:
        return gettext("line %(line)d: %(reason)s") % {"line": self.line, "reason": self.reason}


class TemplateInvalid(TemplateTextError):
    """The template does not parse, asks for too much, or names what does not exist."""


class RenderFailed(TemplateTextError):
    """The template could not be rendered with these values within its bounds."""


class OverrunError(TemplateRuntimeError):
    """The template went over one of its bounds while it was rendered."""
