"""Fixtures of tagbump's tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tagbump.services import Service, answering
from tests.tagbump.world import World, copy_world, make_world

# What is made once is copied for each test that writes to it: a bump and a promotion cost a second, a copy hardly any.


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `world` is copied from. Not to be written to."""
    return make_world(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def ready_template(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `ready` is copied from. Not to be written to."""
    world = copy_world(template, tmp_path_factory.mktemp("ready"))
    world.bump("1.1.0")
    world.prove("dev")
    return world


@pytest.fixture(scope="session")
def staged_template(ready_template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `staged` is copied from. Not to be written to."""
    world = copy_world(ready_template, tmp_path_factory.mktemp("staged"))
    world.done("promote", "stage", "--approved-by", "grace")
    world.prove("stage")
    return world


@pytest.fixture(scope="session")
def released_template(staged_template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `released` is copied from. Not to be written to."""
    world = copy_world(staged_template, tmp_path_factory.mktemp("released"))
    world.done("promote", "prod", "--approved-by", "grace")
    return world


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    """A repository with dev, stage and prod at 1.0.0, in a bare remote."""
    return copy_world(template, tmp_path)


@pytest.fixture
def ready(ready_template: World, tmp_path: Path) -> World:
    """dev runs 1.1.0 after 1.0.0, and has proven it."""
    return copy_world(ready_template, tmp_path)


@pytest.fixture
def staged(staged_template: World, tmp_path: Path) -> World:
    """stage runs 1.1.0 too, and has proven it."""
    return copy_world(staged_template, tmp_path)


@pytest.fixture
def released(released_template: World, tmp_path: Path) -> World:
    """dev, stage and prod run 1.1.0, each after 1.0.0; dev and stage have proven it."""
    return copy_world(released_template, tmp_path)


@pytest.fixture
def world_with(tmp_path: Path) -> Callable[[str], World]:
    """Makes a repository like `world` under another policy."""
    return lambda policy: make_world(tmp_path / "other", policy)


@pytest.fixture
def service() -> Iterator[Service]:
    """A real HTTP server on a free port, that answers nothing yet."""
    with answering() as told:
        yield told
