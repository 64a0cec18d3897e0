"""Short links, on the service that is deployed."""

import pytest

from tests.acceptance.client import Service

URL = "https://acceptance.invalid/a%20b?c=d&e=%2F#f"  # .invalid: a name that nobody has


def test_a_link_leads_exactly_where_it_was_told(service: Service, link: str) -> None:
    made = service.ask("POST", "/shorten", {"url": URL, "key": link})
    followed = service.get(f"/{link}")
    taken = service.ask("POST", "/shorten", {"url": URL, "key": link})
    stats = service.get(f"/links/{link}/stats")

    assert [answer.status for answer in (made, followed, taken, stats)] == [201, 302, 409, 200]
    assert made.json()["key"] == link
    assert made.json()["url"] == URL
    assert made.json()["short_url"].endswith(f"/{link}")
    assert followed.headers["Location"] == URL
    assert stats.json()["clicks"] == 1


def test_a_short_address_is_the_services_own(service: Service, link: str) -> None:
    short = service.ask("POST", "/shorten", {"url": URL, "key": link}).json()["short_url"]

    assert short == f"{service.url}/{link}"


@pytest.mark.parametrize("url", ["ftp://acceptance.invalid/", "https://localhost/", "not an address", ""])
def test_an_address_that_is_none_or_unsafe_is_refused(url: str, service: Service, link: str) -> None:
    assert service.ask("POST", "/shorten", {"url": url, "key": link}).status == 400
    assert service.get(f"/{link}").status == 404


@pytest.mark.parametrize("key", ["config", "Healthz", "two words", "x" * 65])
def test_a_key_that_is_reserved_or_none_is_refused(key: str, service: Service) -> None:
    assert service.ask("POST", "/shorten", {"url": URL, "key": key}).status == 400


def test_a_link_that_nobody_made_is_not_there(service: Service, link: str) -> None:
    assert service.get(f"/{link}").status == 404
    assert service.get(f"/links/{link}/stats").status == 404
