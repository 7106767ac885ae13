"""What mails people do without, who get them because of what they are on a ticket."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from scrips.facts import Round
from tessera.accounts.models import User
from tessera.lib.query.fold import fold
from tickets.facts import meet

# The entries of a mail that name colleagues by what they are. A requestor gets every mail to him, and an address that
# the rule itself writes down is the administrator's word.
_COLLEAGUES = frozenset({"owner", "cc", "admin_cc", "queue_admin_cc", "actor"})
_SAID: Mapping[str, str | Promise] = {
    User.Mail.GIVEN: _("no mail is wanted when a ticket is given"),
    User.Mail.ANSWERED: _("no mail is wanted when an own ticket is answered"),
    User.Mail.OWN: _("no mail is wanted of own changes"),
}


class Wishes:
    """Who wants no mail of what this round is about."""

    def __init__(self, round_: Round) -> None:
        self.round = round_

    def against(self, address: str, entry: str) -> str:
        """Why that folded address is not to be written to as what `entry` names; empty where it is."""
        if entry not in _COLLEAGUES or address in self._requestors:
            return ""
        return self._unwanted.get(address, "")

    @cached_property
    def _requestors(self) -> frozenset[str]:
        return frozenset(fold(each) for each in self.round.state.watchers.get("requestor", ()))

    @cached_property
    def _unwanted(self) -> Mapping[str, str]:
        """By folded address. Owner and actor alone have something to wish for."""
        people = self.round.unit.people
        # With all others, who will be asked for anyhow: one statement.
        meet(people, self.round.state, self.round.entry.creator_id)
        owner = people.by_id(self.round.state.owner_id)
        found: dict[str, str] = {}
        for person, kinds in ((self.round.actor, (User.Mail.OWN,)), (owner, self._of_owner())):
            for kind in kinds:
                if person and person.email and kind in person.unwanted:
                    found.setdefault(fold(person.email), str(_SAID[kind]))
        return found

    def _of_owner(self) -> Iterable[User.Mail]:
        """What the transaction is to the owner of the ticket."""
        entry = self.round.entry
        if entry.type == "Create" or (entry.type == "Set" and entry.field == "owner"):
            yield User.Mail.GIVEN
        if entry.type == "Correspond":
            yield User.Mail.ANSWERED
