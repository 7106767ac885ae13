"""Who names the thing that a page of the administration is about: read before it is changed or goes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Model, Q
from django.template import Context
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from customfields.models import CustomField
from lifecycles.models import Lifecycle
from scrips import used_by, uses
from scrips.builder.words import spot
from scrips.models import Scrip, Template
from scrips.used_by import User
from tessera.lib.errors import QueryInvalid
from tessera.lib.query.fold import fold
from tessera.lib.query.parse import parse_query
from tickets import config
from tickets.config import Config
from tickets.models import SavedView

register = template.Library()

_MOST_QUEUES = 5  # named beside a rule
# More saved views than these are not looked through for a page.
_MOST_VIEWS = 500

_SOURCES: Mapping[type[Model], Callable[[Any, Config], list[User]]] = {
    CustomField: used_by.of_field,
    Lifecycle: used_by.of_lifecycle,
    Template: lambda row, _config: used_by.of_template(
        row, Scrip.objects.filter(template=row).prefetch_related("places").order_by("name", "pk")
    ),
}
_KINDS: Mapping[str, tuple[str | Promise, str]] = {
    "scrip": (_("scrip"), "scrips_scrip"),
    "template": (_("template"), "scrips_template"),
    "lifecycle": (_("lifecycle"), "lifecycles_lifecycle"),
    "custom_field": (_("custom field"), "customfields_customfield"),
    "queue": (_("queue"), "tickets_queue"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A row that names it; `url` is empty for whoever may not open its page. `where` are the queues of a rule or a
    template, as text; empty where it is of none."""

    kind: str | Promise
    name: str
    url: str
    places: tuple[str, ...]
    names: tuple[str, ...]
    where: str = ""


@register.inclusion_tag("admin/_used_by.html", takes_context=True)
def used_by_panel(context: Context, row: Model) -> dict[str, Any]:
    """The rows that name this one, each with a link for whoever may open it; statements of a fixed number."""
    rules = config.current()
    return {"lines": _lines(_found(row, rules), context["request"].user, rules)}


# Who names a row, by its table and id, with the configuration that it was read of: all who can are configuration.
_kept: dict[tuple[type[Model], int], tuple[Config, Sequence[User]]] = {}
_MOST_KEPT = 500


def _found(row: Model, rules: Config) -> Sequence[User]:
    key = type(row), row.pk
    held = _kept.get(key)
    if held is None or held[0] is not rules:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        held = _kept[key] = (rules, _SOURCES[type(row)](row, rules))
    return held[1]


def _lines(found: Iterable[User], user: Any, rules: Config) -> list[Line]:
    """Each with a link for whoever may open its page."""
    lines: list[Line] = []
    opened: dict[str, bool] = {}
    for each in found:
        kind, page = _KINDS[each.kind]
        if page not in opened:
            opened[page] = user.has_perm(page.replace("_", ".view_"))
        url = reverse(f"admin:{page}_change", args=[each.id]) if opened[page] else ""
        places = tuple(dict.fromkeys(map(spot, each.places)))
        lines.append(Line(kind, each.name, url, places, each.names, _where(each, rules)))
    return lines


def _where(found: User, rules: Config) -> str:
    names = [rules.queues[number].name for number in found.queue_ids if number in rules.queues]
    if found.kind == "scrip" and not names:
        return _now("every queue")
    shown = sorted(names, key=fold)
    return ", ".join([*shown[:_MOST_QUEUES], "…"] if len(shown) > _MOST_QUEUES else shown)


@register.inclusion_tag("admin/_touched.html", takes_context=True)
def touched_panel(context: Context, row: Lifecycle, gone: Iterable[str]) -> dict[str, Any]:
    """The queues that live by a lifecycle, and the rules and saved views that name its statuses: those of `gone` are
    told apart, because they would wait in vain. Of views that only their owners see, how many there are."""
    user, rules = context["request"].user, config.current()
    lost = {fold(name) for name in gone}
    queues: list[Line] = []
    broken: list[Line] = []
    others: list[Line] = []
    users = used_by.of_lifecycle(row, rules)
    for found, line in zip(users, _lines(users, user, rules), strict=True):
        if found.kind == "queue":
            queues.append(line)
        else:
            named = lost & {fold(name) for name in found.names}
            (broken if named else others).append(line)
    views = list(_views(lost, rules))
    shared = [each for each in views if each.visibility != SavedView.Visibility.PRIVATE]
    broken += [Line(_("saved view"), each.name, "", (), ()) for each in shared]
    return {
        "queues": queues,
        "broken": broken,
        "rules": others,
        "private": len(views) - len(shared),
    }


def _views(lost: Iterable[str], rules: Config) -> Iterator[SavedView]:
    """The saved views whose queries name one of these statuses."""
    wanted = set(lost)
    named = Q()
    for name in wanted:
        named |= Q(query__icontains=name)
    if not wanted:
        return
    for view in SavedView.objects.filter(named).order_by("pk")[:_MOST_VIEWS]:
        try:
            tree: Any = parse_query(view.query, rules.vocabulary)
        except QueryInvalid:
            continue
        names = uses.of_query(tree, "query", rules)
        if any(each.kind == uses.STATUS and fold(each.name) in wanted for each in names):
            yield view
