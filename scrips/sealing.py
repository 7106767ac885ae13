"""Secrets among a scrip's settings: kept sealed, never shown, and kept when they come back as they were shown."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from scrips.models import Scrip
from tessera.lib import secretbox

# Stands for a secret that is kept and never shown; given back, it means: keep the one you have.
HIDDEN = "********"
# Names of headers by which the receiver knows the caller.
_OPENS = re.compile(r"auth|cookie|token|secret|api[-_ ]?key|password|credential|signature", re.I)


def opens_something(header: str) -> bool:
    """Whether a header of that name carries what others must not know."""
    return _OPENS.search(header) is not None


def public_payload(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What a delivery sends, as it may be shown: without the secret that signs it, and headers that open something
    only say that they are there."""
    shown = {name: value for name, value in payload.items() if name != "secret"}
    if shown.get("headers"):
        shown["headers"] = {
            name: HIDDEN if opens_something(name) else value
            for name, value in shown["headers"].items()
        }
    return shown


def public_action_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """A scrip's action settings as they may be shown: a secret only says that there is one."""
    if config.get("secret") is None:
        return dict(config)
    several = isinstance(config["secret"], list)
    return {**config, "secret": [HIDDEN] * len(config["secret"]) if several else HIDDEN}


def with_kept_secret(config: Any, held: Scrip | None, errors: dict[str, list[str]]) -> Any:
    """A secret given back as it was shown is the one that is kept; unsealed here, to be checked with the rest."""
    if not isinstance(config, dict) or config.get("secret") is None:
        return config
    kept = held.action_config.get("secret") if held else None
    sealed = kept if isinstance(kept, list) else [] if kept is None else [kept]
    given = config["secret"] if isinstance(config["secret"], list) else [config["secret"]]
    try:
        plain = [
            secretbox.open_(sealed[index])
            if secret in (HIDDEN, *sealed) and index < len(sealed)
            else secret
            for index, secret in enumerate(given)
        ]
        if HIDDEN in plain:
            told = _("“%s” stands for a secret that is kept, and there is none here: give it anew")
            errors["action_config.secret"] = [told % HIDDEN]
    except secretbox.SecretUnreadable as error:
        errors["action_config.secret"] = [str(error)]
        return {**config, "secret": None}
    return {**config, "secret": plain if isinstance(config["secret"], list) else plain[0]}


def can_be_opened(config: Mapping[str, Any]) -> bool:
    """Whether the secret of settings as they are kept, where there is one, was sealed with this installation's key."""
    secret = config.get("secret") or []
    try:
        for each in secret if isinstance(secret, list) else [secret]:
            secretbox.open_(each)
    except secretbox.SecretUnreadable:
        return False
    return True


def sealed_config(config: dict[str, Any]) -> dict[str, Any]:
    """The settings as they are kept."""
    secret = config.get("secret")
    if secret is None:
        return config
    if isinstance(secret, list):
        return {**config, "secret": [secretbox.seal(each) for each in secret]}
    return {**config, "secret": secretbox.seal(secret)}
