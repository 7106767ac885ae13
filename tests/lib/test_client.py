"""Where a request comes from."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from tessera.lib.client import address_of, neighbourhood


def came(remote: str, forwarded: str | None = None) -> str:
    meta = {"REMOTE_ADDR": remote}
    if forwarded is not None:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded
    return address_of(RequestFactory().get("/", **meta))  # type: ignore[arg-type]  # extra META


@pytest.mark.parametrize("forwarded", [None, "203.0.113.7", "203.0.113.7, 127.0.0.1"])
def test_header_counts_for_nothing_without_a_trusted_proxy(forwarded: str | None) -> None:
    assert came("198.51.100.1", forwarded) == "198.51.100.1"


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        (None, "10.0.0.1"),
        ("203.0.113.7", "203.0.113.7"),
        ("1.2.3.4, 203.0.113.7", "203.0.113.7"),
        ("1.2.3.4, 203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("1.2.3.4, nonsense", "10.0.0.1"),
        ("1.2.3.4, nonsense, 10.0.0.2", "10.0.0.2"),
        ("", "10.0.0.1"),
    ],
)
def test_trusted_proxy_is_believed_from_the_end(
    settings: Settings, forwarded: str | None, found: str
) -> None:
    settings.TESSERA_TRUSTED_PROXIES = ["10.0.0.0/8"]

    assert came("10.0.0.1", forwarded) == found


def test_no_address_is_no_address() -> None:
    assert came("") == ""


def test_misspelt_proxy_is_a_fault_and_not_ignored(settings: Settings) -> None:
    settings.TESSERA_TRUSTED_PROXIES = ["10.0.0.0/99"]

    with pytest.raises(ImproperlyConfigured, match="TESSERA_TRUSTED_PROXIES"):
        came("10.0.0.1")


@pytest.mark.parametrize(
    ("address", "counted"),
    [("203.0.113.7", "203.0.113.7"), ("2001:db8:1:2:3::4", "2001:db8:1:2::/64"), ("", "")],
)
def test_limits_count_an_ipv6_customer_as_one(address: str, counted: str) -> None:
    assert neighbourhood(address) == counted
