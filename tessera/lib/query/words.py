"""The words in which a query is said to a person."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from tessera.lib.query.compare import CURRENT_USER, NOBODY
from tessera.lib.query.fold import fold
from tessera.lib.query.tree import Op

_MOST = 6

SAID: Mapping[Op, StrOrPromise] = {
    Op.EQ: _("%(field)s is %(value)s"),
    Op.NE: _("%(field)s is not %(value)s"),
    Op.LT: _("%(field)s is less than %(value)s"),
    Op.LE: _("%(field)s is at most %(value)s"),
    Op.GT: _("%(field)s is more than %(value)s"),
    Op.GE: _("%(field)s is at least %(value)s"),
    Op.LIKE: _("%(field)s contains %(value)s"),
    Op.NOT_LIKE: _("%(field)s does not contain %(value)s"),
    Op.STARTSWITH: _("%(field)s starts with %(value)s"),
    Op.NOT_STARTSWITH: _("%(field)s does not start with %(value)s"),
    Op.ENDSWITH: _("%(field)s ends with %(value)s"),
    Op.NOT_ENDSWITH: _("%(field)s does not end with %(value)s"),
    Op.IN: _("%(field)s is %(value)s"),
    Op.NOT_IN: _("%(field)s is not %(value)s"),
    Op.IS_NULL: _("%(field)s is empty"),
    Op.IS_NOT_NULL: _("%(field)s is not empty"),
    Op.MATCHES: _("%(field)s matches %(value)s"),
    Op.NOT_MATCHES: _("%(field)s does not match %(value)s"),
}
SAID_OF_DATES: Mapping[Op, StrOrPromise] = {
    Op.LT: _("%(field)s is before %(value)s"),
    Op.LE: _("%(field)s is not after %(value)s"),
    Op.GT: _("%(field)s is after %(value)s"),
    Op.GE: _("%(field)s is not before %(value)s"),
}
# What a ticket is to the one that the value names, and what it is not.
SAID_OF_LINKS: Mapping[str, tuple[StrOrPromise, StrOrPromise]] = {
    "LinkedTo": (_("it points to %s"), _("it does not point to %s")),
    "LinkedFrom": (_("it is pointed to by %s"), _("it is not pointed to by %s")),
    "MemberOf": (_("it is a member of %s"), _("it is no member of %s")),
    "Child": (_("it is the parent of %s"), _("it is not the parent of %s")),
    "DependsOn": (_("it depends on %s"), _("it does not depend on %s")),
    "DependedOnBy": (_("it is depended on by %s"), _("it is not depended on by %s")),
    "RefersTo": (_("it refers to %s"), _("it does not refer to %s")),
    "ReferredToBy": (_("it is referred to by %s"), _("it is not referred to by %s")),
}
PARTS_SAID: Mapping[str, StrOrPromise] = {
    "Name": _("the name of %s"),
    "EmailAddress": _("the e-mail address of %s"),
}
PEOPLE_SAID: Mapping[str, StrOrPromise] = {
    CURRENT_USER: _("the current user"),
    NOBODY: _("nobody"),
}
STATUSES_SAID: Mapping[str, StrOrPromise] = {
    fold("__Active__"): _("any that is not inactive"),
    fold("__Inactive__"): _("any inactive one"),
    fold("__Initial__"): _("any initial one"),
}


def alternatives(words: Sequence[str]) -> str:
    """`AND, OR or )`; of many the first few, and how many more."""
    if len(words) > _MOST:
        words = [*words[: _MOST - 1], gettext("%d more") % (len(words) - _MOST + 1)]
    if len(words) < 2:
        return "".join(words)
    return gettext("%(words)s or %(last)s") % {"words": ", ".join(words[:-1]), "last": words[-1]}
