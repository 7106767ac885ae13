"""The OpenAPI document: valid, complete, and served with Swagger UI from here alone."""

import re
from functools import cache
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.validation import validate_schema

# A page, not an endpoint.
PAGES = {"/api/docs"}


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = Client().get("/api/schema").json()
    return document


def _endpoints(patterns: list[Any], prefix: str = "") -> set[tuple[str, str]]:
    """(path, method) of everything below /api, from the router itself."""
    found: set[tuple[str, str]] = set()
    for pattern in patterns:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            found |= _endpoints(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and hasattr(pattern.callback, "cls"):
            path = "/" + re.sub(r"\(\?P<(\w+)>[^)]*\)", r"{\1}", route).replace(r"\.", ".")
            actions = getattr(pattern.callback, "actions", None) or {"get": "get"}
            found |= {(path, method) for method in actions if method != "head"}
    below = {(path, method) for path, method in found if path.startswith("/api")}
    return {(path, method) for path, method in below if path not in PAGES}


def test_the_document_is_valid_openapi() -> None:
    validate: Any = validate_schema  # the package leaves it untyped

    validate(_document())


def test_the_document_covers_every_endpoint_and_no_other() -> None:
    described = {
        (path, method) for path, methods in _document()["paths"].items() for method in methods
    }

    assert described == _endpoints(get_resolver().url_patterns)


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does() -> None:
    operations = [op for methods in _document()["paths"].values() for op in methods.values()]
    names = [operation["operationId"] for operation in operations]

    assert len(set(names)) == len(names)
    assert [op["operationId"] for op in operations if not op.get("description")] == []


def test_every_operation_but_the_open_ones_asks_for_a_caller() -> None:
    open_ones = {
        path
        for path, methods in _document()["paths"].items()
        for operation in methods.values()
        if not operation.get("security")
    }

    assert open_ones == {
        *("/api/health", "/api/ready", "/api/schema"),
        *("/api/auth/token", "/api/auth/refresh"),
    }


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/vnd.oai.openapi+json"),
        ("application/vnd.oai.openapi", "application/vnd.oai.openapi; charset=utf-8"),
    ],
)
def test_the_document_comes_as_json_or_yaml(accept: str, content_type: str) -> None:
    response = Client().get("/api/schema", headers={"Accept": accept})

    assert (response.status_code, response["Content-Type"]) == (200, content_type)


def test_swagger_ui_needs_nothing_from_elsewhere_and_nothing_inline() -> None:
    page = Client().get("/api/docs")
    html = page.content.decode()

    assert page.status_code == 200
    assert "img-src 'self' data:" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert not re.search(r"<style|style=|<script(?![^>]* src=)|https?://| on\w+=", html)
    for asset in re.findall(r'(?:src|href)="([^"]+)"', html):
        assert asset.startswith(("/static/", "/api/docs?"))
    script = Client().get("/api/docs?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert "/api/schema" in script.content.decode()
