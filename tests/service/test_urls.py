"""Which URLs a short link may lead to."""

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
        "http://go.example.com/",
        "https://GO.EXAMPLE.COM:8443/x",
        "http://go.example.com./",
        "http://[2001:DB8:0:0::2]/",
        "http://192.0.2.7/",
        "http://example.com/" + "a" * 2030,
    ],
)
def test_an_unsafe_url_is_refused_and_the_field_named(url: str) -> None:
    with pytest.raises(Malformed, match=r"^url: "):
        check(url, {"Go.Example.Com", "2001:db8::2", "192.0.2.7"})


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
