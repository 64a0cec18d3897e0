"""main is one project, and every branch and pull request another."""

import re

import pytest

from sonar.key import key


@pytest.mark.parametrize(
    ("branch", "project"),
    [
        ("main", "service"),
        ("PR-12", "service-PR-12"),
        ("mend-the-clock", "service-mend-the-clock"),
        ("", "service-local"),
    ],
)
def test_a_branch_has_its_project(branch: str, project: str) -> None:
    assert key({"BRANCH_NAME": branch}) == project


def test_branches_that_read_alike_are_two_projects() -> None:
    projects = {key({"BRANCH_NAME": branch}) for branch in ("fix/a b", "fix-a-b", "fix/a-b", "x" * 300, "x" * 301)}

    assert len(projects) == 5
    assert all(re.fullmatch(r"[A-Za-z0-9._-]{1,100}", project) for project in projects)
