"""The programs that are run: their words are told as they come, and no password among them."""

import os
from pathlib import Path

import pytest

from pipeline.errors import Unreachable
from pipeline.programs import run


def test_words_on_standard_error_are_told_and_kept_and_the_result_is_apart(tmp_path: Path) -> None:
    told: list[str] = []

    done = run(
        "sh", "-c", "echo result; echo one >&2; echo two >&2; exit 3", cwd=tmp_path, env=os.environ, tell=told.append
    )

    assert (done.status, done.text, done.said) == (3, "result", "one\ntwo")
    assert told == ["one", "two"]


def test_with_both_all_words_are_told(tmp_path: Path) -> None:
    done = run("sh", "-c", "echo one; echo two >&2", cwd=tmp_path, env=os.environ, both=True)

    assert (done.stdout, done.said) == (b"", "one\ntwo")


def test_of_many_words_the_last_are_kept(tmp_path: Path) -> None:
    done = run("sh", "-c", "seq 100 >&2", cwd=tmp_path, env=os.environ)

    assert done.said.splitlines() == [str(number) for number in range(61, 101)]


def test_a_password_in_an_address_is_not_told(tmp_path: Path) -> None:
    told: list[str] = []
    words = "fatal: unable to access https://robot:hunter2@git.example.com/x.git"

    done = run("sh", "-c", f"echo '{words}' >&2", cwd=tmp_path, env=os.environ, tell=told.append)

    assert done.said == "fatal: unable to access https://***@git.example.com/x.git" == told[0]


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="no-such-program is not on this machine"):
        run("no-such-program", cwd=tmp_path, env=os.environ)


def test_a_password_of_more_than_one_part_is_not_told(tmp_path: Path) -> None:
    done = run("sh", "-c", "echo https://x-token:a:b@host/ >&2", cwd=tmp_path, env=os.environ)

    assert done.said == "https://***@host/"
