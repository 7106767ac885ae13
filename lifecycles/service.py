"""Making lifecycles and publishing their versions. Asks no rights: whoever calls has asked them."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, IntegrityError, transaction
from django.utils.translation import gettext as _

from lifecycles.definition import CheckGuard, Fault, Parsed, check_storable, parse
from lifecycles.models import Lifecycle, LifecycleVersion
from tessera.accounts.models import User
from tessera.lib import clock, values
from tessera.lib.errors import Invalid

_LONGEST_NAME = 100
_LONGEST_NOTE = 500


def refuse_guard(_guard: str) -> str:
    """What is wrong with every guard where nobody who can read them was given: a lie would be worse than a refusal."""
    return _("nobody can read guards here, so a transition can't have one")


class DefinitionInvalid(Invalid):
    """The definition has faults; each is named with its place."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(_by_field(faults))


def create(
    name: object,
    raw: object,
    *,
    actor: User | None,
    note: str = "",
    check_guard: CheckGuard | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Lifecycle:
    """Make a lifecycle with its first version. Raises `Invalid` that names every fault of both."""
    errors: dict[str, list[str]] = {}
    try:
        title = _checked_name(name)
    except Invalid as error:
        errors |= error.errors
    parsed = parse(raw, check_guard=check_guard or refuse_guard)
    if parsed.faults and not errors:
        raise DefinitionInvalid(parsed.faults)
    if errors:
        raise Invalid(errors | _by_field(parsed.faults))
    try:
        with transaction.atomic(using=using):
            lifecycle = Lifecycle.objects.using(using).create(name=title)
            publish(lifecycle, raw, actor=actor, note=note, check_guard=check_guard)
    except IntegrityError as error:
        raise _taken(error) from error
    return lifecycle


def rename(lifecycle: Lifecycle, name: object) -> None:
    """Give it another name. Raises `Invalid` where there is such a lifecycle (in any case)."""
    lifecycle.name = _checked_name(name)
    try:
        with transaction.atomic(using=lifecycle._state.db):  # noqa: SLF001  # Django's documented way to ask
            lifecycle.save(update_fields=["name"])
    except IntegrityError as error:
        raise _taken(error) from error


def publish(
    lifecycle: Lifecycle,
    raw: object,
    *,
    actor: User | None,
    note: str = "",
    check_guard: CheckGuard | None = None,
) -> LifecycleVersion:
    """Make `raw` the version that new tickets take; others keep theirs.

    The next number is given under a lock of the lifecycle's row. What is already the current
    definition makes no new version. Raises `DefinitionInvalid`.
    """
    parsed = parse(raw, check_guard=check_guard or refuse_guard)
    if parsed.definition is None:
        raise DefinitionInvalid(parsed.faults)
    using = lifecycle._state.db or DEFAULT_DB_ALIAS  # noqa: SLF001  # Django's documented way to ask
    with transaction.atomic(using=using):
        locked = Lifecycle.objects.using(using).select_for_update().get(pk=lifecycle.pk)
        digest = digest_of(raw)
        version = _current_with(locked, digest) or _append(locked, raw, digest, actor, note)
    lifecycle.current = version
    return version


def save_draft(lifecycle: Lifecycle, raw: object) -> Parsed:
    """Keep a definition that may still have faults, and give what they are. Publishes nothing.

    Raises `DefinitionInvalid` for what can't be stored as JSON.
    """
    if faults := check_storable(raw):
        raise DefinitionInvalid(faults)
    lifecycle.draft = raw
    lifecycle.save(update_fields=["draft"])
    return parse(raw)


def publish_draft(
    lifecycle: Lifecycle,
    *,
    actor: User | None,
    note: str = "",
    check_guard: CheckGuard | None = None,
) -> LifecycleVersion:
    """Publish the draft and clear it. Raises `Invalid` without a draft, `DefinitionInvalid` with a faulty one."""
    using = lifecycle._state.db or DEFAULT_DB_ALIAS  # noqa: SLF001  # Django's documented way to ask
    with transaction.atomic(using=using):
        locked = Lifecycle.objects.using(using).select_for_update().get(pk=lifecycle.pk)
        if locked.draft is None:
            raise Invalid({"draft": [_("there is no draft to publish")]})
        version = publish(locked, locked.draft, actor=actor, note=note, check_guard=check_guard)
        locked.draft = None
        locked.save(update_fields=["draft"])
    lifecycle.current, lifecycle.draft = version, None
    return version


def discard_draft(lifecycle: Lifecycle) -> None:
    """Forget the draft; what is published stays as it is."""
    lifecycle.draft = None
    lifecycle.save(update_fields=["draft"])


def digest_of(raw: Any) -> str:
    """SHA-256 of the definition's canonical JSON: sorted keys, no white space, UTF-8."""
    return sha256(orjson.dumps(raw, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _current_with(lifecycle: Lifecycle, digest: str) -> LifecycleVersion | None:
    current = lifecycle.current
    return current if current is not None and current.sha256 == digest else None


def _append(
    lifecycle: Lifecycle, raw: object, digest: str, actor: User | None, note: str
) -> LifecycleVersion:
    last = lifecycle.versions.order_by("-number").values_list("number", flat=True).first()
    version = lifecycle.versions.create(
        number=(last or 0) + 1,
        definition=raw,
        sha256=digest,
        note=_checked_note(note),
        creator=actor,
        created_at=clock.now(),
    )
    lifecycle.current = version
    lifecycle.save(update_fields=["current"])
    return version


def _by_field(faults: Sequence[Fault]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    for fault in faults:
        dot = "" if not fault.place or fault.place.startswith("[") else "."
        errors.setdefault(f"definition{dot}{fault.place}", []).append(fault.detail)
    return errors


def _checked_name(raw: object) -> str:
    try:
        name = values.line(raw, longest=_LONGEST_NAME).strip()
    except values.BadValue as error:
        raise Invalid({"name": [str(error)]}) from None
    if not name:
        raise Invalid({"name": [_("must not be empty")]})
    return name


def _checked_note(raw: object) -> str:
    try:
        return values.line(raw, longest=_LONGEST_NOTE)
    except values.BadValue as error:
        raise Invalid({"note": [str(error)]}) from None


def _taken(error: IntegrityError) -> Exception:
    if "lifecycle_name_unique" in str(error):
        return Invalid({"name": [_("there is already a lifecycle of this name")]})
    return error
