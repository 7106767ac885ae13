"""Which addresses of the internet are public, and which others the administrator allows to call."""

import contextlib
import functools
import ipaddress

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Beyond what `is_global` knows: multicast, relays and protocol assignments.
_NOT_PUBLIC_V4 = [
    ipaddress.IPv4Network(network) for network in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/3")
]
_NOT_PUBLIC_V6 = [
    ipaddress.IPv6Network(network) for network in ("2001::/23", "2002::/16", "3fff::/20")
]
_UNICAST_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def as_address(host: str) -> Address | None:
    """The address that `host` is in its plain spelling, or None for a name."""
    if "%" in host:  # a zone (fe80::1%eth0) means something on one machine only
        return None
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def permitted(host: str, address: Address) -> bool:
    """Whether `address`, to which `host` resolves, may be called."""
    inner = _inner(address)
    return (
        is_public(address)
        or allowed_name(host)
        or any(
            candidate.version == network.version and candidate in network
            for network in _allowed_networks(tuple(settings.TESSERA_WEBHOOK_ALLOW))
            for candidate in {address, inner}
        )
    )


def is_public(address: Address) -> bool:
    """Whether `address` belongs to the public internet: not private, shared, local, a test's, a
    relay's or multicast."""
    address = _inner(address)
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in net for net in _NOT_PUBLIC_V4)
    return (
        address in _UNICAST_V6
        and address.is_global
        and not any(address in net for net in _NOT_PUBLIC_V6)
    )


def _inner(address: Address) -> Address:
    """The IPv4 address that an IPv4-mapped or NAT64 one leads to; any other is itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def allowed_name(host: str) -> bool:
    """Whether TESSERA_WEBHOOK_ALLOW names `host` itself."""
    return host in {
        name.strip().lower().removesuffix(".") for name in settings.TESSERA_WEBHOOK_ALLOW
    }


@functools.lru_cache(maxsize=8)
def _allowed_networks(entries: tuple[str, ...]) -> tuple[Network, ...]:
    networks: list[Network] = []
    for entry in entries:
        with contextlib.suppress(ValueError):  # the others are names of hosts
            networks.append(ipaddress.ip_network(entry.strip().strip("[]"), strict=False))
    return tuple(networks)
