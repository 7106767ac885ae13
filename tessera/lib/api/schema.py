"""The OpenAPI document: what views declare, and what holds for every path alike."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction, OpenApiParameter

from tessera.lib.api import pagination
from tessera.lib.api.bodies import Body
from tessera.lib.api.views import ApiViewSet

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255},
    OpenApiParameter.HEADER,
    description="Within 24 hours the same key gets the first answer; nothing is done twice.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    {"type": "string", "pattern": r'^"[1-9][0-9]{0,8}"$'},
    OpenApiParameter.HEADER,
    description="The ticket's ETag: refused with 412 when the ticket has changed since.",
)
# status → what it means; those that any request may meet.
_ERRORS = {
    "400": "A field, a query parameter or the body is wrong.",
    "401": "Nobody is logged in, or the token is wrong.",
    "403": "The caller lacks a right.",
    "404": "There is no such thing, or the caller may not see it.",
    "405": "The path does not know that method.",
    "429": "Too many requests.",
    "503": "Busy; try again.",
}
_BODY_ERRORS = {
    "409": "The state of things forbids it.",
    "412": "The ticket has changed since.",
    "413": "The body is too large.",
    "415": "The body is of a type that this path does not take.",
    "422": "There are as many of these as one person may have.",
}


class Schema(AutoSchema):
    """Reads `parameters`, `path_schemas` and `body_class` of our views."""

    def get_override_parameters(self) -> list[Any]:
        """Path and query parameters, and the headers that all POSTs share."""
        view = self.view
        if not isinstance(view, ApiViewSet):
            return []
        found = [
            OpenApiParameter(name, dict(schema), OpenApiParameter.PATH)
            for name, schema in view.path_schemas.items()
            if f"{{{name}}}" in self.path
        ]
        found += [
            OpenApiParameter(p.name, dict(p.schema), description=p.description)
            for p in view.parameters.get(self._action, ())
        ]
        if self.method == "POST" and view.idempotency:
            found.append(IDEMPOTENCY_KEY)
        return [*found, *getattr(view, "headers_of", {}).get(self._action, ())]

    def get_request_serializer(self) -> Any:
        """The body of create and partial_update."""
        if self._action in {"create", "partial_update"}:
            return getattr(self.view, "body_class", None)
        return None

    def get_response_serializers(self) -> Any:
        """The resource, or a page of it."""
        view = self.view
        body = getattr(view, "answer_class", None) or getattr(view, "body_class", None)
        if body is None:
            return OpenApiTypes.OBJECT
        if self._action == "list":
            return {200: pagination.body_of(body)}
        if self._action == "destroy":
            return {204: None}
        return {201 if self._action == "create" else 200: body}

    def get_operation_id(self) -> str:
        """`tickets_list`, `tickets_comment`: the path's name and the action."""
        name = getattr(self.view, "basename", None)
        if name is None:
            return super().get_operation_id()
        return f"{name}_{self._action}".replace("-", "_")

    def get_auth(self) -> list[dict[str, list[str]]]:
        """A token or a login, where the view asks for a caller at all; `security` of a view names fewer."""
        if not self.view.authentication_classes:
            return []
        names = getattr(self.view, "security", ("token", "session", "cookie"))
        return [{name: []} for name in names]

    def get_tags(self) -> list[str]:
        """The resource."""
        return [self.path.removeprefix("/api/").split("/", 1)[0]]

    @property
    def _action(self) -> str:
        return str(getattr(self.view, "action", None) or "")

    def _is_list_view(self, serializer: Any = None) -> bool:  # noqa: ARG002  # its signature
        return False  # our pages are bodies of their own, not arrays

    def _postprocess_serializer_schema(
        self, schema: dict[str, Any], serializer: Any, direction: Direction
    ) -> dict[str, Any]:
        mend: Any = super()._postprocess_serializer_schema  # the package leaves it untyped
        found: dict[str, Any] = mend(schema, serializer, direction)
        if isinstance(serializer, Body) and direction == "request":
            found["additionalProperties"] = False
        elif isinstance(serializer, Body):
            found["required"] = sorted(found["properties"].keys() - serializer.sparse)
        return found

    def get_serializer_name(self, serializer: Any, direction: Direction) -> str:
        """`QueueBody` → `Queue`."""
        return str(super().get_serializer_name(serializer, direction)).removesuffix("Body")


def add_errors(result: dict[str, Any], **_options: Any) -> dict[str, Any]:
    """A postprocessing hook: the answers that every operation may give besides its own."""
    schemas = result["components"]["schemas"]
    schemas["Error"] = _error_schema()
    for methods in result["paths"].values():
        for method, operation in methods.items():
            errors = dict(_ERRORS)
            if method in {"post", "patch", "delete"}:
                errors |= _BODY_ERRORS
            if not operation.get("security"):
                errors = {"405": errors["405"]}
            for status, text in errors.items():
                operation["responses"].setdefault(status, _error_response(text))
    return result


def _error_response(description: str) -> dict[str, Any]:
    reference = {"$ref": "#/components/schemas/Error"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}


def _error_schema() -> Mapping[str, Any]:
    texts = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "description": "Every error. Some codes add fields of their own.",
        "properties": {
            "code": {"type": "string"},
            "detail": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": texts},
        },
        "required": ["code", "detail"],
    }
