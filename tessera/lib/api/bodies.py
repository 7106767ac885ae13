"""Bodies that are checked whole: every fault is named at once, and nothing is ignored."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

_LONGEST_NAME = 100


class Body(serializers.Serializer[Any]):
    """A serializer that refuses what it does not know and what may only be read."""

    # The fields that an answer may lack; it has all others.
    sparse: ClassVar[frozenset[str]] = frozenset()

    def to_internal_value(self, data: Any) -> Any:
        """The valid fields. Raises DRF's ValidationError with all faults."""
        if not isinstance(data, dict):
            raise serializers.ValidationError({"body": [_("must be a JSON object")]})
        faults: dict[str, Any] = {}
        for name in data:
            field = self.fields.get(name)
            if field is None:
                faults[str(name)[:_LONGEST_NAME]] = [_("is no field of this")]
            elif field.read_only:
                faults[name] = [_("can only be read")]
        try:
            found = super().to_internal_value(data)
        except serializers.ValidationError as fault:
            details: Any = fault.detail  # a serializer's is a dict
            faults = {**details, **faults}
        if faults:
            raise serializers.ValidationError(faults)
        return found


def read(body: Body) -> dict[str, Any]:
    """The checked values of a body."""
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
