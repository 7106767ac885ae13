"""A browser that keeps its cookies as browsers do, and asks by cookie."""

import json
from typing import Any

from django.test import Client

from tests.accounts.conftest import PASSWORD


class Browser:
    """Sends JSON with the cookies it has, and their csrftoken in the header unless told otherwise."""

    def __init__(self, address: str = "203.0.113.7") -> None:
        self.client = Client(enforce_csrf_checks=True, REMOTE_ADDR=address)

    def log_in(self, name: str = "ines", password: str = PASSWORD) -> Any:
        return self.post("/api/auth/token", {"username": name, "password": password})

    def get(self, path: str) -> Any:
        return self.client.get(path)

    def post(self, path: str, body: object = None, *, csrf: bool = True) -> Any:
        token = self.cookie("csrftoken")
        return self.client.post(
            path,
            json.dumps({} if body is None else body),
            content_type="application/json",
            headers={"X-CSRFToken": token} if csrf and token else {},
        )

    def cookie(self, name: str) -> str:
        found = self.client.cookies.get(name)
        return found.value if found else ""
