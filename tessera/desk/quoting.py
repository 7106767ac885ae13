"""What somebody said, quoted in an answer."""

from dataclasses import replace

from django.utils.translation import gettext as _

from tessera.desk.draft import COMMENT, Draft
from tessera.desk.timeline import Event
from tessera.lib import moments


def heading(event: Event) -> str:
    """Who said it and when, in the reader's zone."""
    who = event.rule or event.who
    return _("%(name)s, %(when)s:") % {
        "name": who.name if who else _("Somebody"),
        "when": moments.short(event.at),
    }


def quoted(event: Event) -> str:
    """The message as a Markdown quote, with an empty line to go on after; empty where nothing was said."""
    if event.said is None:
        return ""
    lines = "\n\n".join(event.said.paragraphs).split("\n")
    marked = "\n".join(f"> {line}".rstrip() for line in lines)
    return f"{heading(event)}\n{marked}\n\n"


def answering(event: Event, draft: Draft, *, may_comment: bool) -> Draft:
    """The draft with the quote. What is internal is quoted in comments alone, never in what customers read."""
    internal = event.said is not None and event.said.internal
    if internal and not may_comment:
        return draft
    return replace(draft, kind=COMMENT if internal else draft.kind, content=quoted(event))
