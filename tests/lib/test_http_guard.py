"""Which URLs and headers are refused before anything is sent."""

import ipaddress

import pytest
from pytest_django.fixtures import Settings

from tessera.lib import addresses, http

PUBLIC = [
    "https://example.com",
    "http://example.com:8080/a/b?c=d",
    "https://93.184.216.34/",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/",
    "https://bücher.example/ü?q=ü",
    "https://sub_domain.example.com./",
]
NOT_PUBLIC = [
    "http://127.0.0.1/",
    "http://127.8.9.10/",
    "http://0.0.0.0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://192.0.0.192/",
    "http://192.88.99.1/",
    "http://198.18.0.1/",
    "http://224.0.0.1/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:a00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[64:ff9b:1::1]/",
    "http://[2002:7f00:1::1]/",
    "http://[2001::1]/",
    "http://[2001:db8::1]/",
    "http://[fc00::1]/",
    "http://[fe80::1]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://localhost/",
    "http://LocalHost./",
    "http://some.localhost/",
    "http://localhost.localdomain/",
]
ODD = [
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://0/",
    "http://127.0.1/",
    "http://0x7f.1/",
    "http://0300.0250.0.1/",
    "http://00000177.0.0.1/",
    "http://4294967295/",
    "http://127.0.0.1.:80/",
    "http://１２７.0.0.1/",
    "http://127。0。0。1/",
    "http://①②⑦.0.0.1/",
    "http://1.2.3.4.5/",
    "http://example.0x1/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://%31%32%37.0.0.1/",
    "http://exa mple.com/",
    "http://example.com\\@127.0.0.1/",
    "http://example.com/\r\nX: y",
    "http://example.com/\x00",
    "http://user@example.com/",
    "http://user:pass@example.com/",
    "http://@example.com/",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://example.com:port/",
    "http://",
    "http:///path",
    "http://.example.com/",
    "http://example..com/",
    "http://-example.com/",
    "http://[::1/",
    "http://::1/",
    "//example.com/",
    "example.com",
    "",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "javascript:alert(1)",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 127 + "example/",
]


# First and last address of each range that is not public, from the registries of IANA (RFC 6890 and what followed).
RANGES = [
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15"),
    *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("::/128", "::1/128", "::ffff:0.0.0.0/104", "::ffff:10.0.0.0/104", "64:ff9b:1::/48"),
    *("64:ff9b::10.0.0.0/104", "100::/64", "2001::/32", "2001:2::/48", "2001:db8::/32"),
    *("2001:10::/28", "2001:20::/28", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7"),
    *("fe80::/10", "fec0::/10", "ff00::/8"),
]
NEIGHBOURS = [
    *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
    *("128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"),
    *("192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0"),
    *("203.0.112.255", "203.0.114.0", "223.255.255.255", "2001:200::", "2003::", "2600::"),
]


@pytest.mark.parametrize("network", RANGES)
def test_no_range_that_is_not_public_is_called_at_its_first_or_last_address(network: str) -> None:
    found = ipaddress.ip_network(network)
    for address in (found[0], found[-1]):
        host = f"[{address}]" if address.version == 6 else str(address)
        with pytest.raises(http.UrlRefused):
            http.check_url(f"https://{host}/")


@pytest.mark.parametrize("address", NEIGHBOURS)
def test_what_lies_beside_those_ranges_is_public(address: str) -> None:
    assert addresses.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("url", PUBLIC)
def test_public_url_is_taken(url: str) -> None:
    http.check_url(url)


@pytest.mark.parametrize("url", NOT_PUBLIC + ODD)
def test_url_that_is_not_public_or_oddly_written_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(http.UrlRefused, match=r"\.$"):
        http.check_url(url)


@pytest.mark.parametrize(
    ("allow", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:9000/"),
        ("127.0.0.0/8", "http://127.1.2.3/"),
        ("10.0.0.7/8", "http://10.200.0.1/"),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]/"),
        ("::1", "http://[::1]/"),
        ("[::1]", "http://[::1]/"),
        ("fc00::/7", "http://[fd12::1]/"),
        ("localhost", "http://LOCALHOST:9000/"),
        ("LocalHost.", "http://localhost/"),
    ],
)
def test_what_is_allowed_by_name_or_network_is_taken(
    settings: Settings, allow: str, url: str
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = ["other.example", allow]
    http.check_url(url)


@pytest.mark.parametrize(
    ("allow", "url"),
    [
        ("127.0.0.1", "http://127.0.0.2/"),
        ("127.0.0.1", "http://127.1/"),
        ("127.0.0.1", "http://localhost/"),
        ("localhost", "http://127.0.0.1/"),
        ("localhost", "http://a.localhost/"),
        ("::1", "http://127.0.0.1/"),
        ("10.0.0.0/8", "http://[fd12::1]/"),
    ],
)
def test_an_allowance_reaches_no_further_than_it_says(
    settings: Settings, allow: str, url: str
) -> None:
    settings.TESSERA_WEBHOOK_ALLOW = [allow]
    with pytest.raises(http.UrlRefused):
        http.check_url(url)


def test_every_special_block_of_ipv4_is_not_public() -> None:
    blocks = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"]
    blocks += ["172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15"]
    blocks += ["198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"]
    for block in map(ipaddress.IPv4Network, blocks):
        assert not addresses.is_public(block[0]), block
        assert not addresses.is_public(block[-1]), block


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X Y", "z"),
        ("X:", "z"),
        ("", "z"),
        ("X\r\nY", "z"),
        ("Ü", "z"),
        ("X", "a\r\nY: b"),
        ("X", "a\nb"),
        ("X", "a\x00b"),
        ("Host", "internal"),
        ("content-LENGTH", "3"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
    ],
)
def test_header_that_could_break_the_request_is_refused(name: str, value: str) -> None:
    with pytest.raises(http.HeaderRefused):
        http.check_header(name, value)


def test_ordinary_header_is_taken() -> None:
    http.check_header("X-Custom_1", "plain, ünïcode\tand 100 %")
