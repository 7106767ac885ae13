"""Requests drawn from the OpenAPI document, right and wrong ones, against the application."""

import itertools
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.config import (
    ChecksConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.config._checks import NegativeDataRejectionConfig
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tessera.accounts.models import ApiToken
from tests.drawing import TIMES, examples
from tests.people import administrator

CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
    ignored_auth,
]

# A refusal that the document names, 412 and 413 among them; a preview answers 200 with what it is.
UNIQUE = itertools.count()
REFUSALS = ["400", "401", "403", "404", "405", "409", "412", "413", "415"]
CONFIG = SchemathesisConfig(
    projects=ProjectsConfig(
        default=ProjectConfig(
            checks=ChecksConfig(
                negative_data_rejection=NegativeDataRejectionConfig(expected_statuses=REFUSALS)
            )
        )
    )
)

schema = schemathesis.openapi.from_wsgi("/api/schema", get_wsgi_application(), config=CONFIG)


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """As Django's own test client has it: requests stay inside the test's transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def token(db: None, _one_connection: None) -> str:
    return ApiToken.issue(administrator("ada", email="ada@example.com"))


@schema.parametrize()
@hypothesis.settings(
    max_examples=examples(15),
    deadline=None,
    derandomize=not TIMES,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)
def test_no_request_gets_an_answer_outside_the_document(
    case: "schemathesis.Case[Any]", token: str
) -> None:
    preview = case.path.endswith("/preview")
    checks = [check for check in CHECKS if not (preview and check is negative_data_rejection)]
    headers: Any = case.headers or {}
    if key := str(headers.get("Idempotency-Key", ""))[:200]:
        headers["Idempotency-Key"] = f"{key}-{next(UNIQUE)}"
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=checks)
