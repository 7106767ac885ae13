"""A browser that runs no scripts: it follows links, fills in what forms hold, and presses their buttons."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.http import QueryDict
from django.test import Client

_VOID = frozenset(("br", "col", "hr", "img", "input", "link", "meta", "path", "use", "wbr"))
_TICKED = frozenset(("checkbox", "radio"))
_UNSENT = frozenset(("button", "file", "image", "reset", "submit"))
Attributes = dict[str, str]


@dataclass
class Element:
    """An element with its text; of `select` the options lie in `parts`."""

    tag: str
    given: Attributes
    form: "Element | None" = None
    text: str = ""
    parts: "list[Element]" = field(default_factory=list)

    @property
    def said(self) -> str:
        """What stands on it, or what a screen reader says instead."""
        return self.given.get("aria-label") or " ".join(self.text.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Element] = []
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, self._held("form"))
        self.found.append(made)
        # Those of a <datalist> are only offered.
        if tag == "option" and (held := self._held("select")) is not None:
            held.parts.append(made)
        if tag not in _VOID:
            self._open.append(made)

    def _held(self, tag: str) -> Element | None:
        return next((each for each in reversed(self._open) if each.tag == tag), None)

    def handle_endtag(self, tag: str) -> None:
        if any(each.tag == tag for each in self._open):
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(each.given.get("aria-hidden") == "true" for each in self._open):
            for each in self._open:
                each.text += data


class Plain:
    """One window. What is not on the page, or there twice with different ends, is an AssertionError."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.path = ""
        self.text = ""
        self._elements: list[Element] = []
        self._values: dict[int, Any] = {}

    def open(self, path: str) -> None:
        """Go there."""
        self._shown(self._client.get(path, follow=True), path)

    def follow(self, text: str) -> None:
        """Press the first link that says this."""
        link = self._one("a", text, lambda each: "href" in each.given)
        self.open(urljoin(self.path, link.given["href"]).split("#")[0])

    def fill(self, label: str, value: object) -> None:
        """Write into what has this label; choose the option or tick the box that says it."""
        if box := self._labelled(label, _TICKED):
            self._tick(box, ticked=bool(value))
            return
        control = self._labelled(label, frozenset())
        assert control is not None, f"no field “{label}” at {self.path}"
        if control.tag == "select":
            chosen = [each for each in control.parts if value in (each.said, each.given["value"])]
            assert chosen, f"“{label}” has no {value}"
            value = chosen[0].given["value"]
        self._values[id(control)] = value

    def press(self, text: str) -> None:
        """Press the button that says this, and go where its form leads."""
        button = self._one("button", text, lambda each: each.given.get("type") != "reset")
        form = self._form(button)
        assert form is not None, f"“{text}” belongs to no form"
        sent = QueryDict(mutable=True)
        for control in self._elements:
            if control.tag in {"input", "select", "textarea"} and self._form(control) is form:
                sent.setlistdefault(control.given.get("name", "")).extend(self._sent(control))
        sent.pop("", None)
        if name := button.given.get("name"):
            sent.appendlist(name, button.given.get("value", ""))
        way = button.given.get("formaction") or form.given.get("action") or self.path
        way = urljoin(self.path, way).split("#")[0]
        if form.given.get("method", "get").lower() == "get":
            self.open(f"{urlsplit(way).path}?{sent.urlencode()}")
        else:
            self._shown(self._client.post(way, dict(sent.lists()), follow=True), way)

    def says(self, text: str) -> bool:
        """Whether the page says it."""
        return " ".join(text.split()) in " ".join(self.text.split())

    def _shown(self, answer: Any, path: str) -> None:
        assert answer.status_code in {200, 409}, f"{path} answered {answer.status_code}"
        self.path = answer.redirect_chain[-1][0] if answer.redirect_chain else path
        reader = _Reader()
        reader.feed(answer.content.decode())
        self._elements, self._values = reader.found, {}
        self.text = next(each.text for each in reader.found if each.tag == "body")

    def _one(self, tag: str, text: str, fits: Any) -> Element:
        found = [each for each in self._elements if each.tag == tag and fits(each)]
        found = [each for each in found if each.said == text] or [
            each for each in found if each.said.startswith(text)
        ]
        assert found, f"no {tag} “{text}” at {self.path}"
        return found[0]

    def _labelled(self, label: str, kinds: frozenset[str]) -> Element | None:
        ids = [
            each.given.get("for", "")
            for each in self._elements
            if each.tag == "label" and each.said.rstrip(" *") == label
        ]
        for index, each in enumerate(self._elements):
            if each.tag not in {"input", "select", "textarea"}:
                continue
            if (each.given.get("type") in _TICKED) != bool(kinds):
                continue
            named = each.given.get("id") in ids or each.said == label
            if named or any(
                part.tag == "label" and part.said == label for part in self._around(index)
            ):
                return each
        return None

    def _around(self, index: int) -> list[Element]:
        """The label that a control stands in: the last that began before it and holds no other."""
        before = self._elements[index - 1] if index else None
        return [before] if before is not None and before.tag == "label" else []

    def _tick(self, box: Element, *, ticked: bool) -> None:
        if box.given["type"] == "radio":
            for each in self._elements:
                if (
                    each.given.get("name") == box.given["name"]
                    and each.given.get("type") == "radio"
                ):
                    self._values[id(each)] = False
        self._values[id(box)] = ticked

    def _form(self, control: Element) -> Element | None:
        if named := control.given.get("form"):
            return next(each for each in self._elements if each.given.get("id") == named)
        return control.form

    def _sent(self, control: Element) -> list[str]:
        kind = control.given.get("type", "")
        if kind in _UNSENT or "disabled" in control.given:
            return []
        if kind in _TICKED:
            ticked = self._values.get(id(control), "checked" in control.given)
            return [control.given.get("value", "on")] if ticked else []
        if id(control) in self._values:
            return [str(self._values[id(control)])]
        if control.tag == "select":
            chosen = [each for each in control.parts if "selected" in each.given]
            if "multiple" not in control.given:
                chosen = chosen[:1] or control.parts[:1]
            return [each.given.get("value", each.text) for each in chosen]
        if control.tag == "textarea":
            return [control.text.removeprefix("\n")]
        return [control.given.get("value", "")]
