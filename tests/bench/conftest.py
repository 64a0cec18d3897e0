"""A workshop of tiny sizes, in a folder of the test's own."""

from pathlib import Path

import pytest

from bench import programs, workshop
from bench.programs import Program
from bench.sizes import Sizes
from bench.workshop import Workshop

TINY = Sizes(12, 5, 4, 6, 4, writers=2, ugly=40, edits=2, again=1)


@pytest.fixture
def shop(tmp_path: Path) -> Workshop:
    """Return a workshop that measures once, and has no peer but git."""
    (tmp_path / "shop").mkdir()
    absent = Program(why="none in tests")
    env = workshop.environment(tmp_path / "home")
    return Workshop(
        tmp_path / "shop", env, TINY, 1, programs.tagbump(), lambda _: None, kustomize=absent, gitopscli=absent
    )
