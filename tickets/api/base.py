"""The base of resources that ask for rights, and of those that are plain configuration."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar, Generic, TypeVar

from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers, status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.accounts import audit
from tessera.accounts.models import User
from tessera.lib.api import pagination
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.order import BY_ID, Orders
from tessera.lib.api.views import ApiViewSet, id_of
from tessera.lib.errors import Forbidden, Invalid, NotFound
from tickets import access
from tickets.access import Actor, actor_of
from tickets.api import idempotency

M = TypeVar("M", bound=models.Model)


class RightfulViewSet(ApiViewSet):
    """Knows the caller as an actor, and does a POST with an `Idempotency-Key` once."""

    actor: Actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """DRF looks the handler up after this: a POST that names a key gets one that acts once."""
        super().initial(request, *args, **kwargs)
        self.actor = actor_of(self.user)
        if request.method in SAFE_METHODS:
            # Whatever there is to read: how many statements it takes would tell. A change reads it in its unit of work.
            self.actor.config  # noqa: B018
        if request.method == "POST" and idempotency.HEADER in request.headers:
            handler = getattr(self, "post", self.http_method_not_allowed)
            self.post = lambda *a, **kw: idempotency.once(
                request, self.user, lambda: handler(*a, **kw)
            )

    @property
    def user(self) -> User:
        """The caller."""
        user = self.request.user
        assert isinstance(user, User)  # noqa: S101  # no anonymous caller gets past the permissions
        return user


class ConfigViewSet(RightfulViewSet, Generic[M]):
    """A table of configuration: list, create, read, change.

    `body_class` is what comes in, and what goes out too where no `answer_class` says otherwise.
    `see` is the right to read, `change` the right to write.
    """

    see: ClassVar[str]
    change: ClassVar[str]
    body_class: ClassVar[type[Body]]
    answer_class: ClassVar[type[serializers.Serializer[Any]] | None] = None
    orders: ClassVar[Orders] = BY_ID
    # The fields that say where a row counts: who gives one needs the right there too.
    placing: ClassVar[frozenset[str]] = frozenset({"queue_id"})

    def rows(self) -> QuerySet[M]:
        """All rows that there are, with what `body_class` needs of others loaded in bulk."""
        raise NotImplementedError

    def read(self, row: M | None) -> Mapping[str, Any]:
        """The checked values of the request, for a new row or for a change of `row`."""
        body = self.body_class(row, data=self.request.data, partial=row is not None)
        return read(body)

    def save(self, row: M | None, values: Mapping[str, Any]) -> M:
        """Make a row, or change `row`. Runs inside a transaction; raises Invalid."""
        raise NotImplementedError

    def filtered(self, rows: QuerySet[M]) -> QuerySet[M]:
        """The rows of a list under the query's filters."""
        return rows

    def seen(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Those of the rows that the caller may see. Raises Forbidden where he may see none of their kind."""
        access.require(self.actor, self.see)
        return rows

    def place_of(self, row: M) -> int | None:
        """The queue in which the right to change the row is asked for; None: everywhere."""
        return None

    def place_for(self, values: Mapping[str, Any]) -> int | None:
        """The same for what is to be: for a new row, and for where a change moves one."""
        return None

    def places_of(self, row: M) -> Iterable[int | None]:
        """The queues, where there may be several: the right is asked for in each."""
        return (self.place_of(row),)

    def places_for(self, values: Mapping[str, Any]) -> Iterable[int | None]:
        """The same for what is to be."""
        return (self.place_for(values),)

    def require_at(self, places: Iterable[int | None]) -> None:
        """Raise Forbidden unless the caller may change what counts there."""
        for place in places:
            access.require(self.actor, self.change, queue_id=place)

    def list(self, request: Request) -> Response:
        """The rows that the caller may see."""
        rows = self.filtered(self.seen(self.rows()))
        return Response(pagination.page_of(self, rows, self.orders, self.present))

    def retrieve(self, request: Request, id: str) -> Response:
        """One."""
        return Response(self.show(self.row_of(id)))

    def create(self, request: Request) -> Response:
        """Make one."""
        if not access.anywhere(self.actor, self.change):
            access.require(self.actor, self.change)
        values = self.read(None)
        self.require_at(self.places_for(values))
        with transaction.atomic():
            saved = self.save(None, values)
            audit.added(saved, actor=self.user)
        made = self.rows().get(pk=saved.pk)
        return Response(self.show(made), status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, id: str) -> Response:
        """Change the fields that are given. Of two at once the second finds what the first wrote."""
        with self.noting(self.row_of(id, self.change)) as row:
            values = self.read(row)
            if self.placing & values.keys():
                # A rule can't be carried to where its author may write none.
                self.require_at(self.places_for(values))
            saved = self.save(row, values)
        return Response(self.show(self.rows().get(pk=saved.pk)))

    def row_of(self, raw_id: str, *rights: str) -> M:
        """The row, if the caller may see it. Raises NotFound, or Forbidden without these rights too."""
        try:
            row = self.seen(self.rows()).filter(pk=id_of(raw_id)).first()
        except Forbidden:
            row = None
        if row is None:
            raise NotFound(_("There is no such thing here."))
        for right in rights:
            for place in self.places_of(row):
                access.require(self.actor, right, queue_id=place)
        return row

    def present(self, rows: Sequence[M]) -> Iterable[Any]:
        """The rows as they are answered."""
        shape = self.answer_class or self.body_class
        return [shape(row).data for row in rows]

    def show(self, row: M) -> Any:
        """The row as it is answered."""
        return next(iter(self.present([row])))

    def noting(self, row: M) -> AbstractContextManager[M]:
        """Within, the row (given anew, and locked) is changed or deleted; the audit tells what came of it."""
        return audit.watching(row, actor=self.user, rows=self.rows())


@contextmanager
def unique(constraints: Mapping[str, str]) -> Iterator[None]:
    """Of two requests at once the database refuses the second: here that is the field's fault."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as fault:
        diagnosis = getattr(fault.__cause__, "diag", None)
        field = constraints.get(getattr(diagnosis, "constraint_name", None) or "")
        if field is None:
            raise
        raise Invalid({field: [_("is taken")]}) from None
