"""What every section of the file can do: read its rows, write one, take one away, and tell what a change touches."""

import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, TypeAlias

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tessera.accounts import audit
from tessera.accounts.models import User
from tessera.accounts.snapshots import Snapshot as Look
from tessera.accounts.snapshots import snapshot
from tessera.desk.configuration.items import Body, Identity, Item, identity_of
from tessera.desk.configuration.shape import Shape, shortened
from tessera.lib.errors import Invalid
from tessera.lib.suggest import nearest
from tickets.access import Actor

Doubts: TypeAlias = Mapping[int, Sequence[str]]


class Waits(Exception):
    """It names something of the file that could not be written, and so can't be judged itself."""


@dataclass
class Hand:
    """Who writes, with which note for the versions, and what names stand for while more and more is written."""

    actor: Actor
    note: str
    # By model: the name of each row that may be referred to → its id. Read when first needed, dropped when it grows.
    _ids: dict[type[models.Model], dict[str, int]] = field(default_factory=dict)
    # What the file has and could not be written: (model, name).
    failed: set[tuple[str, str]] = field(default_factory=set)
    # Rows that have no name of their own for a moment, while others take it → the name they had.
    _nameless: dict[tuple[type[models.Model], int], str] = field(default_factory=dict)

    def forget_names(self) -> None:
        """After rows were written."""
        self._ids.clear()

    def id_of(self, rows: "models.QuerySet[Any]", name: str, *, at: str, by: str = "name") -> int:
        """The id of the row that is called so, exactly. Raises `Invalid` at the attribute, `Waits`."""
        model = rows.model
        if model not in self._ids:
            self._ids[model] = dict(rows.order_by("pk").values_list(by, "pk"))
        known = self._ids[model]
        if name in known:
            return known[name]
        if (str(model._meta.model_name), name) in self.failed:  # noqa: SLF001  # documented, whatever its name
            raise Waits
        words = {"what": model._meta.verbose_name, "name": name[:100]}  # noqa: SLF001  # the same
        told = _("there is no %(what)s “%(name)s”") % words
        near = nearest(name, known)
        raise Invalid({at: [told + (_("; did you mean “%s”?") % near if near else "")]})

    @cached_property
    def user(self) -> User:
        """Who writes, as a row."""
        return User.objects.get(pk=self.actor.id)

    def added(self, row: models.Model) -> None:
        audit.added(row, actor=self.actor.person)

    def changed(self, row: models.Model, before: Look) -> None:
        kept = type(row)._base_manager.get(pk=row.pk)  # noqa: SLF001  # the same
        audit.changed(kept, before, actor=self.actor.person)

    def take_name(self, model: type[models.Model], item: Item) -> None:
        """Of several that take each other's names one has to let go of its own first. Its own save follows, in the same
        transaction: nobody sees it without, and what is told of it says what it was called before."""
        self._nameless[model, item.id] = item.body["name"]
        rows = model._base_manager.filter(pk=item.id)  # noqa: SLF001  # the same
        rows.update(name=f"~{item.id} {secrets.token_hex(8)}")

    def look(self, row: models.Model) -> Look:
        had = self._nameless.get((type(row), row.pk))
        found = snapshot(row)
        return found if had is None else {**found, "name": had}

    def deleted(self, row: models.Model) -> None:
        audit.deleted(row, actor=self.actor.person)


class Section(ABC):
    """One section. Sections hold no state."""

    name: ClassVar[str]
    title: ClassVar[str | Promise]
    shape: ClassVar[Shape]
    model: ClassVar[type[models.Model]]
    # Whether two entries may have the same identity.
    twins: ClassVar[bool] = False
    # Whether an entry can say what it was called.
    renames: ClassVar[bool] = True
    # Paths of the services' faults → those of the file.
    spelled: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def items(self, only: int | None = None) -> Iterator[Item]:
        """What there is; of `only` one row, where it is there."""

    def listed(self) -> tuple[Item, ...]:
        """All there is, in an order that no database's own rules of text decide."""
        return tuple(sorted(self.items(), key=lambda item: (self.identity(item.body), item.label)))

    @abstractmethod
    def save(self, body: Body, held: Item | None, hand: Hand) -> int:
        """Make a row, or change the one that is held; its id. Raises as the services do, and `Waits`."""

    @abstractmethod
    def remove(self, item: Item, hand: Hand) -> None:
        """Take away what the file does not have, as far as its kind can go. Raises as the services do."""

    def identity(self, body: Body) -> Identity:
        """What tells an entry from the others."""
        return identity_of(body["name"])

    def kin(self, body: Body) -> object:  # noqa: ARG002  # for those that have twins
        """What tells apart, as far as anything does, those of one identity."""
        return None

    def label(self, body: Body) -> str:
        """What people call it."""
        return str(body["name"])

    def needs(self, body: Body) -> Iterable[Identity]:  # noqa: ARG002  # for those that do
        """Others of the section that have to be written first."""
        return ()

    def leaves(self, item: Item) -> str:  # noqa: ARG002  # the same
        """Why what is missing in a file stays as it is; "" where it is taken away."""
        return ""

    def normal(self, body: dict[str, Any]) -> dict[str, Any]:
        """A file's entry in the form that `items` gives; what is wrong in it stays as it is."""
        return body

    def resolved(self, body: Body, held: Item | None) -> Body:  # noqa: ARG002  # the same
        """An entry with what it leaves to the environment. Raises `Invalid`."""
        return body

    def written(self, body: Body) -> dict[str, Any]:
        """An entry as a file has it."""
        return shortened(body, self.shape)

    def told(self, before: Body, after: Body) -> list[str] | None:  # noqa: ARG002  # the same
        """What a change makes of it, in sentences; None: each key with what it was and is."""
        return None

    def touched(self, before: Item | None, after: Item | None) -> list[str]:  # noqa: ARG002  # the same
        """Whom or what else it touches, in sentences, counted after it is done. Of a new thing nothing."""
        return []

    def doubts(self, hand: Hand) -> Doubts:  # noqa: ARG002  # the same
        """What things of the section name that is not there, as it all stands now: by id, in sentences."""
        return {}
