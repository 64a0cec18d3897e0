"""The command line: words in; text or one JSON object, and an exit code, out."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tagbump import __version__, arguments, parsing, policy
from tests.tagbump.world import POLICY, TAGBUMP, World, artifact

ROOT = Path(__file__).parents[2]
VERBS = ("bump", "promote", "rollback", "status", "history", "diff", "verify", "wait")


@pytest.mark.parametrize("words", [["--help"], ["--version"], *([verb, "--help"] for verb in VERBS)], ids=" ".join)
def test_help_and_version_work_without_a_repository(tmp_path: Path, world: World, words: list[str]) -> None:
    outcome = world.run(*words, cwd=tmp_path)

    assert outcome.code == 0
    assert outcome.stderr == ""
    assert ("usage: tagbump" in outcome.stdout) or (outcome.stdout == f"tagbump {__version__}\n")


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_takes_what_every_verb_takes(verb: str) -> None:
    with pytest.raises(parsing.Asked) as asked:
        arguments.parser().parse_args([verb, "--help"])

    for option in ("--repo", "--branch", "--json", "-q", "-v"):
        assert option in asked.value.text


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (["--help", "--json"], "help"),
        (["--json", "-h"], "help"),
        (["bump", "--help", "--json"], "help"),
        (["--version", "--json"], "version"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_help_and_version_are_one_object_for_a_machine(
    tmp_path: Path, world: World, words: list[str], key: str
) -> None:
    as_words = world.run(*(word for word in words if word != "--json"), cwd=tmp_path)

    outcome = world.run(*words, cwd=tmp_path)

    said = __version__ if key == "version" else as_words.stdout
    assert (outcome.code, outcome.stderr, outcome.document) == (0, "", {key: said})


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["bum"],
        ["bump"],
        ["bump", "dev", "x"],
        ["promote", "stage", "--retry-for", "60"],
        ["promote", "stage", "--override", "weather", "--reason", "x"],
        ["wait", "dev", "--timeout", "soon"],
        ["wait", "dev"],
        ["status", "--colour"],
        ["diff", "dev"],
        ["status", "--branch=--upload-pack=x"],
        ["status", "--branch=a..b"],
        ["status", "--branch=main:other"],
        ["status", "--branch=nowhere"],
        ["status", "--repo=--upload-pack=touch /tmp/x"],
        ["status", "--repo=ext::sh -c 'touch /tmp/x'"],
        ["promote", "stage", "--approved-by="],
    ],
    ids=" ".join,
)
def test_wrong_words_are_a_usage_error_in_both_tongues(world: World, words: list[str]) -> None:
    said = world.run(*words)
    as_json = world.run(*words, "--json")

    assert (said.code, as_json.code, as_json.kind) == (2, 2, "usage")
    assert said.stdout == ""
    assert said.stderr.startswith("tagbump: ")
    assert as_json.stderr == ""


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["promot", "stage"], "did you mean promote? tagbump --help"),
        (["weather"], "tagbump --help"),
        (["promote", "stage", "--aproved-by", "grace"], "did you mean --approved-by? tagbump promote --help"),
        (["bump", "dev", artifact("1"), "--soruce", "abcdef1"], "did you mean --source? tagbump bump --help"),
        (["bump", "dev", "--soruce=abcdef1", "-q"], "did you mean --source? tagbump bump --help"),
        (["bump", "dev", "-qv", "--", "--soruce"], "tagbump bump --help"),
        (["promote", "stage", "-reason", "x"], "did you mean --reason? tagbump promote --help"),
        (["promote", "stage", "--dry"], "did you mean --dry-run? tagbump promote --help"),
        (["status", "--helf"], "tagbump status --help"),
        (["status", "-x", "--jsno"], "did you mean --json? tagbump status --help"),
        (["status", "verify"], "tagbump status --help"),
        (["rollback", "dev", "--override", "older"], "rollback is bound by no rule: it takes no --override"),
        (["rollback", "dev", "--reason", "x", "--reintroduce"], "rollback is bound by no rule: it takes no --reintrod"),
        (["history", "dev", "--html", "x"], "--html is an option of status; tagbump history --help"),
        (["history", "dev", "--source=x"], "--source is an option of bump; tagbump history --help"),
        (["completion", "bash", "--repo", "x"], "--repo is an option of bump, promote, "),
        (["--json", "status"], "options follow the verb: tagbump status --json"),
        (["--json"], "options follow the verb: tagbump status --json"),
        (["-v", "verify"], "options follow the verb: tagbump verify -v"),
        (["--repo", "x", "status"], "options follow the verb: tagbump status --repo x"),
        (["--repo=x", "status"], "options follow the verb: tagbump status --repo=x"),
        (["--json", "bum"], "did you mean bump? tagbump --help"),
        (["--jsno", "status"], "did you mean --json? tagbump status --help"),
        (["--frob", "status"], "tagbump --help"),
        (["promote", "stage", "--approved-by="], "name a person: --approved-by grace"),
        (["promote", "stage", "--reason", " "], "say why in one line: --reason "),
        (["promote", "stage", "--override", "soack", "--reason", "x"], "did you mean soak? --override RULE"),
        (["history", "Prod"], "did you mean prod? tagbump.yaml has dev, stage, prod"),
        (["history", "production"], "did you mean prod? tagbump.yaml has dev, stage, prod"),
        (["history", "qa"], "tagbump.yaml has dev, stage, prod"),
        (["status", "--html", "."], "name a file in a folder that is there, such as --html board.html"),
        (["status", "--html", "nowhere/board.html"], "name a file in a folder that is there"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_word_that_is_not_known_is_answered_with_what_to_write(world: World, words: list[str], hint: str) -> None:
    outcome = world.json(*words)

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert outcome.document["error"]["hint"].startswith(hint)


def test_what_is_required_and_misspelt_is_named_by_both(world: World) -> None:
    outcome = world.json("bump", "dev", artifact("1"), "--soruce", "abcdef1")

    assert outcome.document["error"]["message"] == (
        "the following arguments are required: --source; unrecognized arguments: --soruce"
    )


def test_a_next_step_of_several_lines_stays_that(world: World) -> None:
    world.commit("chore: empty it", {"tagbump.yaml": ""})

    outcome = world.run("status")

    assert "\n  next: begin with one like this" in outcome.stderr
    assert "\n        image: service\n        environments:\n" in outcome.stderr


def test_an_empty_policy_shows_one_to_begin_with(world: World) -> None:
    world.commit("chore: empty it", {"tagbump.yaml": ""})

    outcome = world.json("status")

    assert (outcome.code, outcome.document["error"]["message"]) == (2, "tagbump.yaml: is empty")
    assert outcome.document["error"]["hint"] == policy.BEGIN


def test_a_misspelt_key_is_answered_with_the_one_that_is_meant(world: World) -> None:
    world.commit("chore: misspell it", {"tagbump.yaml": POLICY.replace("approval: r", "aproval: r")})

    outcome = world.json("status")

    assert outcome.document["error"]["hint"].startswith("did you mean approval?")


def test_git_that_fails_after_the_look_is_no_bug(world: World) -> None:
    real = shutil.which("git", path=world.env["PATH"])
    fails = world.root / "bin" / "git"
    fails.parent.mkdir()
    fails.write_text(
        '#!/bin/sh\ncase " $* " in *" commit-tree "*) echo "fatal: disk quota exceeded" >&2; exit 128;; esac\n'
        f'exec {real} "$@"\n'
    )
    fails.chmod(0o755)
    before = world.refs()

    outcome = world.run(
        "bump", "dev", artifact("1.1.0"), "--source", world.head(), "--json",
        env={"PATH": f"{fails.parent}:{world.env['PATH']}"},
    )  # fmt: skip

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert "disk quota exceeded" in outcome.document["error"]["message"]
    assert "run it again" in outcome.document["error"]["hint"]
    assert world.refs() == before


def test_an_error_has_the_documented_shape(world: World) -> None:
    world.bump("1.1.0")

    outcome = world.json("promote", "stage")

    assert list(outcome.document) == ["error"]
    assert list(outcome.document["error"]) == ["exit_code", "kind", "message", "hint"]
    assert outcome.document["error"]["exit_code"] == outcome.code


def test_the_origin_of_the_repository_here_is_the_default(world: World) -> None:
    below = world.checkout / "k8s" / "base"

    outcome = world.run("history", "dev", "--json", cwd=below)

    assert outcome.code == 0


def test_outside_of_a_repository_the_error_says_how_to_name_one(world: World, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()

    outcome = world.run("status", "--json", cwd=tmp_path / "elsewhere")

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert "--repo" in outcome.document["error"]["message"]


@pytest.mark.parametrize("form", ["{path}", "file://{path}", "{path}/"])
def test_a_repository_is_named_by_path_or_url(world: World, tmp_path: Path, form: str) -> None:
    outcome = world.run("history", "dev", "--repo", form.format(path=world.remote), "--json", cwd=tmp_path)

    assert outcome.code == 0


def test_a_relative_path_is_read_from_where_the_caller_stands(world: World) -> None:
    outcome = world.run("history", "dev", "--repo", "../remote.git", "--json")

    assert outcome.code == 0


@pytest.mark.parametrize("repo", ["/nowhere/at/all.git", "file:///nowhere.git", "http://127.0.0.1:9/x.git"])
def test_a_remote_that_does_not_exist_is_unreachable(world: World, repo: str) -> None:
    outcome = world.json("status", "--repo", repo)

    assert (outcome.code, outcome.kind) == (6, "unreachable")
    assert repo in outcome.document["error"]["message"]


def test_a_password_in_the_address_is_never_shown_or_kept(world: World) -> None:
    address = "http://robot:hunter2@127.0.0.1:9/x.git"

    shown = world.run("status", "-v", "--repo", address)
    as_json = world.json("status", "--repo", address)

    assert shown.code == as_json.code == 6
    assert "hunter2" not in shown.stdout + shown.stderr + as_json.stdout + as_json.stderr
    kept = [path for path in (world.root / "cache").rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]
    assert kept == []


def test_no_cache_leaves_nothing_behind(world: World) -> None:
    outcome = world.run("history", "dev", "--no-cache", "--json")

    assert outcome.code == 0
    assert not (world.root / "cache").exists()


def test_the_branch_that_the_policy_names_is_the_default(world: World) -> None:
    world.git("push", "--quiet", "origin", "main:live")
    world.commit("chore: move", {"tagbump.yaml": POLICY.replace("branch: main", "branch: live")})
    world.git("push", "--quiet", "--force", "origin", "main:live")

    world.done("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert world.git("log", "-1", "--format=%s", "live", cwd=world.remote).strip() == "chore(dev): release 1.1.0"
    assert world.log()[0] == "chore: move"


def test_a_branch_named_on_the_command_line_wins(world: World) -> None:
    world.git("push", "--quiet", "origin", "main:trial")
    source = world.head()

    world.done("bump", "dev", artifact("1.1.0"), "--source", source, "--branch", "trial")

    assert world.git("log", "-1", "--format=%s", "trial", cwd=world.remote).strip() == "chore(dev): release 1.1.0"
    assert world.head() == source


@pytest.mark.parametrize(
    ("name", "text", "named"),
    [
        ("tagbump.yaml", POLICY.replace("approval: r", "aproval: r"), "tagbump.yaml:5: key environments.stage.aproval"),
        ("tagbump.yaml", POLICY.replace("s/prod", "s/gone"), "environments.prod.overlay: k8s/overlays/gone"),
        ("tagbump.yaml", "image: [", "tagbump.yaml:"),
        ("k8s/overlays/dev/kustomization.yml", "resources: []", "are both there"),
    ],
    ids=["unknown-key", "missing-overlay", "no-yaml", "two-files"],
)
def test_what_is_wrong_in_the_repository_is_named(world: World, name: str, text: str, named: str) -> None:
    world.commit("chore: break it", {name: text})
    before = world.refs()

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert named in outcome.document["error"]["message"]
    assert world.refs() == before


def test_a_repository_without_a_policy_says_so(world: World) -> None:
    world.git("rm", "--quiet", "tagbump.yaml")
    world.git("commit", "--quiet", "--message", "chore: gone")
    world.git("push", "--quiet")

    outcome = world.json("status")

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert "tagbump.yaml" in outcome.document["error"]["message"]
    assert outcome.document["error"]["hint"] == policy.BEGIN


@pytest.mark.parametrize("link", ["../../../tagbump.yaml", "/etc/passwd"])
def test_a_symbolic_link_for_an_overlay_is_refused(world: World, link: str) -> None:
    overlay = world.checkout / "k8s/overlays/dev/kustomization.yaml"
    overlay.unlink()
    overlay.symlink_to(link)
    world.git("commit", "--quiet", "--all", "--message", "chore: a link")
    world.git("push", "--quiet")

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert "symbolic link" in outcome.document["error"]["message"]


def test_git_that_does_not_know_who_commits_is_a_usage_error(world: World) -> None:
    (world.root / "home" / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")

    outcome = world.json("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert "git config" in outcome.document["error"]["hint"]


def test_the_identity_of_the_callers_repository_signs_the_release(world: World) -> None:
    world.git("config", "user.name", "Local Name")

    world.done("bump", "dev", artifact("1.1.0"), "--source", world.head())

    assert (
        world.git("log", "-1", "--format=%an <%ae>", "main", cwd=world.remote).strip() == "Local Name <bot@example.com>"
    )


def test_an_inherited_git_dir_is_not_written_to(world: World) -> None:
    elsewhere = world.root / "elsewhere.git"
    world.git("init", "--quiet", "--bare", str(elsewhere))
    inherited = {
        "GIT_DIR": str(elsewhere),
        "GIT_INDEX_FILE": str(world.root / "index"),
        "GIT_OBJECT_DIRECTORY": "/nowhere",
    }

    outcome = world.json(
        "bump", "dev", artifact("1.1.0"), "--source", world.head(), "--repo", str(world.remote), env=inherited
    )

    assert outcome.code == 0
    assert world.git("for-each-ref", cwd=elsewhere) == ""
    assert not (world.root / "index").exists()


@pytest.mark.parametrize("words", [["history", "dev"], ["diff", "dev", "stage"], ["promote", "stage"]], ids=" ".join)
def test_no_verb_prints_a_control_character_that_somebody_committed(world: World, words: list[str]) -> None:
    world.bump("1.1.0")
    world.prove("dev")
    world.done("promote", "stage", "--approved-by", "grace")
    source = world.commit("feat: \x1b[2Jcleared", by="Eve\x1b[31m <eve@example.com>")
    text = world.read("k8s/overlays/dev/kustomization.yaml").replace("1.1.0", "1.2.0")
    world.commit(
        "fix: \x1b]0;title\x07", {"k8s/overlays/dev/kustomization.yaml": text}, by="Eve\x1b[31m <eve@example.com>"
    )
    world.json("bump", "dev", artifact("1.3.0"), "--source", source)

    outcome = world.run(*words)

    assert "\x1b" not in outcome.stdout + outcome.stderr
    assert "\x07" not in outcome.stdout + outcome.stderr


@pytest.mark.parametrize("place", ["/dev/null", "/proc/nowhere"])
def test_a_cache_that_cannot_be_written_is_named_and_is_no_bug(world: World, place: str) -> None:
    outcome = world.run("status", "--json", env={"XDG_CACHE_HOME": place})

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert place in outcome.document["error"]["message"]


def test_a_relative_cache_folder_is_not_made_in_the_callers_checkout(world: World) -> None:
    before = sorted(world.checkout.iterdir())

    outcome = world.run("history", "dev", "--json", env={"XDG_CACHE_HOME": "relative"})

    assert outcome.code == 0
    assert sorted(world.checkout.iterdir()) == before


def test_output_that_cannot_be_written_ends_with_an_exit_code_of_ours(world: World) -> None:
    command = f"{' '.join(TAGBUMP)} history dev --json >/dev/full"

    done = subprocess.run(["bash", "-c", command], cwd=world.checkout, env=world.env, capture_output=True, check=False)

    assert done.returncode == 2


def test_closed_streams_lose_what_is_said_and_nothing_else(world: World) -> None:
    command = f"{' '.join(TAGBUMP)} history dev --json 2>&-"

    done = subprocess.run(["bash", "-c", command], cwd=world.checkout, env=world.env, capture_output=True, check=False)

    assert done.returncode == 0
    assert json.loads(done.stdout)["environment"] == "dev"


def test_a_reader_that_goes_away_is_no_error(world: World) -> None:
    command = f"{' '.join(TAGBUMP)} history dev --json | true; echo ${{PIPESTATUS[0]}}"

    done = subprocess.run(
        ["bash", "-c", command], cwd=world.checkout, env=world.env, capture_output=True, text=True, check=False
    )

    assert done.stdout.strip() == "0"
    assert done.stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing_behind(world: World, number: signal.Signals) -> None:
    command = [*TAGBUMP, "wait", "dev", "--url", "http://127.0.0.1:9", "--no-cache"]
    scratch = world.root / "scratch"
    scratch.mkdir()

    with subprocess.Popen(
        command, cwd=world.checkout, env={**world.env, "TMPDIR": str(scratch)}, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stderr is not None
        running.stderr.readline()  # it waits now
        running.send_signal(number)
        code, words = running.wait(30), running.stderr.read()

    assert code == 130
    assert "run it again" in words
    assert list(scratch.iterdir()) == []


def test_help_loads_little_beside_argparse(world: World) -> None:
    program = (
        "import sys, argparse; before = set(sys.modules); from tagbump.cli import main; main(['--help']);"
        "sys.stderr.write(' '.join(set(sys.modules) - before))"
    )
    here = {"PATH": world.env["PATH"], "PYTHONPATH": str(ROOT / "tools"), "COLUMNS": "80"}

    done = subprocess.run([sys.executable, "-c", program], env=here, capture_output=True, text=True, check=True)

    # Each of these would take a tenth as long as argparse itself, or more.
    heavy = {"dataclasses", "datetime", "json", "logging", "shutil", "signal", "subprocess", "typing", "yaml"}
    assert heavy & set(done.stderr.split()) == set()


def test_a_bump_loads_nothing_that_takes_long(world: World) -> None:
    words = ("bump", "dev", artifact("1.1.0"), "--source", world.head(), "--dry-run")
    program = (
        "import sys; from tagbump.cli import main; code = main(sys.argv[1:]);"
        "sys.stderr.write(' '.join(sys.modules)); sys.exit(code)"
    )
    # What measures coverage would load some of it itself.
    bare = {name: value for name, value in world.env.items() if not name.startswith("COVERAGE_")}

    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=world.checkout, env=bare,
        capture_output=True, text=True, check=True,
    )  # fmt: skip

    loaded = set(done.stderr.split())
    assert "tagbump.landing" in loaded
    assert {"dataclasses", "inspect", "logging", "ssl", "urllib.request", "kubernetes"} & loaded == set()


def test_the_readme_shows_the_help_that_the_program_prints(world: World) -> None:
    shown = world.run("--help", env={"COLUMNS": "100"}).stdout

    assert shown in (ROOT / "README.md").read_text()


def test_json_is_one_object_and_nothing_else(world: World) -> None:
    outcome = world.run("status", "--json", "-v")

    assert isinstance(json.loads(outcome.stdout), dict)
