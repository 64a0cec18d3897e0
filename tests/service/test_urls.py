"""Which URLs a short link may lead to."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from service.domain.urls import check, normal_host
from service.errors import Malformed


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com",
        "https://example.com:8443/path?query#fragment",
        "http://10.0.0.1/wiki",
        "http://[2001:db8::1]/",
        "http://[fd00::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://[64:ff9b::8.8.8.8]/",
        "http://[2002:808:808::1]/",
        "http://100.64.0.1/",
        "http://localhost.example/",
        "http://127.0.0.1.example/",
        "https://xn--bcher-kva.example/",
        "https://example.com/?next=https://user@other.example/",
        "http://a-b.c_d.example./",
        "http://1.example/",
        "http://example.com:/",
    ],
)
def test_a_plain_url_is_taken(url: str) -> None:
    check(url, {"go.example.com"})


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "//example.com",
        "/path",
        "http:",
        "http://",
        "http:///path",
        "http:example.com",
        "http:/example.com",
        "https://:443/",
        "javascript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://example.com/",
        "view-source:http://example.com",
        " http://example.com",
        "http://example.com ",
        "http://exa mple.com",
        "java\tscript:alert(1)",
        "http://example.com/\r\nSet-Cookie: a=b",
        "http://example.com/\x00",
        "http://example.com/\x7f",
        "http://example.com/\x85",
        "http://example.com/\u2028",
        "http://example.com/ä",
        "http://exämple.com/",
        "http://examp\u0142e.com/",
        "http://example.com\\@other.example/",
        "http:\\\\example.com",
        "https:/\\example.com",
        'http://example.com/"onload="x',
        "http://example.com/<script>",
        "http://user@example.com/",
        "http://user:password@example.com/",
        "http://@example.com/",
        "http://example.com:80@other.example/",
        "http://example.com:0/",
        "http://example.com:65536/",
        "http://example.com:http/",
        "http://example.com:-1/",
        "http://example..com/",
        "http://.example.com/",
        "http://-example.com/",
        "http://example-.com/",
        "http://exam%70le.com/",
        "http://example.com%2f@x/",
        "http://a,b.example/",
        "http://" + "a" * 64 + ".example/",
        "http://" + "a." * 127 + "example/",
        "http://[::1",
        "http://[::g]/",
        "http://[fe80::1%25eth0]/",
        "http://[v1.x]/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://1.2.3.4.5/",
        "http://256.1.1.1/",
        "http://localhost/",
        "http://LOCALHOST./",
        "http://x.localhost/",
        "http://127.0.0.1/",
        "http://127.9.9.9:8080/",
        "http://0.0.0.0/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1]/",
        "http://224.0.0.1/",
        "http://[ff02::1]/",
        "http://localhost../",
        "http://LocalHost.LocalDomain./",
        "http://localhost6.localdomain6/",
        "http://ip6-localhost/",
        "http://127.0.0.1./",
        "http://127.0.0.01/",
        "http://0x7f.1/",
        "http://127.0.0.0x1/",
        "http://017700000001/",
        "http://0/",
        "http://0.1.2.3/",
        "http://255.255.255.255/",
        "http://240.0.0.1/",
        "http://[::127.0.0.1]/",
        "http://[::8.8.8.8]/",
        "http://[::ffff:7f00:1]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:53aa:64c::80ff:fffe]/",
        "http://[100::1]/",
        "http://%6cocalhost/",
        "http://127%2e0.0.1/",
        "http://\uff4cocalhost/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://127\u30020\u30020\u30021/",
        "http://go.example.com/",
        "https://GO.EXAMPLE.COM:8443/x",
        "http://go.example.com./",
        "http://[2001:DB8:0:0::2]/",
        "http://192.0.2.7/",
        "http://192.0.2.7./",
        "http://[::ffff:192.0.2.7]/",
        "http://[64:ff9b::c000:207]/",
        "http://example.com/" + "a" * 2030,
    ],
)
def test_an_unsafe_url_is_refused_and_the_field_named(url: str) -> None:
    with pytest.raises(Malformed, match=r"^url: "):
        check(url, {"Go.Example.Com", "2001:db8::2", "192.0.2.7"})


NOWHERE = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"]
PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
TEREDO = int(IPv6Address("2001:0:53aa:64c::"))


def inside_ipv6(number: int) -> list[IPv6Address]:
    """Return the IPv6 addresses that the IPv4 address of that number is part of: mapped, NAT64, 6to4, Teredo."""
    numbers = [
        0xFFFF << 32 | number,
        int(IPv6Address("64:ff9b::")) | number,
        0x2002 << 112 | number << 80 | 1,
        TEREDO | number ^ 0xFFFFFFFF,
    ]
    return [IPv6Address(each) for each in numbers]


def ipv4_of(networks: list[str]) -> st.SearchStrategy[IPv4Address]:
    """Return addresses of one of the networks."""
    ranges = [(int(network[0]), int(network[-1])) for network in map(IPv4Network, networks)]
    return st.one_of(*(st.integers(first, last) for first, last in ranges)).map(IPv4Address)


@given(ipv4_of(NOWHERE))
def test_an_address_that_leads_nowhere_does_not_in_any_form(address: IPv4Address) -> None:
    for host in (str(address), *(f"[{each}]" for each in inside_ipv6(int(address)))):
        with pytest.raises(Malformed, match="the reader's own machine or link"):
            check(f"http://{host}/", ())


@given(ipv4_of(PRIVATE))
def test_an_address_of_an_office_is_taken_in_any_form(address: IPv4Address) -> None:
    for host in (str(address), *(f"[{each}]" for each in inside_ipv6(int(address)))):
        check(f"http://{host}/", ())
        with pytest.raises(Malformed, match="leads back"):
            check(f"http://{host}/", {str(address)})


@given(
    st.one_of(
        st.text(),
        st.text(alphabet="htps:/\\@.?#[]%0x127 \t\r\na").map(lambda rest: "http://" + rest),
        st.from_regex(r"https?://[a-z@:.\\/\[\]0-9%]{0,30}", fullmatch=True),
    )
)
@example("http://a\\b")
@example("http://[")
def test_what_is_taken_is_safe_for_every_reader(url: str) -> None:
    try:
        check(url, {"own.example"})
    except Malformed:
        return

    parts = urlsplit(url)
    assert parts.scheme in {"http", "https"}
    assert url.isascii()
    assert url.isprintable()
    assert not set(url) & set(' \\"<>`')
    assert "@" not in parts.netloc
    assert normal_host(parts.hostname or "") not in {None, "own.example"}


@pytest.mark.parametrize("text", ["", "::g", "fe80::1%eth0", "a b", "1.2.3"])
def test_what_is_no_host_has_no_normal_spelling(text: str) -> None:
    assert normal_host(text) is None


@given(st.text(max_size=300))
def test_a_normal_host_stays_as_it_is(text: str) -> None:
    host = normal_host(text)

    assert host is None or normal_host(host) == host
