"""Tickets named in requests, by id or by key."""

from typing import Any

from drf_spectacular.utils import extend_schema_field

from tessera.lib.api.fields import Reference, checked
from tessera.lib.api.query import Parameter
from tessera.lib.values import MAX_ID
from tickets import naming

# No key is that of the id 0.
_KEY_SCHEMA = {
    "type": "string",
    "pattern": "^TKT-(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3,17})$",
}
SCHEMA: dict[str, Any] = {
    "oneOf": [{"type": "integer", "minimum": 1, "maximum": MAX_ID}, _KEY_SCHEMA]
}


def parameter(description: str = "") -> Parameter:
    """`?ticket_id=`."""
    return Parameter("ticket_id", naming.from_text, SCHEMA, description)


@extend_schema_field(SCHEMA)
class TicketReference(Reference):
    """A ticket in a body. Whether there is one that the caller may see is for others to say."""

    def to_internal_value(self, data: Any) -> int:
        """The id."""
        number: int = checked(naming.from_json, data)
        return number
