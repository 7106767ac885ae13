"""/api/scrips."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from scrips import backtest, rehearsal, service, uses, versions
from scrips.api.deliveries import DeliveryDetailBody
from scrips.api.kinds import KindsBody, kinds
from scrips.api.uses import UsesBody, uses_json
from scrips.api.versioned import BY_VERSION, RollbackBody, VersionedViewSet
from scrips.backtest import Found, Range
from scrips.judging import MOST_QUEUES
from scrips.models import Backtest, Scrip, ScripQueue, ScripVersion
from scrips.rules import rule_of
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import (
    Choice,
    Flag,
    JSONObject,
    Line,
    Moment,
    Number,
    Reference,
    Text,
)
from tessera.lib.api.order import Orders
from tessera.lib.api.views import id_of
from tessera.lib.errors import Invalid, NotFound
from tessera.lib.query.limits import MAX_TEXT
from tickets import access
from tickets.api.base import RightfulViewSet

_INT = 2**31 - 1
ORDERS = Orders({"sort_order": "sort_order", "id": "pk"}, default="sort_order,id")


class DoubtBody(Body):
    """A place in a scrip, and what is doubtful there."""

    place = serializers.CharField()
    detail = serializers.CharField()


class ScripBody(Body):
    """A rule: on an event, if a condition holds, do an action."""

    id = serializers.IntegerField(read_only=True)
    queue_id = Reference(
        allow_null=True,
        required=False,
        source="reach.one",
        help_text="Its only queue; null for several, and for all.",
    )
    queue_ids = serializers.ListField(
        child=Reference(),
        max_length=MOST_QUEUES,
        required=False,
        source="reach.listed",
        help_text="Its queues; none: all queues.",
    )
    name = Line(max_length=200)
    description = Line(max_length=500, allow_blank=True, required=False)
    condition_type = Line(max_length=40)
    condition_config = JSONObject(required=False)
    action_type = Line(max_length=40)
    action_config = JSONObject(required=False)
    template_id = Reference(allow_null=True, required=False)
    stage = Choice(choices=Scrip.Stage.values, required=False)
    sort_order = Number(min_value=-_INT, max_value=_INT, required=False)
    disabled = Flag(required=False)
    shadow = Flag(required=False)
    version = serializers.IntegerField(read_only=True)
    note = Line(max_length=500, allow_blank=True, required=False, write_only=True)


class ScripAnswer(ScripBody):
    """A rule as it is answered."""

    sparse = frozenset({"warnings"})

    warnings = DoubtBody(
        many=True,
        required=False,
        help_text="What it names that is not there, or not in its queues. Not in lists, and only where there is any.",
    )


class BacktestOrder(Body):
    """Which transactions: recorded from `since` on and before `until`, on tickets that a query finds."""

    since = Moment(allow_null=True, required=False)
    until = Moment(allow_null=True, required=False)
    query = Text(max_length=MAX_TEXT, allow_blank=True, required=False)
    limit = Number(min_value=1, max_value=backtest.MOST_RESULTS, required=False)


class DraftOrder(BacktestOrder):
    """The same with the rule, which is not saved."""

    scrip = ScripBody()


class TestOrder(Body):
    """Which ticket the mail or webhook speaks of: as it was after that transaction, or as it is."""

    ticket_id = Reference()
    transaction_id = Reference(allow_null=True, required=False)


class Match(serializers.Serializer[Any]):
    """A transaction that the rule would have acted on. `effect` is as in an outcome, its ids null."""

    transaction_id = serializers.IntegerField()
    ticket_id = serializers.IntegerField()
    because = serializers.CharField()
    effect = serializers.JSONField(allow_null=True)
    error = serializers.CharField(allow_null=True)


class Backtested(serializers.Serializer[Any]):
    """What a rule would have done. While it runs, `url` tells how far it is: `counts.transactions` of `total`."""

    status = serializers.ChoiceField(choices=Backtest.Status.choices)
    results = Match(many=True)
    counts = serializers.JSONField()
    url = serializers.URLField(required=False)
    total = serializers.IntegerField(required=False)


def backtest_json(row: Backtest, request: Request) -> dict[str, Any]:
    """A backtest that a worker does."""
    return {
        "status": row.status,
        "results": row.results,
        "counts": Found.of(row).counts,
        "url": f"{pagination.origin(request)}/api/scrips/backtests/{row.pk}",
        "total": row.total,
    }


class BacktestViewSet(RightfulViewSet):
    """Backtests that take longer than a request; kept for seven days."""

    @extend_schema(responses={200: Backtested})
    def retrieve(self, request: Request, id: str) -> Response:
        """How far one of one's own is, and what it has found."""
        row = Backtest.objects.filter(owner=self.user, pk=id_of(id)).first()
        if row is None:
            raise NotFound(_("There is no such backtest; they are kept for seven days."))
        return Response(backtest_json(row, request))


class ScripViewSet(VersionedViewSet[Scrip]):
    """Scrips: rules of what happens when something happened."""

    body_class = ScripBody
    answer_class = ScripAnswer
    orders = ORDERS
    parameters = {
        "list": (query.number("queue_id"), *pagination.parameters(ORDERS)),
        "versions": pagination.parameters(BY_VERSION),
    }

    placing = frozenset({"queue_id", "queue_ids"})

    def rows(self) -> QuerySet[Scrip]:
        """With their queues."""
        return Scrip.objects.prefetch_related("places")

    def filtered(self, rows: QuerySet[Scrip]) -> QuerySet[Scrip]:
        """Those that are for one queue, beside others or alone."""
        wanted = self.query.get("queue_id")
        return rows if wanted is None else rows.filter(everywhere=False, queues=wanted)

    def in_queues(self, queues: Collection[int]) -> Q:
        """Those that count in one of these queues."""
        here = ScripQueue.objects.filter(queue__in=queues).values("scrip")
        return Q(everywhere=True) | Q(pk__in=here)

    def places_of(self, row: Scrip) -> Iterable[int | None]:
        """Its queues; None: all."""
        return row.reach.listed or (None,)

    def versions_of(self, row: Scrip) -> QuerySet[ScripVersion]:
        """Kept under its number."""
        return ScripVersion.objects.filter(scrip_id=row.pk)

    def told(self, rows: Sequence[ScripVersion]) -> list[dict[str, Any]]:
        """Without secrets."""
        return versions.scrip_history(rows)

    def places_at(self, row: Scrip, version: int) -> Iterable[int | None]:
        """As its snapshot has them."""
        return versions.scrip_at(row, version)["queue_ids"] or (None,)

    def roll_back(self, row: Scrip, version: int, *, note: str) -> Scrip:
        """Judged as every save is."""
        return versions.roll_back_scrip(row, version, actor=self.actor, note=note)

    @extend_schema(responses={200: UsesBody})
    @action(detail=True)
    def uses(self, request: Request, id: str) -> Response:
        """What the scrip names: queues, its template, custom fields, statuses, lifecycles, users."""
        row = self.row_of(id)
        return Response(uses_json(uses.of_scrip(row, self.actor.config)))

    @extend_schema(request=RollbackBody, responses={200: ScripAnswer})
    @action(detail=True, methods=["post"])
    def rollback(self, request: Request, id: str) -> Response:
        """Save an older version anew, as the next one. 400 where it names what is gone since."""
        saved = self._rollback(id)
        return Response(self.show(self.rows().get(pk=saved.pk)))

    def places_for(self, values: Mapping[str, Any]) -> Iterable[int | None]:
        """The queues that the body names, in either way; what is no id is refused when it is saved."""
        listed = values.get("queue_ids")
        named: list[Any] = listed if isinstance(listed, list) else []
        places = [
            each if isinstance(each, int) and not isinstance(each, bool) else None for each in named
        ]
        if "queue_id" in values and not (places and values["queue_id"] is None):
            places.append(self.place_for(values))
        return places or (None,)

    def save_version(self, row: Scrip | None, values: Mapping[str, Any], *, note: str) -> Scrip:
        """`scrips.service` checks it all."""
        return service.save_scrip(row, values, actor=self.actor, note=note)

    def present(self, rows: Sequence[Scrip]) -> Iterable[Any]:
        """Without the secrets that sign webhooks."""
        return [self._present(row) for row in rows]

    def _present(self, row: Scrip) -> dict[str, Any]:
        """Of its queues those that the caller knows of."""
        shown: dict[str, Any] = dict(ScripBody(row).data)
        shown["queue_ids"] = [
            each for each in shown["queue_ids"] if access.sees_queue(self.actor, each)
        ]
        return shown | {"action_config": service.public_action_config(row.action_config)}

    def show(self, row: Scrip) -> Any:
        """One, with what is doubtful about it, where anything is."""
        warnings = service.doubts(row, reader=self.actor)
        return {**self._present(row), **({"warnings": warnings} if warnings else {})}

    @extend_schema(responses={200: KindsBody})
    @action(detail=False)
    def kinds(self, request: Request) -> Response:
        """Every condition and every action, with the JSON Schema of its settings."""
        if not access.anywhere(self.actor, self.see):
            access.require(self.actor, self.see)
        return Response(kinds())

    @extend_schema(request=BacktestOrder, responses={200: Backtested, 202: Backtested})
    @action(detail=True, methods=["post"], url_path="backtest")
    def backtest_saved(self, request: Request, id: str) -> Response:
        """On which recorded transactions the rule, as it is now, would have acted, and what it would have done."""
        row = self.row_of(id, self.change)
        return self._try(row, read(BacktestOrder(data=self.body())))

    @extend_schema(request=DraftOrder, responses={200: Backtested, 202: Backtested})
    @action(detail=False, methods=["post"], url_path="backtest")
    def backtest_draft(self, request: Request) -> Response:
        """The same of a rule that is not saved, under `scrip`."""
        body = dict(self.body())
        draft = body.pop("scrip", None)
        order = read(BacktestOrder(data=body))
        if not isinstance(draft, dict):
            raise Invalid({"scrip": [_("is required: the rule, as it would be saved")]})
        self.require_at(self.places_for(draft))
        try:
            row = service.draft_scrip(draft, actor=self.actor)
        except Invalid as fault:
            raise Invalid({f"scrip.{name}": told for name, told in fault.errors.items()}) from None
        return self._try(row, order)

    @extend_schema(request=TestOrder, responses={201: DeliveryDetailBody})
    @action(detail=True, methods=["post"], url_path="test")
    def send_test(self, request: Request, id: str) -> Response:
        """Send what the rule would, marked as a test: a mail to the caller alone, a webhook to its URL."""
        row = self.row_of(id, self.change)
        order = read(TestOrder(data=self.body()))
        try:
            made = rehearsal.send(row, actor=self.actor, **order)
        except NotFound:
            raise Invalid({"ticket_id": [_("there is no such ticket")]}) from None
        return Response(DeliveryDetailBody(made).data, status=status.HTTP_201_CREATED)

    def _try(self, row: Scrip, order: Mapping[str, Any]) -> Response:
        wanted = Range(order.get("since"), order.get("until"), order.get("query", ""))
        most = min(order.get("limit", 100), backtest.MOST_RESULTS)
        rule = rule_of(row, self.actor.config)
        rows = backtest.candidates(rule, wanted, self.actor)
        total = rows.count()
        if total > backtest.AT_ONCE:
            started = backtest.start(row, wanted, self.actor, most=most, total=total)
            return Response(backtest_json(started, self.request), status=status.HTTP_202_ACCEPTED)
        found = Found(most)
        for _last in backtest.run(rule, rows, self.actor, found):
            pass
        return Response({"status": "done", "results": found.results, "counts": found.counts})

    def destroy(self, request: Request, id: str) -> Response:
        """Delete: it fires no more. What it did, and its versions, stay."""
        with self.noting(self.row_of(id, self.change)) as row:
            service.delete_scrip(row, actor=self.actor)
        return Response(status=status.HTTP_204_NO_CONTENT)
