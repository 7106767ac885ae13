"""The configuration as a file: written out, reviewed, applied. For who holds SuperUser."""

from hashlib import sha256

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tessera.accounts import audit
from tessera.accounts.models import ConfigGeneration
from tessera.accounts.rights import SUPER_USER
from tessera.desk.configuration import wanted, writing
from tessera.desk.configuration.carrying import carry_out, snapshot
from tessera.desk.configuration.faults import Overtaken
from tessera.desk.configuration.items import Snapshot
from tessera.desk.configuration.plan import Plan, Verb, plan_of
from tessera.desk.configuration.sections import SECTIONS
from tessera.desk.configuration.wanted import FORMAT, MARK
from tickets import access
from tickets.access import Actor

_HEAD = (
    "The configuration of Tessera. A section that stands here is complete: what it lacks is",
    "removed. A section that is left out stays as it is. docs/reference/configuration-file.md",
)


def export(*, actor: Actor) -> str:
    """The whole configuration as a file: the same configuration gives the same bytes. Raises `Forbidden`."""
    access.require(actor, SUPER_USER)
    with transaction.atomic():
        return _written(snapshot())


def review(text: str, *, actor: Actor) -> Plan:
    """What applying the file would do: it is done, and rolled back. Raises `FileInvalid`, `Forbidden`.

    Who writes configuration meanwhile waits for it.
    """
    access.require(actor, SUPER_USER)
    asked = wanted.read(text)
    with transaction.atomic():
        audit.take_turns()
        stamp = _stamp()
        done = carry_out(asked, actor=actor, note="")
        # What only COMMIT would refuse is refused now.
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        transaction.set_rollback(True)
    return plan_of(done, stamp)


def apply(text: str, *, actor: Actor, note: str = "", stamp: str | None = None) -> Plan:
    """Put the file into effect, all of it or nothing; gives what was done. One at a time: others wait.

    Raises `FileInvalid`, `Forbidden`, and `Overtaken` where the configuration is another than that of the plan whose
    `stamp` is given.
    """
    access.require(actor, SUPER_USER)
    asked = wanted.read(text)
    with transaction.atomic():
        audit.take_turns()
        now = _stamp()
        if stamp is not None and stamp != now:
            raise Overtaken
        done = carry_out(asked, actor=actor, note=note or _("From a configuration file"))
        plan = plan_of(done, now)
        if not plan.empty:
            _note(plan, actor)
    return plan


def _note(plan: Plan, actor: Actor) -> None:
    facts = {verb.name.lower(): plan.count(verb) for verb in Verb}
    audit.note("configuration_applied", actor=actor.person, facts=facts)


def _stamp() -> str:
    """Of the configuration as it is now. Its number does not count groups and views, and the text no secrets."""
    text = _written(snapshot())
    return f"{ConfigGeneration.current()}-{sha256(text.encode()).hexdigest()[:32]}"


def _written(found: Snapshot) -> str:
    sections = {
        name: [section.written(item.body) for item in found[name]]
        for name, section in SECTIONS.items()
    }
    return writing.write({MARK: FORMAT, **sections}, head=_HEAD)
