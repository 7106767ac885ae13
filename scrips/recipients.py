"""Who a mail goes to, from what a scrip says and what the round holds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from scrips.facts import Round
from scrips.rendering import render
from scrips.wishes import Wishes
from tessera.lib import mime, values
from tessera.lib.query.fold import fold

# Of one mail: the watchers of every role, and some more. A server hears each of them by itself in one conversation.
MOST = 2_000
ROLES = ("requestor", "owner", "cc", "admin_cc", "queue_admin_cc", "actor")


@dataclass(frozen=True, slots=True)
class Recipients:
    """Each address once, in the first of to, cc and bcc that names it. `skipped` were left out: on request, or
    because they are the system's own, and mail to them would come back in. `declined` do without such mails, each with
    the reason.
    """

    to: tuple[str, ...]
    cc: tuple[str, ...]
    bcc: tuple[str, ...]
    skipped: tuple[str, ...]
    declined: Mapping[str, str] = field(default_factory=dict)

    @property
    def nobody(self) -> bool:
        return not (self.to or self.cc or self.bcc)

    @property
    def remark(self) -> str:
        """Who gets it not because he wants none, in words; empty where there is none such."""
        told = _("not to %(address)s: %(reason)s")
        return "; ".join(
            told % {"address": address, "reason": reason}
            for address, reason in self.declined.items()
        )


def resolve(
    round_: Round,
    *,
    to: Iterable[str],
    cc: Iterable[str],
    bcc: Iterable[str],
    skip_actor: bool,
) -> Recipients:
    """Resolve the entries of a scrip. Raises `BadValue` for what is no address and for too many of them, `RenderFailed`
    for a bad template."""
    seen: set[str] = set()
    if skip_actor and round_.actor and round_.actor.email:
        seen.add(fold(round_.actor.email))
    left_out = round_.unit.skip_recipients | _own(round_)
    wishes = Wishes(round_)
    declined: dict[str, tuple[str, str]] = {}
    skipped: list[str] = []
    lists: dict[str, tuple[str, ...]] = {}
    for name, entries in (("to", to), ("cc", cc), ("bcc", bcc)):
        kept: list[str] = []
        for entry, address in _named(round_, entries):
            folded = fold(address)
            if folded in seen:
                continue
            if reason := wishes.against(folded, entry):
                # Not among those seen: another entry may name him by his address.
                declined[folded] = (address, reason)
                continue
            seen.add(folded)
            if len(seen) > MOST:
                told = _("a mail goes to at most %d people")
                raise values.BadValue(told % MOST)
            (skipped if folded in left_out else kept).append(address)
        lists[name] = tuple(kept)
    without = dict(told for folded, told in declined.items() if folded not in seen)
    return Recipients(**lists, skipped=tuple(skipped), declined=without)


def _named(round_: Round, entries: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Each address with the entry that stands for it."""
    return ((entry, found) for entry in entries for found in addresses(round_, entry))


def _own(round_: Round) -> frozenset[str]:
    """The addresses that the system itself sends from, folded."""
    (sender,) = mime.addresses([round_.config.site.mail_from])
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
