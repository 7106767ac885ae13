"""What every resource of the API does alike: one caller, known query parameters, JSON bodies."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from tessera.lib import rates
from tessera.lib.api import query
from tessera.lib.api.query import Parameter
from tessera.lib.errors import Invalid, NotFound
from tessera.lib.values import BadValue

ID_SCHEMA = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}


class ApiViewSet(ViewSet):
    """The base of all. `parameters` names the query parameters of each action; others are refused."""

    lookup_url_kwarg = "id"
    lookup_field = "id"
    lookup_value_regex = "[^/]+"
    http_method_names: Any = ("get", "head", "post", "patch", "delete")
    parameters: ClassVar[Mapping[str, tuple[Parameter, ...]]] = {}
    path_schemas: ClassVar[Mapping[str, Mapping[str, Any]]] = {"id": ID_SCHEMA}
    query: Mapping[str, Any] = {}
    # Whether a POST that names an `Idempotency-Key` is done once.
    idempotency: ClassVar[bool] = True

    def perform_authentication(self, request: Request) -> None:
        """Who calls, and whether he calls too often: whoever is nobody is counted by his address."""
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            rates.spend(None)
            raise
        rates.spend(request.user.pk)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """After the caller is known: the query parameters."""
        super().initial(request, *args, **kwargs)
        if request.method in self.allowed_methods:
            self.query = query.read(request.query_params, self.declared())

    def declared(self) -> tuple[Parameter, ...]:
        """The query parameters of the action, as they are for this caller."""
        return self.parameters.get(self.action or "", ())

    def body(self) -> dict[str, Any]:
        """The decoded JSON object of the request; no body is an empty one."""
        return dict(self.request.data)

    def no_body(self) -> None:
        """Refuse fields of a request that takes none."""
        if self.body():
            raise Invalid({name[:100]: [_("is no field of this")] for name in self.body()})

    def filters(self, *names: str) -> dict[str, Any]:
        """Those of these query parameters that are given, for a queryset's filter()."""
        return {name: self.query[name] for name in names if name in self.query}


def id_of(raw: str) -> int:
    """The id in a path. Raises NotFound for anything else."""
    try:
        return query.whole_number(raw)
    except BadValue:
        raise NotFound(_("There is no such thing here.")) from None
