"""Requests as a program makes them."""

import json
from typing import Any

from django.test import Client


class Caller:
    """Sends JSON with a token, and gives the answer; `raw` sends any body as it is."""

    def __init__(self, token: str | None) -> None:
        headers = {"Authorization": f"Token {token}"} if token else {}
        self.client = Client(headers=headers)

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers=as_headers(headers))

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        return self.raw("POST", path, json.dumps({} if body is None else body), **headers)

    def patch(self, path: str, body: object, **headers: str) -> Any:
        return self.raw("PATCH", path, json.dumps(body), **headers)

    def delete(self, path: str) -> Any:
        return self.client.delete(path)

    def raw(
        self,
        method: str,
        path: str,
        body: bytes | str,
        content_type: str = "application/json",
        **headers: str,
    ) -> Any:
        return self.client.generic(
            method, path, body, content_type=content_type, headers=as_headers(headers)
        )

    def upload(self, path: str, data: dict[str, Any], **headers: str) -> Any:
        return self.client.post(path, data, headers=as_headers(headers))


def error(response: Any) -> tuple[int, str, dict[str, Any]]:
    """Status, code and the fields that are at fault."""
    body = json.loads(response.content)
    return response.status_code, body["code"], body.get("errors", {})


def as_headers(headers: dict[str, str]) -> dict[str, str]:
    """Headers by the names that Python lets an argument have."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
