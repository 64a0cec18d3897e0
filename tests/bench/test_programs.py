"""A peer that is not on this machine is left out, and the table says why."""

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from bench import programs


def with_programs(folder: Path, scripts: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a machine that has these programs, and what scripts need."""
    folder.mkdir(exist_ok=True)
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return {"PATH": str(folder), "HOME": str(folder)}


def test_kustomize_is_taken_from_the_path_first_and_then_from_where_it_was_built(tmp_path: Path) -> None:
    env = with_programs(tmp_path / "bin", {"kustomize": "exit 0"})
    with_programs(tmp_path / "built", {"kustomize": "exit 0"})

    assert programs.kustomize(tmp_path / "built", env, build=True).path == str(tmp_path / "bin/kustomize")
    assert programs.kustomize(tmp_path / "built", {"PATH": ""}, build=True).path == str(tmp_path / "built/kustomize")


def test_kustomize_is_built_where_go_is_here(tmp_path: Path) -> None:
    go = 'echo "$@" >"$HOME/said"; echo "#!/bin/sh" >"$GOBIN/kustomize"'
    env = with_programs(tmp_path / "bin", {"go": go})
    (tmp_path / "built").mkdir()

    found = programs.kustomize(tmp_path / "built", env, build=True)

    assert found.path == str(tmp_path / "built/kustomize")
    asked = (tmp_path / "bin/said").read_text()
    assert asked.strip().removeprefix("install ") in (Path(__file__).parents[2] / ".ci/run").read_text()


@pytest.mark.parametrize(
    ("scripts", "build", "why"),
    [
        ({}, True, "no kustomize here, and no go to build it with (kubectl has no `edit`)"),
        ({"go": "echo 1 >&2; echo offline >&2; exit 1"}, True, "no kustomize here, and it could not be built: offline"),
        ({"go": "exit 0"}, False, "no kustomize here"),
    ],
    ids=["no go", "no network", "not to be built"],
)  # fmt: skip
def test_without_kustomize_it_is_said_why(tmp_path: Path, scripts: Mapping[str, str], build: bool, why: str) -> None:
    found = programs.kustomize(tmp_path, with_programs(tmp_path / "bin", scripts), build=build)

    assert (found.is_there, found.why) == (False, why)


def test_gitopscli_is_the_one_that_is_named_or_the_one_on_the_path(tmp_path: Path) -> None:
    env = with_programs(tmp_path / "bin", {"gitopscli": "exit 0"})
    elsewhere = with_programs(tmp_path / "else", {"mine": "exit 0"})

    assert programs.gitopscli(None, env).path == str(tmp_path / "bin/gitopscli")
    assert programs.gitopscli(str(tmp_path / "else/mine"), env).path == str(tmp_path / "else/mine")
    assert programs.gitopscli(str(tmp_path / "not"), env).why == f"{tmp_path}/not is no program"
    assert programs.gitopscli(None, elsewhere).why == "no gitopscli here; `--gitopscli PROGRAM` names one"


def test_the_git_that_is_measured_is_the_one_on_the_path() -> None:
    assert programs.git({"PATH": os.environ["PATH"]}).endswith("/git")
