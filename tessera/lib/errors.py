"""Refusals: what a person asked for and can't have, with the sentence that says what to do."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _


class Refused(Exception):
    """That was refused."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "invalid"

    def __init__(self, detail: object, **extra: Any) -> None:
        super().__init__(str(detail))
        self.detail = detail
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON of the contract: `code`, `detail`, and what the code adds."""
        return {"code": self.code, "detail": str(self.detail), **self.extra}


class Invalid(Refused):
    """Some fields are missing, unknown or wrong; `errors` names each: `{"custom_fields.severity": ["…"]}`."""

    def __init__(self, errors: Mapping[str, Sequence[object]]) -> None:
        self.errors = {field: [str(text) for text in texts] for field, texts in errors.items()}
        first, texts = next(iter(self.errors.items()))
        detail = (
            f"{first}: {texts[0]}"
            if len(self.errors) == 1
            else (
                _("%(count)d fields are wrong; the first is %(field)s: %(text)s")
                % {"count": len(self.errors), "field": first, "text": texts[0]}
            )
        )
        super().__init__(detail, errors=self.errors)


class QueryInvalid(Refused, ValueError):
    """The query is no TicketSQL, or names a field that does not exist.

    `position` is the character at which the offending word begins, from 0; `line` and `column` say
    the same from 1. `expected` are the words that could stand there.
    """

    code = "query_invalid"

    def __init__(
        self, detail: object, *, position: int, line: int, column: int, expected: Sequence[str] = ()
    ) -> None:
        self.position, self.line, self.column = position, line, column
        self.expected = list(expected)
        super().__init__(
            detail, position=position, line=line, column=column, expected=self.expected
        )

    @property
    def placed(self) -> str:
        """The sentence behind its place, for where the text is not shown beside it."""
        words = {"line": self.line, "column": self.column, "detail": str(self.detail)}
        return str(_("line %(line)d, column %(column)d: %(detail)s") % words)


class NotFound(Refused):
    """There is no such thing, or the caller may not see it."""

    status = 404
    code = "not_found"


class Forbidden(Refused):
    """The caller lacks a right for this."""

    status = 403
    code = "forbidden"


class LimitReached(Refused):
    """There are as many of these as one person may have: delete some first."""

    status = 409
    code = "limit_reached"


class QueryTooSlow(Refused):
    """The search takes too long; ask for less, such as one queue or a shorter time."""

    status = 503
    code = "query_too_slow"


class Busy(Refused):
    """Another request holds the ticket for too long; try again."""

    status = 503
    code = "busy"


class Throttled(Refused):
    """Too many requests; `wait` is in how many seconds to come back."""

    status = 429
    code = "throttled"

    def __init__(self, detail: object, *, wait: timedelta) -> None:
        super().__init__(detail)
        self.wait = max(1, math.ceil(wait.total_seconds()))


class VersionConflict(Refused):
    """The ticket is no longer the version that the caller has seen."""

    status = 412
    code = "version_conflict"


class TransitionNotAllowed(Refused):
    """The lifecycle has that status, but no transition leads to it from here."""

    status = 409
    code = "transition_not_allowed"


class TransitionForbidden(Refused):
    """The transition exists, but the caller lacks its right or role."""

    status = 403
    code = "transition_forbidden"


class TransitionGuarded(Refused):
    """The transition's guard does not hold."""

    status = 409
    code = "transition_guarded"


class OpenDependencies(Refused):
    """The ticket depends on open ones."""

    status = 409
    code = "open_dependencies"


class MappingNeeded(Refused):
    """The target queue's lifecycle lacks the status, and nothing says what it becomes."""

    status = 409
    code = "mapping_needed"


class IdempotencyConflict(Refused):
    """The Idempotency-Key was used for another body, or its first request is still at work."""

    status = 409
    code = "idempotency_conflict"


class DeliverySettled(Refused):
    """The delivery is sent or cancelled: there is nothing left to retry or cancel."""

    status = 409
    code = "delivery_settled"
