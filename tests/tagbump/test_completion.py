"""What a shell completes, asked of the shell itself where it is bash, and of the script where another one is meant."""

import argparse
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tagbump import arguments, completing
from tagbump.names import RULE_NAMES
from tests.tagbump.world import World

PARSER = arguments.parser()
WORDS = completing.words_of(PARSER)
VERBS = {verb.name for verb in WORDS.verbs}
SHELLS = sorted(completing.SCRIPTS)


def script(shell: str) -> str:
    return completing.SCRIPTS[shell](WORDS)


def completed(typed: str, folder: Path) -> list[str]:
    """Return what bash offers for the last of the words that are `typed`; a blank at their end begins a new one."""
    # Bash itself takes an equals sign for a word of its own.
    words = shlex.split(typed.replace("=", " = ")) + ([""] if typed.endswith(" ") else [])
    program = (
        f"{script('bash')}\nCOMP_WORDS=({shlex.join(words)}); COMP_CWORD={len(words) - 1}\n"
        'complete -p tagbump >/dev/null; _tagbump; printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", program], cwd=folder, capture_output=True, text=True, check=True, timeout=20
    )
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("tagbump pro", ["promote"]),
        ("tagbump sta", ["status"]),
        ("tagbump --ver", ["--version"]),
        ("tagbump promote --ov", ["--override"]),
        ("tagbump promote stage --override so", ["soak"]),
        ("tagbump promote stage --override=so", ["soak"]),
        ("tagbump promote stage --override=", list(RULE_NAMES)),
        ("tagbump wait --ov", []),
        ("tagbump wait dev --rec", ["--record"]),
        ("tagbump completion ", ["bash", "zsh", "fish", "--help", "--json"]),
        ("tagbump status --html boa", ["board.html", "boards"]),
        ("tagbump status --repo boa", ["boards"]),
        ("tagbump rollback prod --reason ", []),
        ("tagbump nothing-like-it --", []),
    ],
)
def test_bash_completes(typed: str, offered: list[str], tmp_path: Path) -> None:
    (tmp_path / "board.html").touch()
    (tmp_path / "boards").mkdir()

    assert sorted(completed(typed, tmp_path)) == sorted(offered)


def test_bash_offers_every_verb(tmp_path: Path) -> None:
    assert set(completed("tagbump ", tmp_path)) == {*VERBS, "--help", "--version"}


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_bash_offers_every_option_of_a_verb(verb: str, tmp_path: Path) -> None:
    action = next(action for action in PARSER._actions if isinstance(action, argparse._SubParsersAction))
    options = {name for taken in action.choices[verb]._actions for name in taken.option_strings}

    assert set(completed(f"tagbump {verb} -", tmp_path)) == {name for name in options if name.startswith("--")}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_script_names_every_verb_option_and_rule(shell: str) -> None:
    said = script(shell)

    options = {name for verb in WORDS.verbs for option in verb.options for name in option.names if name[:2] == "--"}
    written = {f"-l {name[2:]}" for name in options} if shell == "fish" else options
    assert [word for word in [*VERBS, *written, *RULE_NAMES] if word not in said] == []


EVIL = "a'b\"c`touch backtick`$(touch dollar)[d]:\\e"
EVIL_WORDS = completing.Words((completing.Option(("--evil",), None, EVIL),), ())


def test_a_help_with_signs_that_zsh_reads_is_only_shown(tmp_path: Path) -> None:
    line = next(line for line in completing.zsh(EVIL_WORDS).splitlines() if "--evil[" in line)

    # What zsh takes out of quotes bash takes out of them too.
    told = subprocess.run(
        ["bash", "-c", f"printf %s {line.removesuffix(chr(92))}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told == "(--evil)--evil[" + EVIL.replace("\\", "\\\\").replace("[d]:", "\\[d\\]\\:") + "]"
    assert list(tmp_path.iterdir()) == []


def test_a_help_with_signs_that_fish_reads_is_only_shown() -> None:
    said = completing.fish(EVIL_WORDS)

    assert f"-l evil -d '{EVIL.replace(chr(92), chr(92) * 2).replace(chr(39), chr(92) + chr(39))}'" in said


@pytest.mark.parametrize(
    ("shell", "check"),
    [
        pytest.param(
            shell, check, marks=pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")
        )
        for shell, check in (("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute"))
    ],
)
def test_a_script_is_one_that_its_shell_reads(shell: str, check: str, tmp_path: Path) -> None:
    (tmp_path / "script").write_text(script(shell))

    done = subprocess.run([shell, check, str(tmp_path / "script")], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_printed_without_a_repository(world: World, tmp_path: Path, shell: str) -> None:
    (tmp_path / "elsewhere").mkdir()

    outcome = world.run("completion", shell, cwd=tmp_path / "elsewhere", env={"PATH": "/nowhere"})
    as_json = world.run("completion", shell, "--json", cwd=tmp_path / "elsewhere")

    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, script(shell), "")
    assert as_json.document == {"shell": shell, "script": script(shell)}


def test_a_shell_that_is_not_known_is_answered_with_those_that_are(world: World) -> None:
    outcome = world.json("completion", "zhs")

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert outcome.document["error"]["message"] == "SHELL 'zhs' is unknown: it takes bash, zsh, fish"
    assert outcome.document["error"]["hint"] == "did you mean zsh? tagbump completion --help"
