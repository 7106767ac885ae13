"""Where a definition comes from that nobody built yet: a stock lifecycle, another one, RT's JSON, three statuses."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycles.definition import Parsed, parse
from lifecycles.models import Lifecycle
from lifecycles.stock import STOCK
from lifecycles.writing import own
from tessera.lib.admin import JSONArea, note_field
from tickets.processes import check_guard, held_roles

LOOK = "_look"
_RT_KEYS = frozenset({"initial", "active", "inactive", "statuses"})

THREE: Mapping[str, Any] = {
    "statuses": {"initial": ["new"], "active": ["open"], "inactive": ["done"]},
    "defaults": {"on_create": "new"},
    "transitions": [
        {"name": "open", "label": "Open", "from": ["new"], "to": "open"},
        {"name": "finish", "label": "Finish", "from": ["new", "open"], "to": "done"},
        {"name": "reopen", "label": "Reopen", "from": ["done"], "to": "open"},
    ],
}


@dataclass(frozen=True)
class Understood:
    """What was read from a text: as ours says it, what of it is lost that way, and what the check says."""

    raw: Any
    parsed: Parsed
    lost: tuple[str, ...] = ()


def understood(raw: Any) -> Understood:
    """A definition in either shape, as ours."""
    parsed = parse(raw, check_guard=check_guard, held_roles=held_roles())
    if parsed.definition is None or not isinstance(raw, dict) or "statuses" in raw:
        return Understood(raw, parsed)
    written = own(parsed.definition)
    return Understood(written.raw, parsed, written.lost)


class TextForm(forms.Form):
    """JSON that is pasted or uploaded. RT writes several lifecycles into one object: then one is chosen."""

    text = forms.CharField(
        label=gettext_lazy("JSON"),
        required=False,
        widget=JSONArea({"rows": 14}),
        help_text=gettext_lazy(
            "A lifecycle as Request Tracker has it, or one that was exported here."
        ),
    )
    file = forms.FileField(
        label=gettext_lazy("or a file of it"), required=False, allow_empty_file=True
    )
    which = forms.CharField(label=gettext_lazy("Which of them"), required=False)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.names: list[str] = []
        self.found: Understood | None = None
        # The file stands in the box from here on: a browser does not send it twice.
        self.shown = str(self.data.get("text", ""))

    @property
    def looking(self) -> bool:
        """Whether it was sent to be looked at."""
        return LOOK in self.data

    def needs_text(self) -> bool:
        """Whether the JSON is what counts."""
        return True

    def clean(self) -> dict[str, Any]:
        """Reads it, and keeps what was understood."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.needs_text():
            self._read(cleaned)
        return cleaned

    def _read(self, cleaned: dict[str, Any]) -> None:
        try:
            self.shown = _text(cleaned)
            raw = json.loads(self.shown)
        except json.JSONDecodeError as fault:
            place = {"line": fault.lineno, "column": fault.colno}
            self.add_error("text", _("This is no JSON: line %(line)d, column %(column)d.") % place)
            return
        except (RecursionError, ValueError) as fault:
            self.add_error(
                "text", str(fault) if isinstance(fault, _Unreadable) else _Unreadable.told()
            )
            return
        self.names = list(_names(raw))
        if self.names:
            which = cleaned.get("which") or self.names[0]
            raw = raw.get(which, raw[self.names[0]])
        self.found = understood(raw)
        for each in self.found.parsed.faults:
            self.add_error("text", f"{each.place}: {each.detail}" if each.place else each.detail)


class _Unreadable(ValueError):
    """No text that JSON could be."""

    @staticmethod
    def told() -> str:
        return _("This is no JSON that can be read: it is too deep, or a number is too long.")


def _text(cleaned: Mapping[str, Any]) -> str:
    """The file's, else the box's. Raises `_Unreadable`."""
    file: UploadedFile[Any] | None = cleaned.get("file")
    if file is None:
        if not cleaned.get("text", "").strip():
            raise _Unreadable(_("Paste it here, or choose a file."))
        return str(cleaned["text"])
    if (file.size or 0) > settings.TESSERA_MAX_BODY:
        raise _Unreadable(_("The file is too large to be a lifecycle."))
    try:
        return bytes(file.read()).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unreadable(_("The file is no text in UTF-8.")) from None


def _names(raw: Any) -> Iterator[str]:
    """The lifecycles in an object of several, as RT's own configuration is one."""
    if not isinstance(raw, dict) or _RT_KEYS & set(raw):
        return
    for name, each in raw.items():
        if isinstance(each, dict) and _RT_KEYS & set(each):
            yield name


class BeginForm(TextForm):
    """A new lifecycle: its name, and what it begins from."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    start = forms.CharField(required=False, initial="three")
    stock = forms.CharField(required=False)
    copy = forms.CharField(required=False)
    note = note_field()

    field_order = ("name",)

    @property
    def chosen(self) -> str:
        """What it begins from."""
        start = self.data.get("start", "") if self.is_bound else "three"
        return start if start in ("three", "stock", "copy", "text") else "three"

    def needs_text(self) -> bool:
        return self.chosen == "text"

    @property
    def copies(self) -> list[tuple[int, str]]:
        """The lifecycles that can be copied."""
        return list(
            Lifecycle.objects.exclude(current=None).order_by("name").values_list("pk", "name")[:500]
        )

    @property
    def stocks(self) -> list[str]:
        """The stock ones, as they were delivered."""
        return list(STOCK)

    def clean(self) -> dict[str, Any]:
        """With what it begins from, read and judged."""
        cleaned = super().clean()
        if self.chosen == "three":
            self.found = understood(dict(THREE))
        elif self.chosen == "stock":
            raw = STOCK.get(cleaned.get("stock", ""))
            self._begin("stock", raw)
        elif self.chosen == "copy":
            number = cleaned.get("copy", "")
            row = _lifecycle(number)
            self._begin("copy", row.current.definition if row and row.current else None)
        return cleaned

    def _begin(self, field: str, raw: Any) -> None:
        if raw is None:
            self.add_error(field, _("Choose one of them."))
            return
        self.found = Understood(raw, parse(raw, check_guard=check_guard, held_roles=held_roles()))
        for each in self.found.parsed.faults:
            self.add_error(field, f"{each.place}: {each.detail}")


def _lifecycle(number: str) -> Lifecycle | None:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    return Lifecycle.objects.select_related("current").filter(pk=int(number)).first()
