"""tagbump wait: what is really live, seen over HTTP, and the proof of it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.tagbump.services import Service
from tests.tagbump.world import World, artifact, digest_of


def test_wait_returns_when_the_service_is_ready_and_names_the_digest(world: World, service: Service) -> None:
    service.runs("1.0.0")

    document = world.done("wait", "dev", "--url", service.url).document

    assert document["environment"] == "dev"
    assert document["ok"] is True
    assert [(check["name"], check["ok"]) for check in document["checks"]] == [("readyz", True), ("version", True)]
    assert list(document["checks"][0]) == ["name", "ok", "detail"]


def test_wait_without_record_writes_nothing(world: World, service: Service) -> None:
    service.runs("1.0.0")
    before = world.refs()

    world.done("wait", "dev", "--url", service.url)

    assert world.refs() == before


def test_record_pushes_an_annotated_tag_on_the_release(world: World, service: Service) -> None:
    world.bump("1.1.0")
    release = world.head()
    world.commit("docs: the branch moves on")
    service.runs("1.1.0")

    world.done("wait", "dev", "--url", service.url, "--record")

    name = f"proof/dev/{digest_of('1.1.0').removeprefix('sha256:')[:12]}"
    assert world.git("rev-parse", f"{name}^{{commit}}", cwd=world.remote).strip() == release
    said = world.git("tag", "--list", "--format=%(objecttype) %(contents)", name, cwd=world.remote)
    assert said.startswith("tag proof(dev): 1.1.0 was seen healthy")
    for line in (
        "Environment: dev",
        f"Artifact: {artifact('1.1.0')}",
        f"Release: {release}",
        "Checks: readyz, version",
    ):
        assert f"\n{line}\n" in said


def test_what_was_recorded_is_a_proof_for_promote(world: World, service: Service) -> None:
    world.bump("1.1.0")
    service.runs("1.1.0")
    world.done("wait", "dev", "--url", service.url, "--record")

    outcome = world.done("promote", "stage", "--approved-by", "grace")

    assert outcome.document["changed"] is True


def test_recording_twice_leaves_the_first_proof(world: World, service: Service) -> None:
    service.runs("1.0.0")
    world.done("wait", "dev", "--url", service.url, "--record")
    before = world.refs()

    world.done("wait", "dev", "--url", service.url, "--record")

    assert world.refs() == before


def test_record_replaces_a_tag_that_proves_nothing(world: World, service: Service) -> None:
    world.bump("1.1.0")
    world.prove("dev", Environment="elsewhere")
    service.runs("1.1.0")

    world.done("wait", "dev", "--url", service.url, "--record")

    world.done("promote", "stage", "--approved-by", "grace")
    assert world.artifact("stage") == artifact("1.1.0")


@pytest.mark.parametrize(
    ("ready", "running", "state"),
    [(503, "1.0.0", "not-ready"), (302, "1.0.0", "not-ready"), (200, "0.9.0", "other-version")],
)
def test_time_running_out_names_what_was_missing(
    world: World, service: Service, ready: int, running: str, state: str
) -> None:
    service.runs(running, ready=ready)

    outcome = world.json("wait", "dev", "--url", service.url, "--record", "--timeout", "1s")

    assert (outcome.code, outcome.kind, outcome.document["state"]) == (7, "timeout", state)
    assert outcome.document["ok"] is False
    assert "proof/" not in world.refs()


@pytest.mark.parametrize("body", ["", "[]", "null", "{}", '{"digest": null}', "<html>", "[" * 50_000])
def test_a_version_that_cannot_be_read_is_not_live(world: World, service: Service, body: str) -> None:
    service.answers = {"/readyz": (200, ""), "/version": (200, body)}

    outcome = world.json("wait", "dev", "--url", service.url, "--timeout", "1s")

    assert (outcome.code, outcome.document["state"]) == (7, "other-version")


def test_nobody_answering_runs_out_of_time(world: World) -> None:
    outcome = world.json("wait", "dev", "--url", "http://127.0.0.1:9", "--timeout", "1s")

    assert (outcome.code, outcome.document["state"]) == (7, "not-ready")


def test_wait_ends_before_its_time_when_the_overlay_moves_on(world: World, service: Service) -> None:
    service.runs("0.9.0")

    with ThreadPoolExecutor() as others:
        waiting = others.submit(world.json, "wait", "dev", "--url", service.url, "--timeout", "60s")
        assert service.asked.wait(timeout=30)
        world.bump("1.1.0")
        outcome = waiting.result()

    assert (outcome.code, outcome.kind) == (5, "check")
    assert outcome.document["error"]["message"] == (
        f"dev was overtaken: its overlay has {artifact('1.1.0')} now, not {artifact('1.0.0')}"
    )


def test_the_artifact_that_is_named_is_waited_for_and_proven(world: World, service: Service) -> None:
    service.runs("1.0.0")

    document = world.done("wait", "dev", "--url", service.url, "--artifact", artifact("1.0.0"), "--record").document

    assert document["ok"] is True
    assert f"proof/dev/{digest_of('1.0.0').removeprefix('sha256:')[:12]}" in world.refs()


@pytest.mark.parametrize(
    "other",
    [artifact("1.0.0"), artifact("1.1.0", build="another"), artifact("1.1.0", repository="registry.example.com/fork")],
    ids=["an older build", "another digest under the same tag", "the same digest elsewhere"],
)
def test_another_artifact_than_the_one_named_is_neither_waited_for_nor_proven(
    world: World, service: Service, other: str
) -> None:
    world.bump("1.1.0")
    service.runs("1.1.0")

    outcome = world.json("wait", "dev", "--url", service.url, "--artifact", other, "--record")

    assert (outcome.code, outcome.kind) == (5, "check")
    assert outcome.document["error"]["message"] == f"dev has {artifact('1.1.0')}, not {other}"
    assert "tagbump history dev" in outcome.document["error"]["hint"]
    assert not service.asked.is_set()
    assert "proof/" not in world.refs()


def test_the_artifact_that_is_named_may_be_overtaken_while_it_is_waited_for(world: World, service: Service) -> None:
    service.runs("0.9.0")
    words = ("--artifact", artifact("1.0.0"), "--url", service.url, "--record", "--timeout", "60s")

    with ThreadPoolExecutor() as others:
        waiting = others.submit(world.json, "wait", "dev", *words)
        assert service.asked.wait(timeout=30)
        world.bump("1.1.0")
        service.runs("1.1.0")
        outcome = waiting.result()

    assert (outcome.code, outcome.kind) == (5, "check")
    assert f"has {artifact('1.1.0')} now, not {artifact('1.0.0')}" in outcome.document["error"]["message"]
    assert "proof/" not in world.refs()


@pytest.mark.parametrize(
    ("named", "end"),
    [
        ("registry.example.com/service:1.0.0", (3, "digest")),
        (artifact("1.0.0")[:-1], (3, "digest")),
        ("1.0.0", (2, "usage")),
        ("", (2, "usage")),
    ],
)
def test_what_is_named_has_to_be_a_whole_artifact(world: World, named: str, end: tuple[int, str]) -> None:
    outcome = world.json("wait", "dev", "--url", "http://127.0.0.1:9", "--artifact", named)

    assert (outcome.code, outcome.kind) == end


def test_where_nothing_was_released_yet_no_artifact_can_be_waited_for(world: World) -> None:
    world.commit("chore: begin anew", {"k8s/overlays/dev/kustomization.yaml": "resources: [../../base]\n"})

    outcome = world.json("wait", "dev", "--url", "http://127.0.0.1:9", "--artifact", artifact("1.0.0"))

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert outcome.document["error"]["message"] == "dev has no artifact yet"


def test_progress_is_told_on_stderr_and_not_when_quiet(world: World, service: Service) -> None:
    service.runs("1.0.0")

    told = world.run("wait", "dev", "--url", service.url)
    quiet = world.run("wait", "dev", "--url", service.url, "--quiet")

    assert "ok  readyz" in told.stderr
    assert quiet.stderr == ""
    assert quiet.stdout == told.stdout == f"dev runs {artifact('1.0.0')}\n"


def test_an_application_is_not_judged_by_an_address_alone(world_with: Callable[[str], World], service: Service) -> None:
    policy = "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev, application: argocd/service-dev}\n"
    world = world_with(policy)
    service.runs("1.0.0")

    outcome = world.json("wait", "dev", "--url", service.url, "--record", "--timeout", "1s")

    assert (outcome.code, outcome.kind) == (6, "unreachable")


def test_the_address_in_the_policy_is_the_only_one(world_with: Callable[[str], World], service: Service) -> None:
    policy = f"image: service\nenvironments:\n  dev: {{overlay: k8s/overlays/dev, url: '{service.url}'}}\n"
    world = world_with(policy)
    service.runs("1.0.0")

    given = world.json("wait", "dev", "--url", "http://127.0.0.1:9")
    kept = world.done("wait", "dev")

    assert (given.code, given.kind) == (2, "usage")
    assert kept.document["ok"] is True


@pytest.mark.parametrize("url", ["ftp://x", "file:///etc/passwd", "http://user:secret@x", "-x", "http://a b"])
def test_an_address_that_is_none_is_a_usage_error_and_is_not_repeated(world: World, url: str) -> None:
    outcome = world.json("wait", "dev", f"--url={url}")

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert "secret" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("more", [[], ["--url", "example.com"]], ids=["none", "no address"])
def test_the_address_that_is_missing_is_shown_for_that_environment(world: World, more: list[str]) -> None:
    outcome = world.json("wait", "stage", *more)

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert "--url https://stage.example.com" in outcome.document["error"]["hint"]
