"""Every path below /api on one page."""

from collections.abc import Callable
from functools import cache
from typing import Any

from csp.decorators import csp_update
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.utils.decorators import method_decorator
from django.utils.translation import get_language
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from scrips.api.deliveries import DeliveryViewSet
from scrips.api.explain import ChainViewSet, ExplainViewSet
from scrips.api.hosts import HostViewSet
from scrips.api.order import QueueScripViewSet
from scrips.api.replies import SavedReplyViewSet
from scrips.api.scrips import BacktestViewSet, ScripViewSet
from scrips.api.templates import TemplateViewSet
from scrips.api.uses import FieldUsedByViewSet, LifecycleUsedByViewSet
from tessera import health
from tessera.accounts.api import AuthLogoutViewSet, AuthRefreshViewSet, AuthTokenViewSet
from tessera.desk.checkup.api import ConfigurationCheckViewSet
from tessera.lib.api.errors import unknown_path
from tickets.api.attachments import AttachmentViewSet
from tickets.api.audit import AuditViewSet
from tickets.api.bulk import BulkViewSet
from tickets.api.custom_fields import CustomFieldViewSet
from tickets.api.export import ExportViewSet
from tickets.api.lifecycles import LifecycleViewSet
from tickets.api.me import MeViewSet, TokenViewSet
from tickets.api.queues import QueueViewSet
from tickets.api.reports import ReportViewSet
from tickets.api.roles import GrantViewSet, RoleViewSet
from tickets.api.search import SearchViewSet
from tickets.api.tickets import TicketViewSet
from tickets.api.transactions import TransactionViewSet
from tickets.api.users import GroupViewSet, UserViewSet
from tickets.api.version_moves import VersionMoveViewSet
from tickets.api.views import SavedViewViewSet

router = SimpleRouter(trailing_slash=False)
# Before the tickets, of whose paths those with an id would take all others.
router.register("tickets", ExportViewSet, basename="export")
router.register("tickets/bulk", BulkViewSet, basename="bulk")
router.register("tickets/search", SearchViewSet, basename="ticket-search")
router.register("tickets", TicketViewSet, basename="tickets")
router.register("tickets/(?P<ticket_id>[^/]+)/chain", ChainViewSet, basename="chain")
router.register("views", SavedViewViewSet, basename="views")
router.register("replies", SavedReplyViewSet, basename="replies")
router.register(
    "transactions/(?P<transaction_id>[^/]+)/explain", ExplainViewSet, basename="explain"
)
router.register("reports", ReportViewSet, basename="reports")
router.register("transactions", TransactionViewSet, basename="transactions")
router.register("queues/(?P<queue_id>[^/]+)/scrips", QueueScripViewSet, basename="queue-scrips")
router.register("queues", QueueViewSet, basename="queues")
router.register("scrips/backtests", BacktestViewSet, basename="backtests")
router.register("scrips", ScripViewSet, basename="scrips")
router.register("templates", TemplateViewSet, basename="templates")
router.register(
    "custom-fields/(?P<field_id>[^/]+)/used-by", FieldUsedByViewSet, basename="field-used-by"
)
router.register("custom-fields", CustomFieldViewSet, basename="custom-fields")
router.register("lifecycles", LifecycleViewSet, basename="lifecycles")
router.register(
    "lifecycles/(?P<lifecycle_id>[^/]+)/moves", VersionMoveViewSet, basename="version-moves"
)
router.register(
    "lifecycles/(?P<lifecycle_id>[^/]+)/used-by",
    LifecycleUsedByViewSet,
    basename="lifecycle-used-by",
)
router.register("attachments", AttachmentViewSet, basename="attachments")
router.register("deliveries/hosts", HostViewSet, basename="hosts")
router.register("deliveries", DeliveryViewSet, basename="deliveries")
router.register("users", UserViewSet, basename="users")
router.register("groups", GroupViewSet, basename="groups")
router.register("roles", RoleViewSet, basename="roles")
router.register("grants", GrantViewSet, basename="grants")
router.register("tokens", TokenViewSet, basename="tokens")
router.register("audit", AuditViewSet, basename="audit")
router.register("configuration/check", ConfigurationCheckViewSet, basename="configuration-check")
router.register("me", MeViewSet, basename="me")
router.register("auth/token", AuthTokenViewSet, basename="auth-token")
router.register("auth/refresh", AuthRefreshViewSet, basename="auth-refresh")
router.register("auth/logout", AuthLogoutViewSet, basename="auth-logout")


class _Open(APIView):
    """A path that asks nobody who he is."""

    authentication_classes = ()
    permission_classes = ()
    metadata_class = None


class HealthView(_Open):
    """Liveness."""

    @extend_schema(operation_id="health", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> HttpResponseBase:
        """200 while this process answers at all."""
        return health.health(request._request)  # noqa: SLF001  # DRF's name for Django's request


class ReadyView(_Open):
    """Readiness."""

    @extend_schema(
        operation_id="ready", responses={200: OpenApiTypes.OBJECT, 503: OpenApiTypes.OBJECT}
    )
    def get(self, request: Request) -> HttpResponseBase:
        """What the application stands on, one entry each; 503 when a needed one is down."""
        return health.ready(request._request)  # noqa: SLF001  # DRF's name for Django's request


class SchemaView(SpectacularAPIView):
    """The OpenAPI document, as JSON unless YAML is asked for."""

    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]  # DRF's
    content_negotiation_class = DefaultContentNegotiation
    authentication_classes = ()
    permission_classes = ()
    metadata_class = None

    @extend_schema(
        operation_id="schema",
        responses={
            (200, "application/vnd.oai.openapi+json"): OpenApiTypes.OBJECT,
            (200, "application/vnd.oai.openapi"): OpenApiTypes.STR,
        },
    )
    def get(self, *_args: Any, **_kwargs: Any) -> Response:
        """This document."""
        return Response(_document(get_language()))


@cache
def _document(language: str | None) -> Any:  # noqa: ARG001  # the key of what is kept
    """Built once in each process and language: it costs a second, and only code changes it."""
    generator: Any = SchemaView.generator_class()  # the package leaves it untyped
    return generator.get_schema(request=None, public=True)


class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI: its script comes by a request of its own, because no page has one inline."""

    authentication_classes = ()
    permission_classes = ()
    metadata_class = None
    url_name = "api-schema"

    # The stylesheet of Swagger UI draws its icons from data: URLs.
    @method_decorator(csp_update({"img-src": ["'self'", "data:"]}))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Under this page's own policy."""
        answered: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answered


_views: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
    ("health", HealthView.as_view(), "api-health"),
    ("ready", ReadyView.as_view(), "api-ready"),
    ("schema", SchemaView.as_view(), "api-schema"),
    ("docs", DocsView.as_view(), "api-docs"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    *(path(f"api/{name}", view, name=url_name) for name, view, url_name in _views),
    path("api/", include(router.urls)),
    re_path(r"^api(?:/|$)", unknown_path),
]
