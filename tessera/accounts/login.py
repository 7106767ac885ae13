"""Name and password: judged here alone, at a pace that guessing can't keep, for the pages and the API alike.

Who tries meets three gates: one for the name from that address, one for the address, one for the name from wherever.
A device that the name has logged in from before has a gate of its own instead, so that nobody's failures but its own
shut it. Every gate opens again after a while: nobody can be locked out by somebody else.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib.auth import authenticate
from django.contrib.auth.models import update_last_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.debug import sensitive_variables

from tessera.accounts import audit, device, gates
from tessera.accounts.audit import Subject
from tessera.accounts.gates import Shut, Way
from tessera.accounts.models import User
from tessera.accounts.pacing import Pace
from tessera.lib.client import current_address, neighbourhood

_STRICT = Pace(
    free=5, each=timedelta(minutes=10), step=timedelta(seconds=15), cap=timedelta(minutes=15)
)
# An office comes from one address.
_MODERATE = Pace(
    free=50, each=timedelta(seconds=20), step=timedelta(seconds=5), cap=timedelta(minutes=2)
)
# Whoever knows a name can shut this one for its owner on a new device: never for long.
_GENTLE = Pace(
    free=10, each=timedelta(minutes=10), step=timedelta(seconds=1), cap=timedelta(minutes=1)
)
_LONG_NAME = 150
# Beyond so many, failures are counted in the audit instead of written there one by one: it is kept for good.
_WRITTEN = Pace(
    free=1000, each=timedelta(seconds=10), step=timedelta(seconds=10), cap=timedelta(seconds=10)
)


@dataclass(frozen=True, slots=True)
class Try:
    """Somebody at the door under a name that may be nobody's. `purpose` keeps the gates of other doors apart."""

    name: str
    mark: str = ""
    purpose: str = "login"
    address: str = field(default_factory=current_address)

    @classmethod
    def by(cls, request: HttpRequest, name: str) -> "Try":
        folded = fold(name)
        return cls(folded, device.known(request, folded))

    @property
    def own(self) -> Way:
        """The gate that a success opens for good."""
        if self.mark:
            return Way.of(_STRICT, f"{self.purpose} device", self.name, self.mark)
        return Way.of(_STRICT, self.purpose, self.name, neighbourhood(self.address))

    @property
    def shared(self) -> tuple[Way, ...]:
        """The gates that others pass too."""
        if self.mark:
            return ()
        return (
            Way.of(_MODERATE, f"{self.purpose} address", neighbourhood(self.address)),
            Way.of(_GENTLE, f"{self.purpose} name", self.name),
        )

    @property
    def of_the_name(self) -> tuple[Way, ...]:
        """The gates that are about this name alone."""
        return tuple(way for way in self.ways if way.pace is not _MODERATE)

    @property
    def ways(self) -> tuple[Way, ...]:
        """All that it has to pass."""
        return (self.own, *self.shared)


@sensitive_variables("password")
def attempt(request: HttpRequest, name: str, password: str) -> User | None:
    """The user of that name, if that is his password and he may come in.

    An unknown name, a wrong password and a disabled user are all None, after the same work. Raises `Shut`, with no
    look at the password, where there were too many tries.
    """
    tried = Try.by(request, name)
    refused = _let_in(tried)
    user = authenticate(request, username=name, password=password)
    if not isinstance(user, User):
        facts = {"refused_before": refused} if refused else {}
        note_sparingly("login_failed", subject=_somebody(name), facts=facts)
        return None
    gates.forget([tried.own])
    gates.give_back(tried.shared)
    return user


def arrived(user: User, response: HttpResponseBase, request: HttpRequest, *, way: str) -> None:
    """He is in: note it, and know his device again. `way` is `page`, `link` or `api`."""
    audit.note("login", actor=user, subject=user, facts={"way": way})
    device.remember(response, request, fold(user.username))
    if way == "api":  # elsewhere Django's own login has done so
        update_last_login(User, user)


def check_own_password(user: User, password: str) -> bool:
    """Whether it is his password, asked of somebody who is logged in. Raises `Shut` after too many wrong ones."""
    ways = [Way.of(_STRICT, "own password", str(user.pk))]
    gates.take(ways)
    if not user.check_password(password):
        return False
    gates.forget(ways)
    return True


def fold(name: str) -> str:
    """The name as it counts: one person's spellings are one."""
    return unicodedata.normalize("NFKC", name).strip().casefold()[:_LONG_NAME]


def _let_in(tried: Try) -> int:
    try:
        return gates.take(tried.ways)
    except Shut as shut:
        if shut.first:  # the others are counted, and told of with the next that is let in
            note_sparingly(
                "login_throttled", subject=_somebody(tried.name), facts={"wait": shut.wait}
            )
        raise


def note_sparingly(
    kind: str, *, subject: Subject | User, facts: Mapping[str, Any] | None = None
) -> None:
    """For the audit, of what anybody can do: past so many only counted, and told of with the next that is written."""
    try:
        unwritten = gates.take([Way.of(_WRITTEN, "audit")])
    except Shut:
        return
    told = {**(facts or {}), **({"unwritten_before": unwritten} if unwritten else {})}
    audit.note(kind, subject=subject, facts=told)


def _somebody(name: str) -> Subject:
    return Subject("user", None, name)
