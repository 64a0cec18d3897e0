"""What is deployed is what was meant to be, is ready, and says what it is."""

import os
import re
from uuid import uuid4

import pytest

from tests.acceptance.client import Service


def test_what_is_deployed_is_the_artifact(service: Service) -> None:
    artifact = os.environ.get("ARTIFACT", "")
    if not artifact:
        pytest.skip("left out: ARTIFACT is not set, so nothing says what has to be deployed")

    version = service.get("/version").json()

    assert f"{version['image']}:{version['tag']}@{version['digest']}" == artifact


def test_the_version_is_one_image_by_tag_and_digest(service: Service) -> None:
    version = service.get("/version").json()

    assert re.fullmatch(r"sha256:[0-9a-f]{64}", version["digest"])
    assert "unknown" not in (version["image"], version["tag"])
    assert re.fullmatch(r"[0-9a-f]{40}", version["source"])


@pytest.mark.parametrize("path", ["/readyz", "/health"])
def test_it_is_ready_with_every_check(path: str, service: Service) -> None:
    answer = service.get(path)

    assert answer.status == 200
    assert answer.json()["status"] == "ok"
    assert {"database", "schema"} <= set(answer.json()["checks"])


def test_it_is_alive(service: Service) -> None:
    assert service.get("/healthz").status == 200


def test_it_counts_what_it_answers(service: Service) -> None:
    text = service.get("/metrics").body.decode()

    assert re.search(r"^http_requests_total\{[^}]*status=", text, re.MULTILINE)
    assert "http_request_duration_seconds_bucket{" in text


def test_it_describes_every_path(service: Service) -> None:
    description = service.get("/openapi.json").json()

    assert description["openapi"].startswith("3.1")
    assert {"/config", "/shorten", "/version", "/readyz"} <= set(description["paths"])


def test_a_request_keeps_its_id(service: Service) -> None:
    ours = f"acceptance-{uuid4().hex}"

    assert service.get("/healthz", x_request_id=ours).headers["X-Request-Id"] == ours
    assert service.get("/healthz").headers["X-Request-Id"] not in (None, "", ours)


def test_what_is_not_there_is_a_problem(service: Service) -> None:
    answer = service.get(f"/config/acceptance/{uuid4().hex}")

    assert answer.status == 404
    assert answer.headers.get_content_type() == "application/problem+json"
    assert {"type", "title", "status", "detail", "request_id"} <= set(answer.json())
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]


def test_another_method_is_told_which_ones_there_are(service: Service) -> None:
    answer = service.ask("PATCH", "/config")

    assert answer.status == 405
    assert {"GET", "POST"} <= set(answer.headers["Allow"].replace(",", " ").split())


def test_head_is_get_without_the_body(service: Service) -> None:
    got, head = service.get("/version"), service.ask("HEAD", "/version")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(got.body))
