"""The demo's parts that can be looked at on their own."""

import hashlib
import os
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

import pytest
import yaml

from demo import needs, policy, postgres
from demo.__main__ import alone
from demo.deployer import Deployer, Order
from demo.errors import DemoFailed, Unprepared
from demo.narrator import Narrator, as_typed
from demo.releases import FIRST, SECOND
from demo.rendered import Desired, Unrenderable

REPOSITORY = Path(__file__).parents[2]


def test_the_variant_of_the_real_policy_differs_in_what_is_stated_and_in_nothing_else() -> None:
    real = (REPOSITORY / "tagbump.yaml").read_text()

    shown = yaml.safe_load(policy.variant(real))

    expected = yaml.safe_load(real)
    for environment in expected["environments"].values():
        for key in policy.LEFT_OUT:
            environment.pop(key, None)
        if "soak" in environment:
            environment["soak"] = policy.SOAK
    assert shown == expected


def test_the_variant_leaves_out_a_key_with_all_that_is_beneath_it() -> None:
    text = "a:\n  freeze:\n  - {from: x}\n    # a remark\n  soak: 30m # why\nb: 1\n"

    assert policy.variant(text) == "a:\n  soak: 5s\nb: 1\n"


def test_the_releases_still_fit_the_service() -> None:
    text = (REPOSITORY / FIRST.path).read_text()

    changed = SECOND.edit(FIRST.edit(text))

    assert len(changed.splitlines()) == len(text.splitlines()) + 1


def test_a_release_that_no_longer_fits_says_which_line_is_missing() -> None:
    with pytest.raises(DemoFailed, match=r"service/api/links\.py has 0 times, and not once"):
        SECOND.edit("something else\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["tagbump", "promote", "prod"],
        ["tagbump", "rollback", "prod", "--reason", 'it\'s "bad" $HOME'],
        ["tagbump", "bump", "dev", "x" * 90, "--source", "y" * 40, "--reason", "two words", "--repo", "z"],
    ],
)
def test_a_shown_command_means_the_same_to_a_shell(arguments: list[str]) -> None:
    said = subprocess.run(
        ["bash", "-c", f"printf '%s\\n' {as_typed(arguments)}"], capture_output=True, text=True, check=True
    )

    assert said.stdout.splitlines() == arguments


def test_a_command_that_ends_otherwise_than_foretold_ends_the_demo_and_is_named(tmp_path: Path) -> None:
    narrator, transcript = narrator_in(tmp_path)
    narrator.chapter("A try")

    with pytest.raises(
        DemoFailed, match=r"(?s)'1\. A try'.*ended with 7, and 0 was expected.*\$ sh -c 'echo out; exit 7'"
    ):
        narrator.command("sh", "-c", "echo out; exit 7")

    assert "$ sh -c 'echo out; exit 7'\n  out\n  [exit code 7]\n" in transcript.getvalue()


def test_a_refusal_by_another_rule_than_foretold_ends_the_demo(tmp_path: Path) -> None:
    narrator, _ = narrator_in(tmp_path)

    with pytest.raises(DemoFailed, match="not by the rule soak"):
        narrator.refused("soak", "sh", "-c", "echo tagbump: approval: no; exit 3")


def test_a_refusal_by_fewer_rules_than_foretold_ends_the_demo(tmp_path: Path) -> None:
    narrator, _ = narrator_in(tmp_path)
    narrator.refused("soak", "sh", "-c", "echo tagbump: soak: no; echo also four-eyes: no; exit 3", also="four-eyes")

    with pytest.raises(DemoFailed, match="not by the rule four-eyes"):
        narrator.refused("soak", "sh", "-c", "echo tagbump: soak: no; exit 3", also="four-eyes")


def test_an_artifact_that_does_not_unpack_is_refused_in_the_words_of_tar_and_leaves_nothing(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"no archive").hexdigest()
    (tmp_path / f"{digest}.tar").write_bytes(b"no archive")
    place = str(tmp_path)
    deployer = Deployer(Order(place, place, place, place, {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}, {}), {})

    with pytest.raises(Unrenderable, match=rf"(?s)tar -xf {digest}\.tar ended with 2: .*tar: "):
        deployer.pull(Desired(f"service@sha256:{digest}", {}, ()))

    assert [each.name for each in tmp_path.iterdir()] == [f"{digest}.tar"]


def test_a_second_demo_in_the_same_folder_is_told_which_process_the_first_one_is(tmp_path: Path) -> None:
    another = rf"another demo is running in build/demo, as process {os.getpid()}:"

    with alone(tmp_path / "demo"), pytest.raises(Unprepared, match=another), alone(tmp_path / "demo"):
        pytest.fail("two at a time")

    with alone(tmp_path / "demo"):
        pass  # the first one has ended


def test_what_the_deployer_did_is_introduced_and_told_once(tmp_path: Path) -> None:
    narrator, transcript = narrator_in(tmp_path)
    narrator.asides.write_text("dev: done\n")

    narrator.catch_up()
    narrator.catch_up()

    assert transcript.getvalue() == "   Meanwhile, the deployer said:\n  deployer | dev: done\n"


def test_a_server_has_room_for_its_socket_whatever_the_folder_for_temporary_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp", suffix="x" * 60) as long:
        Path(long).chmod(0o755)
        monkeypatch.setattr(tempfile, "tempdir", long)

        with postgres.short_folder("postgres-") as folder:
            socket = folder / "postgres" / f".s.PGSQL.{postgres.PORT}"

    assert len(str(socket)) <= 103  # what macOS takes; Linux takes four more


def test_an_old_git_is_named_with_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.35.9\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Unprepared, match=r"git is 2\.35, and 2\.36 or newer is needed: install a newer one"):
        needs.check(REPOSITORY, Path(sys.executable).parent)


def narrator_in(folder: Path) -> tuple[Narrator, StringIO]:
    transcript, asides = StringIO(), folder / "deployer.log"
    asides.touch()
    return Narrator(folder, {"PATH": "/usr/bin:/bin"}, transcript, asides), transcript
