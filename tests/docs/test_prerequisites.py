"""What a machine lacks is said before anything is installed: all of it at once, each with the next step."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[2] / "tools/check-prerequisites"
GIT = "echo git version 2.36.0"
PYTHON = "exit 0"
PYTHON_3_10 = "case $1 in -V) echo Python 3.10.14 ;; *) case $2 in *version_info*) exit 1 ;; esac ;; esac"
WITHOUT_VENV = "case $2 in *ensurepip*) exit 1 ;; esac"
WHOLE = {"git": GIT, "python3": PYTHON, "kubectl": "exit 0"}

NO_GIT = "git is missing: install it"
NO_RENDERER = "neither kubectl nor kustomize is here"


@pytest.mark.parametrize(
    "programs",
    [
        WHOLE,
        {"git": GIT, "python3": PYTHON, "kustomize": "exit 0"},
        {**WHOLE, "git": "echo 'git version 2.39.2 (Apple Git-143)'"},
        {**WHOLE, "git": "echo git version 2.44.0.windows.1"},
        {**WHOLE, "git": "echo git version 2.100.0"},
        {**WHOLE, "git": "echo git version 3.0"},
        {**WHOLE, "git": "echo git version 2.36-rc1"},
    ],
    ids=["kubectl", "kustomize", "Apple's git", "git on Windows", "git 2.100", "git 3.0", "a candidate"],
)
def test_a_machine_that_has_it_all_is_told_nothing(tmp_path: Path, programs: Mapping[str, str]) -> None:
    done = check(tmp_path, programs)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"git": None}, f"{NO_GIT} (Debian: apt-get install git)"),
        ({"git": "echo git version 2.35.9"}, "git is 2.35.9, and 2.36 or newer is needed: install a newer one"),
        ({"git": "echo git version 1.99.0"}, "git is 1.99.0, and 2.36 or newer is needed: install a newer one"),
        ({"git": "echo No developer tools were found; exit 1"}, "git does not work here: mend it until git --version"),
        ({"python3": None}, "python3 is missing: install Python 3.11 or newer, or name one: make PYTHON=python3.12"),
        ({"python3": PYTHON_3_10}, "python3 is Python 3.10.14, and 3.11 or newer is needed: name another"),
        ({"python3": WITHOUT_VENV}, "python3 has no venv module: install it (Debian: apt-get install python3-venv)"),
        ({"kubectl": None}, NO_RENDERER),
    ],
    ids=["no git", "old git", "older git", "a git that is a note", "no Python", "old Python", "no venv", "no renderer"],
)
def test_what_is_missing_is_named_with_the_next_step(
    tmp_path: Path, instead: Mapping[str, str | None], said: str
) -> None:
    done = check(tmp_path, {**WHOLE, **instead})

    assert done.returncode == 1
    wants, end = done.stderr.splitlines()
    assert wants.startswith(f"setup: {said}")
    assert end == "setup: nothing has been installed; type the same again once that is mended"


def test_all_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    done = check(tmp_path, {})

    assert done.returncode == 1
    wants = [line.removeprefix("setup: ") for line in done.stderr.splitlines()[:-1]]
    assert [want.partition(":")[0] for want in wants] == [
        "git is missing",
        "python3 is missing",
        "neither kubectl nor kustomize is here, and overlays are rendered with one of them",
    ]


def test_the_python_that_is_named_is_the_one_that_is_asked(tmp_path: Path) -> None:
    programs = {**WHOLE, "python3": None, "python3.12": WITHOUT_VENV}

    done = check(tmp_path, programs, "python3.12")

    assert "setup: python3.12 has no venv module: install it (Debian: apt-get install python3.12-venv)" in done.stderr


def check(folder: Path, programs: Mapping[str, str | None], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the check where there are only these programs, each given by the words of its script."""
    for name, words in programs.items():
        if words is not None:
            (folder / name).write_text(f"#!/bin/sh\n{words}\n")
            (folder / name).chmod(0o755)
    return subprocess.run([CHECK, *arguments], env={"PATH": str(folder)}, capture_output=True, text=True, check=False)
