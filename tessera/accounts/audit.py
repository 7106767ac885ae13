"""The audit: what was done besides work on tickets, by whom, from where. Written here alone, and never changed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from django.db import connection, models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tessera.accounts.models import AuditEntry
from tessera.accounts.snapshots import Snapshot, differences, snapshot
from tessera.lib import clock
from tessera.lib.client import current_address
from tessera.lib.errors import NotFound
from tessera.lib.logs import current_request_id

M = TypeVar("M", bound=models.Model)

# Names the lock under which configuration is written; any number that nobody else uses.
_TURNS = 0x7E55E7A_A0D17

KINDS: dict[str, str | Promise] = {
    "login": _("logged in"),
    "login_failed": _("failed to log in"),
    "login_throttled": _("was refused after too many tries"),
    "logout": _("logged out"),
    "session_revoked": _("a copied login was ended"),
    "password_changed": _("changed a password"),
    "password_reset_requested": _("asked for a new password"),
    "login_link_requested": _("asked for a link to log in"),
    "token_created": _("made an API token"),
    "token_changed": _("changed an API token"),
    "token_revoked": _("revoked an API token"),
    "token_used": _("used an API token"),
    "user_added": _("added a user"),
    "user_changed": _("changed a user"),
    "user_disabled": _("disabled a user"),
    "user_enabled": _("enabled a user"),
    "grant_added": _("granted a role"),
    "grant_changed": _("changed a grant"),
    "grant_ended": _("ended a grant"),
    "configuration_added": _("added configuration"),
    "configuration_changed": _("changed configuration"),
    "configuration_deleted": _("deleted configuration"),
    "configuration_applied": _("applied a configuration file"),
}

# model → the kinds of adding, changing and deleting a row of it; whatever is not here is configuration.
_OF_MODEL: dict[str, tuple[str, str, str]] = {
    "user": ("user_added", "user_changed", "user_disabled"),
    "apitoken": ("token_created", "token_changed", "token_revoked"),
    "grant": ("grant_added", "grant_changed", "grant_ended"),
}
_CONFIGURATION = ("configuration_added", "configuration_changed", "configuration_deleted")


class Somebody(Protocol):
    """A user, or a person as the rooms to the right know him."""

    @property
    def id(self) -> int | None: ...

    @property
    def username(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """What was acted on. It may be gone when the entry is read."""

    type: str
    id: int | None
    name: str

    @classmethod
    def of(cls, row: models.Model) -> "Subject":
        return cls(str(row._meta.model_name), row.pk, str(row))  # noqa: SLF001  # documented, whatever its name


def note(
    kind: str,
    *,
    actor: Somebody | None = None,
    subject: Subject | models.Model | None = None,
    changes: Snapshot | None = None,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry: one statement, in the transaction that is open, if there is one.

    `changes` is `{"field": [old, new]}` as `differences` gives it, without secrets. Address and request are those of
    the request that is being answered.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind of audit entry: {kind!r}")
    told = Subject.of(subject) if isinstance(subject, models.Model) else subject
    AuditEntry.objects.create(
        at=clock.now(),
        kind=kind,
        actor_id=actor.id if actor else None,
        actor_name=_plain(actor.username, 150) if actor else "",
        subject_type=told.type if told else "",
        subject_id=told.id if told else None,
        subject_name=_plain(told.name, 200) if told else "",
        changes=dict(changes or {}),
        facts=dict(facts or {}),
        address=current_address(),
        request_id=current_request_id(),
    )


def added(row: models.Model, *, actor: Somebody | None) -> None:
    """A row was made: all that it holds is new."""
    note(_kinds(row)[0], actor=actor, subject=row, changes=differences(None, snapshot(row)))


def deleted(row: models.Model, *, actor: Somebody | None) -> None:
    """A row is about to be deleted: called while it is still there."""
    note(_kinds(row)[2], actor=actor, subject=row, changes=differences(snapshot(row), None))


def changed(row: models.Model, before: Snapshot, *, actor: Somebody | None) -> None:
    """A row was written; `before` is what it was. Nothing is noted where nothing changed.

    A password, and a user who is disabled or enabled, have kinds of their own.
    """
    changes = differences(before, snapshot(row))
    if row._meta.model_name == "user":  # noqa: SLF001  # documented, whatever its name
        if changes.pop("password", None) is not None:
            note("password_changed", actor=actor, subject=row)
        if turned := changes.pop("disabled", None):
            kind = "user_disabled" if turned[1] else "user_enabled"
            note(kind, actor=actor, subject=row, changes={"disabled": turned})
    if changes:
        note(_kinds(row)[1], actor=actor, subject=row, changes=changes)


@contextmanager
def watching(row: M, *, actor: Somebody | None, rows: models.QuerySet[M]) -> Iterator[M]:
    """One transaction in which the row is changed or deleted, and noted so.

    Gives the row as it is now, from `rows`. Who comes through here takes turns: the second sees what the first made of
    the row, and saves none of the old values over it. One lock for all, taken before any row's: those who change
    several rows at once (roles) lock them in an order of their own. Raises NotFound where the row is gone.
    """
    with transaction.atomic():
        take_turns()
        held = rows.filter(pk=row.pk).first()
        if held is None:
            raise NotFound(_("There is no such thing here."))
        before, told = snapshot(held), Subject.of(held)
        yield held
        left = type(row)._base_manager.filter(pk=row.pk).first()  # noqa: SLF001  # documented, whatever its name
        if left is None:
            kind = _kinds(row)[2]
            note(kind, actor=actor, subject=told, changes=differences(before, None))
        else:
            changed(left, before, actor=actor)


def take_turns() -> None:
    """Wait for whoever else writes configuration; others wait until the open transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURNS])


def _kinds(row: models.Model) -> tuple[str, str, str]:
    return _OF_MODEL.get(str(row._meta.model_name), _CONFIGURATION)  # noqa: SLF001  # documented, whatever its name


def _plain(text: str, longest: int) -> str:
    """What the database takes: it refuses NUL and half surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")[:longest]
