"""Fixtures of tagbump's tests."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tagbump.world import World, copy_world, make_world


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """What `world` is copied from. Not to be written to."""
    return make_world(tmp_path_factory.mktemp("template"))


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    """A repository with dev, stage and prod at 1.0.0, in a bare remote."""
    return copy_world(template, tmp_path)


@pytest.fixture
def world_with(tmp_path: Path) -> Callable[[str], World]:
    """Makes a repository like `world` under another policy."""
    return lambda policy: make_world(tmp_path / "other", policy)
