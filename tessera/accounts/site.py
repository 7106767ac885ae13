"""Settings that can be changed while the site runs. What the environment says wins, and can't be changed here."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tessera.accounts import audit
from tessera.accounts.audit import Somebody
from tessera.accounts.models import SiteSetting
from tessera.accounts.snapshots import snapshot
from tessera.lib import environment, mime, values
from tessera.lib.environment import SettingInvalid
from tessera.lib.values import BadValue

NAME, MAIL_FROM, MAIL_CAPS = "site_name", "mail_from", "mail_caps"


@dataclass(frozen=True, slots=True)
class Setting:
    """One of them. `variable` is its name in the environment, empty for none; `read` makes a value that can be kept of
    a text, or raises `BadValue`; `show` is the way back."""

    name: str
    label: str | Promise
    told: str | Promise
    variable: str
    default: Callable[[], Any]
    read: Callable[[str], Any]
    show: Callable[[Any], str] = str

    @property
    def fixed(self) -> bool:
        """Whether the environment says what it is."""
        return bool(self.variable) and bool(os.environ.get(self.variable, "").strip())


@dataclass(frozen=True, slots=True)
class Site:
    """The settings as they were read; what was not changed is the default of now."""

    changed: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What the site is called on its pages."""
        return str(self._value(NAME))

    @property
    def mail_from(self) -> str:
        """The sender of mail whose queue names no address: an address, with a name or without."""
        return str(self._value(MAIL_FROM))

    @property
    def mail_caps(self) -> tuple[tuple[int, float], ...]:
        """How many recipients in all, within how many seconds."""
        return tuple((int(count), float(span)) for count, span in self._value(MAIL_CAPS))

    def _value(self, name: str) -> Any:
        setting = SETTINGS[name]
        if name not in self.changed or setting.fixed:
            return setting.default()
        return self.changed[name]


def load() -> Site:
    """As they are now. One statement; kept with the configuration, whose number every change of them raises."""
    return Site(dict(SiteSetting.objects.values_list("name", "value")))


def change(setting: Setting, text: str, *, actor: Somebody | None) -> None:
    """Set it. Raises `BadValue` for what it can't be, and where the environment says what it is."""
    _refuse_fixed(setting)
    value = setting.read(text)
    with transaction.atomic():
        audit.take_turns()
        held = SiteSetting.objects.filter(name=setting.name).first()
        if held is None:
            audit.added(SiteSetting.objects.create(name=setting.name, value=value), actor=actor)
        elif held.value != value:
            before = snapshot(held)
            held.value = value
            held.save(update_fields=["value"])
            audit.changed(held, before, actor=actor)


def back_to_default(setting: Setting, *, actor: Somebody | None) -> None:
    """Let the default count again."""
    with transaction.atomic():
        audit.take_turns()
        for held in SiteSetting.objects.filter(name=setting.name):
            audit.deleted(held, actor=actor)
            held.delete()


def _refuse_fixed(setting: Setting) -> None:
    if setting.fixed:
        told = _("%s in the environment says what it is") % setting.variable
        raise BadValue(told)


def _name(text: str) -> str:
    found = values.line(text.strip(), longest=60)
    if not found:
        raise BadValue(_("must not be empty"))
    return found


def _address(text: str) -> str:
    try:
        found = environment.read_address(str(_("This")), values.line(text.strip(), longest=300))
        single = len(mime.addresses([found])) == 1
    except (SettingInvalid, mime.AddressInvalid) as fault:
        raise BadValue(str(fault)) from None
    if not single:
        raise BadValue(_("must be one address"))
    return found


def _caps(text: str) -> list[list[float]]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    try:
        return [
            [float(part) for part in cap] for cap in environment.read_caps(str(_("These")), parts)
        ]
    except SettingInvalid as fault:
        raise BadValue(str(fault)) from None


def _caps_shown(found: Any) -> str:
    return ",".join(f"{int(count)}/{span:g}" for count, span in found)


SETTINGS: Mapping[str, Setting] = {
    each.name: each
    for each in (
        Setting(
            NAME,
            _("Name of the site"),
            _("Stands at the head of every page and in its title."),
            "",
            lambda: "Tessera",
            _name,
        ),
        Setting(
            MAIL_FROM,
            _("Sender of mail"),
            _("Of mail whose queue names no address: an address, with a name or without."),
            "TESSERA_MAIL_FROM",
            lambda: settings.TESSERA_MAIL_FROM,
            _address,
        ),
        Setting(
            MAIL_CAPS,
            _("Caps on all mail"),
            _(
                "How many recipients may be written to in all, within how many seconds, such as"
                " 1000/3600,10000/86400; empty for no cap."
            ),
            "TESSERA_MAIL_CAPS",
            lambda: settings.TESSERA_MAIL_CAPS,
            _caps,
            _caps_shown,
        ),
    )
}
