"""An entry of the log in words: what was done, from what, to what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tessera.lib import moments
from tickets.config import Config
from tickets.models.ticket import ticket_key
from tickets.outcome import Entry
from tickets.people import People


@dataclass(frozen=True, slots=True)
class Rule:
    """The scrip that made an entry; `exists` says whether it can still be looked at."""

    id: int
    name: str
    exists: bool


@dataclass(frozen=True, slots=True)
class Value:
    """A value as text. `kind` is a status's kind, or empty."""

    text: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """`did`, as in “set Priority”, with the value before and after where there is one."""

    did: str
    old: Value | None = None
    new: Value | None = None


def people_in(entries: Iterable[Entry]) -> set[int]:
    """The users that the entries' values name by id."""
    owners = [entry for entry in entries if (entry.type, entry.field) == ("Set", "owner")]
    return {v for entry in owners for v in (entry.old_value, entry.new_value) if v is not None}


def roles() -> dict[str, str]:
    """The roles of watchers in words."""
    return {"requestor": _("requestor"), "cc": _("Cc"), "admin_cc": _("AdminCc")}


def directions() -> dict[str, str]:
    """The directions of links in words."""
    return {
        "depends_on": _("Depends on"),
        "depended_on_by": _("Depended on by"),
        "parents": _("Parent"),
        "children": _("Child"),
        "refers_to": _("Refers to"),
        "referred_to_by": _("Referred to by"),
    }


@dataclass(frozen=True, slots=True)
class Reading:
    """Puts entries into words with the names that the configuration and the people have today."""

    config: Config
    people: People

    def phrase(self, entry: Entry) -> Phrase:
        """What the entry says. A type that is not known here is named as the log names it."""
        told = {
            "Create": self._created,
            "StatusChange": self._status,
            "Set": self._set,
            "CustomField": self._field,
            "AddWatcher": self._watcher,
            "DelWatcher": self._watcher,
            "AddLink": self._link,
            "DeleteLink": self._link,
        }.get(entry.type)
        return told(entry) if told else Phrase(self._plain(entry))

    def will(self, entry: Entry) -> Phrase:
        """The same of what is not done yet: what is named becomes another."""
        told = self.phrase(entry)
        if entry.type == "Create":
            queue = self._queue(entry.data["values"]["queue"])
            return Phrase(_("A new ticket in %(queue)s") % {"queue": queue.text})
        named = {
            "Comment": _("A comment inside"),
            "Correspond": _("A reply"),
            "StatusChange": _("Status"),
            "Set": _sentence(self._set_names().get(entry.field, entry.field)),
            "CustomField": self.config.field_name(entry.field),
        }
        return Phrase(named.get(entry.type, told.did), told.old, told.new)

    def _plain(self, entry: Entry) -> str:
        return {
            "Comment": _("commented"),
            "Correspond": _("replied"),
            "EmailRecord": _("sent a mail to %(to)s") % {"to": _receivers(entry)},
            "WebhookDelivery": _("called %(url)s") % {"url": entry.data.get("url", "")},
            "ScripError": _("failed: %(error)s") % {"error": entry.data.get("error", "")},
        }.get(entry.type, entry.type)

    def _created(self, entry: Entry) -> Phrase:
        queue = self._queue(entry.data["values"]["queue"])
        return Phrase(_("opened this ticket in %(queue)s") % {"queue": queue.text})

    def _status(self, entry: Entry) -> Phrase:
        old, new = entry.data.get("kinds", ["inactive", "inactive"])
        return Phrase(
            _("changed the status"), Value(entry.old_value, old), Value(entry.new_value, new)
        )

    def _set(self, entry: Entry) -> Phrase:
        name = self._set_names().get(entry.field, entry.field)
        show = {"queue": self._queue, "owner": self._person, "due_at": _moment}
        read = show.get(entry.field, _value)
        return Phrase(
            _("set %(name)s") % {"name": name}, read(entry.old_value), read(entry.new_value)
        )

    def _set_names(self) -> dict[str, str]:
        return {
            "subject": _("the subject"),
            "queue": _("the queue"),
            "owner": _("the owner"),
            "priority": _("the priority"),
            "due_at": _("the due date"),
        }

    def _field(self, entry: Entry) -> Phrase:
        name = self.config.field_name(entry.field)
        if hidden_by := entry.data.get("hidden_by"):
            told = _("cleared %(name)s, which %(other)s hides now")
            words = {"name": name, "other": self.config.field_name(hidden_by)}
            return Phrase(told % words, _value(entry.old_value), _value(entry.new_value))
        return Phrase(
            _("set %(name)s") % {"name": name}, _value(entry.old_value), _value(entry.new_value)
        )

    def _watcher(self, entry: Entry) -> Phrase:
        role = roles().get(entry.field, entry.field)
        if entry.type == "AddWatcher":
            return Phrase(_("added as %(role)s") % {"role": role}, new=Value(entry.new_value))
        return Phrase(_("removed as %(role)s") % {"role": role}, new=Value(entry.old_value))

    def _link(self, entry: Entry) -> Phrase:
        direction = directions().get(entry.field, entry.field)
        other = entry.new_value or entry.old_value
        told = _("linked: %(link)s") if entry.type == "AddLink" else _("unlinked: %(link)s")
        name = _("a ticket that you may not see") if other is None else ticket_key(other)
        return Phrase(told % {"link": direction}, new=Value(name))

    def _queue(self, number: Any) -> Value:
        queue = self.config.queues.get(number)
        return Value(queue.name if queue else str(number))

    def _person(self, number: Any) -> Value:
        if number is None:
            return Value(_("nobody"))
        person = self.people.by_id(number)
        return Value(person.name if person else str(number))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _receivers(entry: Entry) -> str:
    named = [*entry.data.get("to", ()), *entry.data.get("cc", ()), *entry.data.get("bcc", ())]
    shown = ", ".join(named[:3])
    more = len(named) - 3
    return shown if more <= 0 else _("%(shown)s and %(more)d more") % {"shown": shown, "more": more}


def _moment(raw: Any) -> Value:
    return Value(_("none") if raw is None else moments.short(datetime.fromisoformat(raw)))


def plain(raw: Any) -> str:
    """A value of a field as text."""
    if raw is None or raw in ("", []):
        return _("empty")
    if isinstance(raw, bool):
        return _("yes") if raw else _("no")
    if isinstance(raw, list):
        return ", ".join(plain(item) for item in raw)
    return str(raw)


def _value(raw: Any) -> Value:
    return Value(plain(raw))
