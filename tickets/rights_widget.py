"""The rights of a role as boxes to tick: each with what it lets its holder do, in groups; what is inherited as such."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from tessera.accounts.models import Role
from tessera.accounts.rights import RIGHT_GROUPS, RIGHTS
from tickets.config import Config


@dataclass(frozen=True, slots=True)
class Right:
    """One box: the right, and what it lets its holder do."""

    name: str
    told: StrOrPromise


Groups = list[tuple[StrOrPromise, list[Right]]]


def groups(config: Config, held: frozenset[str]) -> Groups:
    """All rights that can be ticked: ours, those that transitions name, and what the role holds besides."""
    found: Groups = [
        (label, [Right(name, RIGHTS[name]) for name in names]) for label, names in RIGHT_GROUPS
    ]
    named = _named(config)
    others = [Right(name, named[name]) for name in sorted(named.keys() - RIGHTS.keys())]
    gone = sorted(held - RIGHTS.keys() - named.keys())
    others += [Right(name, _("no lifecycle of today names it")) for name in gone]
    return [*found, (_("Transitions"), others)] if others else found


def _named(config: Config) -> dict[str, str]:
    """The rights that transitions name, with the transitions."""
    found: dict[str, list[str]] = {}
    for lifecycle in config.lifecycles:
        for transition in lifecycle.definition.transitions:
            if transition.right:
                told = _("“%(transition)s” in the lifecycle %(lifecycle)s") % {
                    "transition": transition.label or transition.name,
                    "lifecycle": lifecycle.name,
                }
                found.setdefault(transition.right, []).append(told)
    return {
        right: _("take %(transitions)s") % {"transitions": _(" and ").join(dict.fromkeys(names))}
        for right, names in found.items()
    }


def inheritance(roles: Mapping[int, Role]) -> dict[int, dict[str, str]]:
    """By the id of a role: each right that an heir has of it, with the name of the role that holds it itself."""
    found: dict[int, dict[str, str]] = {}
    for number in roles:
        rights: dict[str, str] = {}
        seen: set[int] = set()
        at: int | None = number
        while at is not None and at in roles and at not in seen:
            seen.add(at)
            for right in roles[at].rights:
                rights.setdefault(right, roles[at].name)
            at = roles[at].inherits_id
        found[number] = rights
    return found


@dataclass(eq=False)
class Shown:
    """What the widget shows besides the boxes that are ticked."""

    groups: Groups = field(default_factory=list)
    inherited: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    parent: int | None = None


class RightsWidget(forms.CheckboxSelectMultiple):
    """What comes with the inherited role is ticked and can't be taken off: the box says where it comes from.

    `rights.js` keeps that so while another role is chosen.
    """

    def __init__(self, attrs: Mapping[str, Any] | None = None) -> None:
        super().__init__(dict(attrs or {}))
        self.shown = Shown()

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: Any = None,  # noqa: ARG002  # Django's signature
    ) -> SafeString:
        """As groups of boxes."""
        own = {str(each) for each in value or ()}
        parent = self.shown.parent
        inherited = self.shown.inherited.get(parent, {}) if parent is not None else {}
        context = {
            "name": name,
            "id": (attrs or {}).get("id", name),
            "inherited": json.dumps(self.shown.inherited, sort_keys=True),
            "groups": [
                (label, [(right, right.name in own, inherited.get(right.name)) for right in rights])
                for label, rights in self.shown.groups
            ],
        }
        return SafeString(render_to_string("admin/rights.html", context))
