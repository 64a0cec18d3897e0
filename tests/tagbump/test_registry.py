"""tagbump bump and promote with --registry-check: a release is made of what the registry has, or not at all."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tagbump.registries import REVISION, SECRET, TOKEN, Registry, digest, docker_config, logged_in, serving
from tests.tagbump.world import World


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry that has nothing yet."""
    with serving() as found:
        yield found


def bump(artifact: object, source: str, *more: str) -> tuple[str, ...]:
    return ("bump", "dev", str(artifact), "--source", source, "--registry-check", *more)


@pytest.mark.parametrize("digits", [40, 10])
def test_bump_releases_what_the_registry_has(world: World, registry: Registry, digits: int) -> None:
    source = world.commit("feat: shorten links")
    artifact = registry.pushed("1.1.0", source)

    outcome = world.done(*bump(artifact, source[:digits]))

    assert outcome.document["commit"] == world.head()
    assert world.artifact("dev") == str(artifact)


@pytest.mark.parametrize("more", [[], ["--dry-run"]], ids=["real", "dry run"])
def test_bump_writes_nothing_that_was_built_from_another_commit(
    world: World, registry: Registry, more: list[str]
) -> None:
    built, named = world.commit("feat: shorten links"), world.commit("feat: count clicks")
    artifact, before = registry.pushed("1.1.0", built), world.refs()

    outcome = world.json(*bump(artifact, named, *more))

    assert (outcome.code, outcome.kind) == (5, "check")
    assert outcome.document["error"]["message"] == (
        f"{artifact} says that it was built from {built!r}, not from {named}: its label {REVISION}"
    )
    assert world.refs() == before


def test_a_dry_run_that_the_registry_agrees_with_shows_the_change(world: World, registry: Registry) -> None:
    artifact = registry.pushed("1.1.0", world.head())

    outcome = world.done(*bump(artifact, world.head(), "--dry-run"))

    assert f"+    digest: {artifact.digest}\n" in outcome.document["diff"]
    assert len(registry.asked) == 2


def test_bump_of_what_is_not_in_the_registry_fails_the_check(world: World, registry: Registry) -> None:
    artifact, before = registry.named("1.1.0", digest(b"nothing")), world.refs()

    outcome = world.json(*bump(artifact, world.head()))

    assert (outcome.code, outcome.kind) == (5, "check")
    assert f"has no {registry.repository}:1.1.0" in outcome.document["error"]["message"]
    assert world.refs() == before


def test_a_registry_that_lets_nobody_in_is_unreachable_and_nothing_is_written(world: World, registry: Registry) -> None:
    artifact, before = registry.pushed("1.1.0", world.head()), world.refs()
    registry.asks_for_a_password()

    outcome = world.json(*bump(artifact, world.head()))

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert world.refs() == before


def test_the_rules_are_asked_before_the_registry(world: World, registry: Registry) -> None:
    older = world.commit("feat: first")
    world.bump("1.2.0")

    outcome = world.json(*bump(registry.pushed("1.1.0", older), older))

    assert (outcome.code, outcome.kind) == (3, "older")
    assert registry.asked == []


def test_what_is_there_already_is_not_asked_for(world: World, registry: Registry) -> None:
    artifact = registry.pushed("1.1.0", world.head())
    source = world.head()
    world.done(*bump(artifact, source))
    registry.held.clear()

    outcome = world.done(*bump(artifact, source))

    assert outcome.document["changed"] is False


def test_promote_releases_what_is_still_in_the_registry_and_not_what_is_gone(world: World, registry: Registry) -> None:
    source = world.commit("feat: shorten links")
    artifact = registry.pushed("1.1.0", source)
    world.done("bump", "dev", str(artifact), "--source", source)
    world.prove("dev")
    kept, before = dict(registry.held), world.refs()

    registry.held.clear()
    gone = world.json("promote", "stage", "--approved-by", "grace", "--registry-check")
    unchanged = world.refs()
    registry.held.update(kept)
    world.done("promote", "stage", "--approved-by", "grace", "--registry-check")

    assert (gone.code, gone.kind) == (5, "check")
    assert "an image that was deleted has to be built again" in gone.document["error"]["hint"]
    assert unchanged == before
    assert world.artifact("stage") == str(artifact)


def test_promote_compares_the_label_with_the_source_of_the_release(world: World, registry: Registry) -> None:
    source, other = world.commit("feat: shorten links"), world.commit("feat: count clicks")
    artifact = registry.pushed("1.1.0", other)
    world.done("bump", "dev", str(artifact), "--source", source)
    world.prove("dev")

    outcome = world.json("promote", "stage", "--approved-by", "grace", "--registry-check")

    assert (outcome.code, outcome.kind) == (5, "check")
    assert f"built from {other!r}, not from {source}" in outcome.document["error"]["message"]


def test_no_secret_is_ever_told(world: World, registry: Registry, tmp_path: Path) -> None:
    env = docker_config(tmp_path / "docker", logged_in(registry.host))
    registry.asks_for_a_token()
    artifact = registry.pushed("1.1.0", world.head())

    outcome = world.run(*bump(artifact, world.head(), "-v"), env=env)

    assert outcome.code == 0
    assert f"tagbump: GET http://{registry.host}/v2/team/service/manifests/1.1.0\n" in outcome.stderr
    said = outcome.stdout + outcome.stderr + world.message()
    assert [word for word in (SECRET, TOKEN, registry.basic) if word in said] == []


def test_a_bump_that_does_not_ask_the_registry_loads_nothing_of_it(world: World, registry: Registry) -> None:
    program = (
        "import sys; from tagbump.cli import main; code = main(sys.argv[1:]);"
        "sys.stderr.write(' '.join(sys.modules)); sys.exit(code)"
    )
    words = bump(registry.pushed("1.1.0", world.head()), world.head())
    loaded = []

    for asked in (words, tuple(word for word in words if word != "--registry-check")):
        done = subprocess.run(
            [sys.executable, "-c", program, *asked, "--dry-run"], cwd=world.checkout, env=world.env,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        loaded.append({"tagbump.registry.check", "urllib.request", "ssl"} & set(done.stderr.split()))

    assert loaded == [{"tagbump.registry.check", "urllib.request", "ssl"}, set()]
