"""Where a request comes from. Behind a proxy X-Forwarded-For says it, and only a proxy that is named is believed."""

import functools
import ipaddress
from collections.abc import Callable
from contextvars import ContextVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from tessera.lib.addresses import Address, Network, as_address

# What one customer of a provider holds is counted as one address.
_V6_PREFIX = 64

_current: ContextVar[str] = ContextVar("client_address", default="")


class ClientAddressMiddleware:
    """Keeps the address of the request that is being answered, for those who record or limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer it."""
        token = _current.set(address_of(request))
        try:
            return self._get_response(request)
        finally:
            _current.reset(token)


def current_address() -> str:
    """The address that the request being answered came from; empty outside of one, or where none is known."""
    return _current.get()


def address_of(request: HttpRequest) -> str:
    """The nearest address that is no trusted proxy, or an empty string.

    X-Forwarded-For is read from its end, where the proxies write: whatever a client put in front of
    that counts for nothing.
    """
    address = _parsed(request.META.get("REMOTE_ADDR", ""))
    named = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while address is not None and named and _trusted(address):
        further = _parsed(named.pop())
        if further is None:
            break
        address = further
    return "" if address is None else str(address)


def neighbourhood(address: str) -> str:
    """What limits count `address` by: itself, or of IPv6 the network of 64 bits that a single customer has."""
    parsed = as_address(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, _V6_PREFIX), strict=False))
    return address


def _parsed(text: str) -> Address | None:
    """An address, without its port where a proxy wrote one: `192.0.2.1:4711`, `[2001:db8::1]:4711`."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    address = as_address(bare)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _trusted(address: Address) -> bool:
    return any(
        address.version == network.version and address in network
        for network in trusted_proxies(tuple(settings.TESSERA_TRUSTED_PROXIES))
    )


@functools.lru_cache(maxsize=8)
def trusted_proxies(entries: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks of TESSERA_TRUSTED_PROXIES. Raises ImproperlyConfigured: one that is misread would be believed by
    nobody, and everybody would seem to come from the proxy."""
    try:
        return tuple(ipaddress.ip_network(entry.strip(), strict=False) for entry in entries)
    except ValueError as error:
        raise ImproperlyConfigured(f"TESSERA_TRUSTED_PROXIES: {error}") from None
