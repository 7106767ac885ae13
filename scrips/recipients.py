"""Who a mail goes to, from what a scrip says and what the round holds."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from scrips.facts import Round
from scrips.rendering import render
from tessera.lib import mime, values
from tessera.lib.query.fold import fold

ROLES = ("requestor", "owner", "cc", "admin_cc", "queue_admin_cc", "actor")


@dataclass(frozen=True, slots=True)
class Recipients:
    """Each address once, in the first of to, cc and bcc that names it. `skipped` were left out: on request, or
    because they are the system's own, and mail to them would come back in.
    """

    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    skipped: tuple[str, ...]

    @property
    def nobody(self) -> bool:
        return not (self.to or self.cc or self.bcc)


def resolve(
    round_: Round,
    *,
    to: Iterable[str],
    cc: Iterable[str],
    bcc: Iterable[str],
    skip_actor: bool,
) -> Recipients:
    """Resolve the entries of a scrip. Raises `BadValue` for what is no address, `RenderFailed` for a bad template."""
    seen: set[str] = set()
    if skip_actor and round_.actor and round_.actor.email:
        seen.add(fold(round_.actor.email))
    left_out = round_.unit.skip_recipients | _own(round_)
    skipped: list[str] = []
    lists: dict[str, tuple[str, ...]] = {}
    for name, entries in (("to", to), ("cc", cc), ("bcc", bcc)):
        kept: list[str] = []
        for address in (found for entry in entries for found in addresses(round_, entry)):
            folded = fold(address)
            if folded in seen:
                continue
            seen.add(folded)
            (skipped if folded in left_out else kept).append(address)
        lists[name] = tuple(kept)
    return Recipients(**lists, skipped=tuple(skipped))


def _own(round_: Round) -> frozenset[str]:
    """The addresses that the system itself sends from, folded."""
    (sender,) = mime.addresses([settings.TESSERA_MAIL_FROM])
    return round_.config.addresses | {fold(sender.addr_spec)}


def addresses(round_: Round, entry: str) -> list[str]:
    """What one entry stands for: a role's people, or the addresses that its template renders to."""
    state = round_.state
    if entry in state.watchers or entry in {"requestor", "cc", "admin_cc"}:
        return list(state.watchers.get(entry, ()))
    if entry == "queue_admin_cc":
        return []  # queues have no watchers of their own yet
    if entry in {"owner", "actor"}:
        person = round_.actor if entry == "actor" else round_.unit.people.by_id(state.owner_id)
        return [person.email] if person and person.email and not person.disabled else []
    rendered = render(entry, round_.context)
    return [_address(part) for part in rendered.split(",") if part.strip()]


def _address(part: str) -> str:
    try:
        return values.email(part.strip())
    except values.BadValue as error:
        raise values.BadValue(_("a recipient can't be written to: %s") % error) from None
