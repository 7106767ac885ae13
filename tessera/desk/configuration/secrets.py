"""Secrets of webhooks: a file names the variable of the environment that one comes from, never the secret itself.

Only variables whose names begin with `TESSERA_CONFIG_` are read: a file must not carry the server's own secrets off
to whatever address it names beside them.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from scrips.sealing import HIDDEN, opens_something
from tessera.desk.configuration.items import Secret
from tessera.lib import secretbox
from tessera.lib.errors import Invalid

PREFIX = "TESSERA_CONFIG_"
_REFERENCE = "from_environment"
_VARIABLE = re.compile(PREFIX + r"[A-Z0-9_]{1,100}", re.ASCII)


class Variables:
    """Names for the secrets of one file, each given once; the same configuration gets the same names."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def free(self, *words: str) -> str:
        """Made of the words that say what the secret is for."""
        stem = re.sub(r"[^A-Z0-9]+", "_", "_".join(words).upper(), flags=re.ASCII).strip("_")
        name = PREFIX + (stem[:80].strip("_") or "SECRET")
        number = 1
        while (found := name if number == 1 else f"{name}_{number}") in self._given:
            number += 1
        self._given.add(found)
        return found


def hidden(config: Mapping[str, Any], scrip: str, variables: Variables) -> dict[str, Any]:
    """An action's settings as kept, with a `Secret` in the place of each secret."""
    found = dict(config)
    kept = config.get("secret")
    if isinstance(kept, list):
        found["secret"] = [Secret(variables.free(scrip), _mark(_opened(each))) for each in kept]
    elif kept is not None:
        found["secret"] = Secret(variables.free(scrip), _mark(_opened(kept)))
    headers = config.get("headers")
    if isinstance(headers, Mapping):
        found["headers"] = {
            name: Secret(variables.free(scrip, name), _mark(value))
            if opens_something(name)
            else value
            for name, value in headers.items()
        }
    return found


def referred(config: Mapping[str, Any]) -> dict[str, Any]:
    """The same with each `Secret` as a file writes it."""
    return {name: _written(value) for name, value in config.items()}


def wanted(config: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """A file's settings with a `Secret` for each reference: of the variable's value, or where the environment has none
    of the one that is held. `held` are the settings as `hidden` gives them.

    Raises `Invalid`, by the path below `action_config`, for a secret that stands there itself, and for one that comes
    from nowhere.
    """
    errors: dict[str, list[str]] = {}
    found = dict(config)
    if config.get("secret") is not None:
        found["secret"] = _wanted_secret(config["secret"], held.get("secret"), errors)
    headers, kept = config.get("headers"), held.get("headers")
    if isinstance(headers, dict):
        before = kept if isinstance(kept, Mapping) else {}
        found["headers"] = {
            name: _one(raw, before.get(name), f"headers.{name}", errors)
            if isinstance(raw, dict) or opens_something(name)
            else raw
            for name, raw in headers.items()
        }
    if errors:
        raise Invalid({f"action_config.{name}": told for name, told in errors.items()})
    return found


def revealed(config: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """Wanted settings as the service takes them: what the environment has, else what stands for the one that is kept.
    `held` are the settings as they are kept."""
    found = dict(config)
    secret = config.get("secret")
    if isinstance(secret, list):
        found["secret"] = [os.environ.get(each.variable) or HIDDEN for each in secret]
    elif isinstance(secret, Secret):
        found["secret"] = os.environ.get(secret.variable) or HIDDEN
    headers = config.get("headers")
    if isinstance(headers, Mapping):
        before = held.get("headers") or {}
        found["headers"] = {
            name: (os.environ.get(value.variable) or before[name])
            if isinstance(value, Secret)
            else value
            for name, value in headers.items()
        }
    return found


def _wanted_secret(raw: Any, held: Any, errors: dict[str, list[str]]) -> Any:
    if not isinstance(raw, list):
        return _one(raw, held[0] if isinstance(held, list) and held else held, "secret", errors)
    before = held if isinstance(held, list) else [] if held is None else [held]
    return [
        _one(each, before[place] if place < len(before) else None, f"secret[{place}]", errors)
        for place, each in enumerate(raw)
    ]


def _one(raw: Any, held: Any, path: str, errors: dict[str, list[str]]) -> Any:
    variable = raw.get(_REFERENCE) if isinstance(raw, dict) and len(raw) == 1 else None
    if not isinstance(variable, str) or not _VARIABLE.fullmatch(variable):
        told = _("a secret is not written down; write {from_environment: %(prefix)sNAME}")
        errors[path] = [told % {"prefix": PREFIX}]
    elif given := os.environ.get(variable):
        return Secret(variable, _mark(given))
    elif isinstance(held, Secret):
        return Secret(variable, held.mark)
    else:
        told = _("nothing is kept here yet, and the environment has no %(variable)s: set it")
        errors[path] = [told % {"variable": variable}]
    return None


def _written(value: Any) -> Any:
    if isinstance(value, Secret):
        return {_REFERENCE: value.variable}
    if isinstance(value, list):
        return [_written(each) for each in value]
    return {k: _written(v) for k, v in value.items()} if isinstance(value, dict) else value


def _opened(sealed: str) -> str:
    try:
        return secretbox.open_(sealed)
    except secretbox.SecretUnreadable:
        return sealed  # sealed under a key that is gone: it still is the one that is kept


def _mark(text: object) -> str:
    return hashlib.sha256(str(text).encode("utf-8", "replace")).hexdigest()
