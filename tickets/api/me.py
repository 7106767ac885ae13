"""/api/me and /api/tokens: one's own."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from tessera.accounts import tokens
from tessera.accounts.models import ApiToken
from tessera.lib import clock
from tessera.lib.api import pagination, query
from tessera.lib.api.bodies import Body, read
from tessera.lib.api.fields import Line, Moment
from tessera.lib.api.order import NEWEST_FIRST
from tessera.lib.api.views import id_of
from tessera.lib.errors import Invalid, NotFound
from tickets import service
from tickets.api import naming
from tickets.api.base import RightfulViewSet
from tickets.api.users import UserBody
from tickets.grants import GrantSpec
from tickets.holding import reasons


class TokenBody(Body):
    """An API token. Nobody can be shown its key again; `hint` is how it begins."""

    id = serializers.IntegerField(read_only=True)
    name = Line(max_length=100, allow_blank=True, required=False)
    hint = serializers.CharField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    expires_at = Moment(allow_null=True, required=False)
    last_used_at = serializers.DateTimeField(read_only=True, allow_null=True)


class NewTokenBody(TokenBody):
    """A new token with its key."""

    key = serializers.CharField(read_only=True)


class GivingBody(serializers.Serializer[Any]):
    """The grant that gives a right."""

    id = serializers.IntegerField()
    role = serializers.CharField()
    user_id = serializers.IntegerField(allow_null=True)
    group_id = serializers.IntegerField(allow_null=True)
    ticket_role = serializers.CharField(allow_null=True)
    queue_id = serializers.IntegerField(allow_null=True)


class RightBody(serializers.Serializer[Any]):
    """A right that the caller has."""

    right = serializers.CharField()
    grant = GivingBody()


class RightsBody(serializers.Serializer[Any]):
    """What the caller may do in a place."""

    results = RightBody(many=True)


class MeViewSet(RightfulViewSet):
    """The caller."""

    body_class = UserBody
    parameters = {"rights": (query.number("queue_id"), naming.parameter())}

    @extend_schema(responses={200: UserBody})
    def list(self, request: Request) -> Response:
        """The caller himself."""
        return Response(UserBody(self.user).data)

    @extend_schema(responses={200: RightsBody})
    @action(detail=False)
    def rights(self, request: Request) -> Response:
        """Each right that the caller has everywhere, in a queue or on a ticket, with the grant that gives it."""
        found = reasons(self.actor, **self._place())
        return Response(
            {
                "results": [
                    {"right": right, "grant": _grant(grant)} for right, grant in found.items()
                ]
            }
        )

    def _place(self) -> dict[str, Any]:
        """The ticket or queue of the query. Raises Invalid at what the caller does not see."""
        if "ticket_id" in self.query:
            if "queue_id" in self.query:
                raise Invalid({"queue_id": [_("give either queue_id or ticket_id")]})
            try:
                return {"ticket": service.visible(self.query["ticket_id"], self.actor)}
            except NotFound:
                raise Invalid({"ticket_id": [_("there is no such ticket")]}) from None
        # In a queue that is not there he has what he has everywhere: whether it is there is not told.
        return {"queue_id": self.query.get("queue_id")}


class TokenViewSet(RightfulViewSet):
    """The caller's own API tokens."""

    body_class = TokenBody
    parameters = {"list": pagination.parameters(NEWEST_FIRST)}

    def list(self, request: Request) -> Response:
        """The caller's tokens, newest first."""
        return Response(pagination.page_of(self, self.user.tokens.all(), NEWEST_FIRST, _shown))

    @extend_schema(responses={201: NewTokenBody})
    def create(self, request: Request) -> Response:
        """Make a token. Only this answer holds its key."""
        values = read(TokenBody(data=request.data))
        expires_at = values.get("expires_at")
        if expires_at is not None and expires_at <= clock.now():
            raise Invalid({"expires_at": [_("has passed")]})
        with transaction.atomic():
            token, key = tokens.issue(
                self.user, actor=self.user, name=values.get("name", ""), expires_at=expires_at
            )
        return Response(TokenBody(token).data | {"key": key}, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, id: str) -> Response:
        """Revoke a token: what uses it is logged out at once."""
        with transaction.atomic():
            token = self.user.tokens.select_for_update().filter(pk=id_of(id)).first()
            if token is None:
                raise NotFound(_("There is no such token of yours."))
            tokens.revoke(token, actor=self.user)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _shown(tokens: Sequence[ApiToken]) -> Iterable[Any]:
    return [TokenBody(token).data for token in tokens]


def _grant(grant: GrantSpec) -> dict[str, Any]:
    return {
        "id": grant.id,
        "role": grant.role.name,
        "user_id": grant.user_id,
        "group_id": grant.group_id,
        "ticket_role": grant.ticket_role or None,
        "queue_id": grant.queue_id,
    }
