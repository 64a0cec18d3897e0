"""What is pushed: the very manifest, under tags that are never moved; and again, where it was killed."""

from collections.abc import Callable

import pytest

from pipeline.commands.archive import archive
from pipeline.commands.artifact import artifact
from pipeline.commands.push import push
from pipeline.commands.verified import verified
from pipeline.errors import Misconfigured, Refused, Unreachable
from pipeline.image import load
from pipeline.job import Job
from tests.pipeline.checkouts import REPOSITORY, Told
from tests.pipeline.registries import HOST, Registry
from tests.tagbump.world import World

Begin = Callable[..., Job]


@pytest.fixture
def built(building: Begin) -> Job:
    """A build whose image is in its archive, and nowhere else."""
    job = building()
    archive(job)
    return job


def test_push_gives_the_registry_the_digest_of_the_archive(built: Job, registry: Registry, world: World) -> None:
    push(built)

    assert registry.tags()[world.head()] == load(built.folder, world.head()).digest


def test_push_again_changes_nothing(built: Job, registry: Registry, told: Told) -> None:
    push(built)
    before = registry.tags()

    push(built)

    assert registry.tags() == before
    assert [line.split()[0] for line in told.lines[-3:]] == ["pushing", "the", "the"]


def test_a_tag_with_another_digest_is_left_as_it_is(
    built: Job, registry: Registry, small_base: str, world: World
) -> None:
    other = registry.copy(f"docker://{small_base}", f"service:{world.head()}")

    with pytest.raises(Refused, match="has another digest in the registry") as refused:
        push(built)

    assert registry.tags()[world.head()] == other.partition("@")[2]
    assert "a tag is never moved" in refused.value.detail


def test_an_archive_that_was_changed_is_not_pushed(
    built: Job, building: Begin, registry: Registry, world: World
) -> None:
    head = world.head()
    world.commit("feat: other", {"service/app.py": "other\n"})
    other = building()
    archive(other)
    built.archive.write_bytes(other.archive.read_bytes())

    with pytest.raises(Misconfigured, match="was changed since it was built"):
        push(built)

    assert head not in registry.tags()


def test_a_registry_that_is_away_fails_the_push(built: Job) -> None:
    away = Job(built.root, {**built.env, "HTTP_PROXY": "http://127.0.0.1:9"}, built.tell)

    with pytest.raises(Unreachable):
        push(away)


def test_verified_puts_a_second_tag_on_the_same_digest_and_may_be_run_again(
    built: Job, registry: Registry, world: World
) -> None:
    push(built)
    job = Job(built.root, {**built.env, "ARTIFACT": artifact(built)}, built.tell)

    verified(job, "dev")
    verified(job, "dev")

    tags = registry.tags()
    assert tags[f"verified-dev-{world.head()}"] == tags[world.head()]


def test_verified_leaves_a_tag_with_another_digest_as_it_is(
    built: Job, registry: Registry, small_base: str, world: World
) -> None:
    push(built)
    other = registry.copy(f"docker://{small_base}", f"service:verified-dev-{world.head()}")
    job = Job(built.root, {**built.env, "ARTIFACT": artifact(built)}, built.tell)

    with pytest.raises(Refused):
        verified(job, "dev")

    assert registry.tags()[f"verified-dev-{world.head()}"] == other.partition("@")[2]


def test_a_name_of_the_registry_is_ecrs(built: Job) -> None:
    assert artifact(built).startswith(f"{REPOSITORY}:")
    assert REPOSITORY.startswith(f"{HOST}/")
