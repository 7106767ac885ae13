"""The keys by which fields are named in the API, in queries and in templates. A key is never given twice."""

import re

from django.utils.text import slugify
from django.utils.translation import gettext as _

from customfields.models import CustomField
from tessera.lib.values import BadValue

LONGEST_KEY = 64
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*", re.ASCII)


def free(raw: object) -> str:
    """The key, if it is one and no field has or had it. Raises `BadValue`."""
    if not isinstance(raw, str):
        raise BadValue(_("must be text"))
    if not _KEY.fullmatch(raw):
        raise BadValue(_("must begin with a letter and have letters, digits and _ only"))
    if len(raw) > LONGEST_KEY:
        raise BadValue(_("must have at most %(most)d characters") % {"most": LONGEST_KEY})
    if CustomField.objects.filter(key__iexact=raw).exists():
        raise BadValue(_("is another field's; a key stays its field's also after a delete"))
    return raw


def of_name(name: str) -> str:
    """A free key that resembles the name: “Cost centre” gives cost_centre, a second one cost_centre_2."""
    slug = slugify(name).replace("-", "_")
    if not slug[:1].isalpha():
        slug = f"field_{slug}".rstrip("_")
    slug = slug[:LONGEST_KEY]
    stem = slug[: LONGEST_KEY - 10]  # what every numbered key begins with, long ones included
    taken = {
        key.lower()
        for key in CustomField.objects.filter(key__istartswith=stem).values_list("key", flat=True)
    }
    key, count = slug, 1
    while key.lower() in taken:
        count += 1
        key = f"{slug[: LONGEST_KEY - 1 - len(str(count))]}_{count}"
    return key
