"""Configuration entries, on the service that is deployed: its database, its proxies, its firewall."""

import pytest

from tests.acceptance.client import Service


def test_an_entry_is_written_read_replaced_and_deleted(service: Service, prefix: str) -> None:
    key = f"{prefix}colour"

    made = service.ask("POST", "/config", {"key": key, "value": {"is": "blue"}})
    read = service.get(f"/config/{key}")
    replaced = service.ask("POST", "/config", {"key": key, "value": "green"})
    deleted = service.ask("DELETE", f"/config/{key}")
    gone = service.get(f"/config/{key}")

    assert [answer.status for answer in (made, read, replaced, deleted, gone)] == [201, 200, 200, 204, 404]
    assert made.headers["ETag"] == f'"{made.json()["version"]}"'
    assert {"id", "key", "value", "version", "updated_at"} <= set(made.json())
    assert read.json() == made.json()
    assert replaced.json()["version"] == made.json()["version"] + 1
    assert replaced.json()["id"] == made.json()["id"]


def test_an_entry_is_found_by_its_number(service: Service, prefix: str) -> None:
    made = service.ask("POST", "/config", {"key": f"{prefix}a", "value": 1}).json()

    assert service.get(f"/data/{made['id']}").json() == made


def test_who_has_an_entry_already_is_told_that_nothing_changed(service: Service, prefix: str) -> None:
    made = service.ask("POST", "/config", {"key": f"{prefix}a", "value": 1})

    answer = service.get(f"/config/{prefix}a", if_none_match=made.headers["ETag"])

    assert (answer.status, answer.body) == (304, b"")


def test_of_two_writers_the_second_is_refused(service: Service, prefix: str) -> None:
    first = service.ask("POST", "/config", {"key": f"{prefix}a", "value": 1})
    service.ask("POST", "/config", {"key": f"{prefix}a", "value": 2})

    late = service.ask("POST", "/config", {"key": f"{prefix}a", "value": 3}, {"If-Match": first.headers["ETag"]})
    again = service.ask("POST", "/config", {"key": f"{prefix}a", "value": 3}, {"If-None-Match": "*"})

    assert (late.status, again.status) == (412, 412)
    assert service.get(f"/config/{prefix}a").json()["value"] == 2


def test_a_list_is_read_a_page_at_a_time(service: Service, prefix: str) -> None:
    for name in ("c", "a", "b"):
        service.ask("POST", "/config", {"key": f"{prefix}{name}", "value": name})

    first = service.get(f"/config?prefix={prefix}&limit=2").json()
    second = service.get(f"/config?prefix={prefix}&limit=2&after={first['next']}").json()

    assert [one["key"] for one in first["items"]] == [f"{prefix}a", f"{prefix}b"]
    assert [one["key"] for one in second["items"]] == [f"{prefix}c"]
    assert second["next"] is None


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        ({"key": "not a key", "value": 1}, {}, 400),
        ({"key": "acceptance", "vaule": 1}, {}, 400),
        (b"{", {}, 400),
        (b"a=b", {"Content-Type": "text/plain"}, 415),
        ({"key": "acceptance", "value": "x" * 65_536}, {}, 413),
        (b" " * (1024 * 1024 + 1), {}, 413),
    ],
    ids=["key", "misspelt", "no JSON", "another type", "large value", "large body"],
)
def test_what_cannot_be_kept_is_refused(
    content: object, headers: dict[str, str], status: int, service: Service
) -> None:
    answer = service.ask("POST", "/config", content, headers)

    assert answer.status == status
    assert answer.headers.get_content_type() == "application/problem+json"
