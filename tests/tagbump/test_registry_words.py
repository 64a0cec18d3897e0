"""What a registry is called, where it answers, and how it asks who is there: all of it pure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tagbump.registry import challenges, locations
from tagbump.registry.credentials import Credentials
from tagbump.registry.locations import Location

HUB = ("https://registry-1.docker.io", "https://index.docker.io/v1/")


@pytest.mark.parametrize(
    ("repository", "address", "account", "path"),
    [
        ("nginx", *HUB, "library/nginx"),
        ("team/service", *HUB, "team/service"),
        ("docker.io/library/nginx", *HUB, "library/nginx"),
        ("docker.io/nginx", *HUB, "library/nginx"),
        ("index.docker.io/team/service", *HUB, "team/service"),
        ("registry-1.docker.io/team/service", *HUB, "team/service"),
        ("registry.example.com/service", "https://registry.example.com", "registry.example.com", "service"),
        ("Registry.Example.com:443/service", "https://registry.example.com", "registry.example.com", "service"),
        ("registry.example.com:80/a/b", "https://registry.example.com:80", "registry.example.com:80", "a/b"),
        ("localhost:5000/service", "http://localhost:5000", "localhost:5000", "service"),
        ("127.8.9.1:5000/service", "http://127.8.9.1:5000", "127.8.9.1:5000", "service"),
        ("localhost/service", "https://localhost", "localhost", "service"),
        ("localhost:443/service", "https://localhost", "localhost", "service"),
        ("localhost.example.com:80/x", "https://localhost.example.com:80", "localhost.example.com:80", "x"),
        ("127.0.0.1.example.com:5000/x", "https://127.0.0.1.example.com:5000", "127.0.0.1.example.com:5000", "x"),
        ("10.0.0.1:5000/service", "https://10.0.0.1:5000", "10.0.0.1:5000", "service"),
    ],
)  # fmt: skip
def test_a_repository_is_asked_for_where_docker_asks(repository: str, address: str, account: str, path: str) -> None:
    location = Location.of(repository)

    assert (location.address, location.account, location.path) == (address, account, path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https://a.example.com/x", "https://b.example.com/y"),
        ("http://127.0.0.1:5000/x", "https://b.example.com/y"),
        ("http://127.0.0.1:5000/x", "http://localhost:9000/y"),
    ],
)
def test_one_is_led_on_to_where_it_is_as_safe(before: str, after: str) -> None:
    locations.stay_safe(before, after)


def test_who_was_asked_over_tls_stays_so() -> None:
    with pytest.raises(ValueError, match="it is not https"):
        locations.stay_safe("https://a.example.com/x", "http://localhost:9000/y")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example.com/x", "https://A.example.com:443/y?z", True),
        ("https://a.example.com/x", "https://a.example.com:8443/x", False),
        ("https://a.example.com/x", "https://b.a.example.com/x", False),
        ("http://localhost/x", "http://localhost:80/x", True),
        ("http://localhost:443/x", "https://localhost/x", False),
    ],
)
def test_a_server_is_known_by_scheme_host_and_port(one: str, other: str, same: bool) -> None:
    assert (locations.origin(one) == locations.origin(other)) is same


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([], {}),
        (["Basic"], {"basic": {}}),
        (['Basic realm="https://1.dkr.ecr.eu-west-1.amazonaws.com/",service="ecr.amazonaws.com"'],
         {"basic": {"realm": "https://1.dkr.ecr.eu-west-1.amazonaws.com/", "service": "ecr.amazonaws.com"}}),
        (['Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a:pull,push"'],
         {"bearer": {"realm": "https://auth.docker.io/token", "service": "registry.docker.io",
                     "scope": "repository:a:pull,push"}}),
        (['BEARER Realm = "a\\"b" , service=c'], {"bearer": {"realm": 'a"b', "service": "c"}}),
        (['Negotiate, Basic realm="x", Bearer realm="y"'],
         {"negotiate": {}, "basic": {"realm": "x"}, "bearer": {"realm": "y"}}),
        (['Basic realm="x"', 'Bearer realm="y"', 'Bearer realm="z"'],
         {"basic": {"realm": "x"}, "bearer": {"realm": "y"}}),
        (['Bearer realm="y", realm="z"'], {"bearer": {"realm": "y"}}),
        (['realm="y"'], {}),
        (['Bearer realm="open'], {"bearer": {}}),
    ],
)  # fmt: skip
def test_a_challenge_is_read(headers: list[str], found: dict[str, dict[str, str]]) -> None:
    read = challenges.read(headers)

    # What is left open may end in anything but a realm.
    assert {scheme: dict(read[scheme]) for scheme in found} == found


@given(st.lists(st.text(st.characters(codec="latin-1"), max_size=60), max_size=3))
def test_whatever_is_asked_is_read_as_something(headers: list[str]) -> None:
    for scheme in challenges.read(headers):
        assert scheme == scheme.lower()


def test_a_secret_is_no_part_of_how_it_is_shown() -> None:
    assert "hunter2" not in repr(Credentials("robot", "hunter2"))
