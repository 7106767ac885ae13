"""Settings of the site that were changed while it runs, by their names, each as its page shows it."""

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tessera.accounts import site
from tessera.accounts.models import SiteSetting
from tessera.desk.configuration.items import Body, Item
from tessera.desk.configuration.sections.base import Hand, Section
from tessera.desk.configuration.shape import TEXT, Key
from tessera.lib.errors import Invalid
from tessera.lib.suggest import nearest
from tessera.lib.values import BadValue


class Settings(Section):
    """What is missing has its default again."""

    name: ClassVar = "settings"
    title: ClassVar = gettext_lazy("Settings")
    model: ClassVar = SiteSetting
    renames: ClassVar = False
    shape: ClassVar = {"name": Key(TEXT), "value": Key(TEXT)}

    def items(self, only: int | None = None) -> Iterator[Item]:
        rows = SiteSetting.objects.filter(name__in=site.SETTINGS)
        for row in rows if only is None else rows.filter(pk=only):
            body = {"name": row.name, "value": site.SETTINGS[row.name].show(row.value)}
            yield Item(self.name, row.pk, row.name, body)

    def save(self, body: Body, held: Item | None, hand: Hand) -> int:  # noqa: ARG002  # a name is a setting's for ever
        setting = site.SETTINGS.get(body["name"])
        if setting is None:
            near = nearest(body["name"], site.SETTINGS)
            told = _("there is no setting “%s”") % body["name"][:100]
            raise Invalid({"name": [told + (_("; did you mean “%s”?") % near if near else "")]})
        try:
            site.change(setting, body["value"], actor=hand.actor.person)
        except BadValue as fault:
            raise Invalid({"value": [str(fault)]}) from None
        return SiteSetting.objects.get(name=setting.name).pk

    def remove(self, item: Item, hand: Hand) -> None:
        site.back_to_default(site.SETTINGS[item.label], actor=hand.actor.person)
