"""With `signers` set, who has no key gets nothing into an environment, whatever they can push."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tagbump.services import Service
from tests.tagbump.world import OVERLAY, World, artifact, digest_of, make_world

POLICY = """\
image: service
signers: ["{key}"]
environments:
  dev:   {{overlay: k8s/overlays/dev}}
  stage: {{overlay: k8s/overlays/stage, from: dev, approval: required}}
"""


def sign_with(world: World, key: Path | None) -> None:
    """Have git sign commits and tags with `key`; None stands for somebody without one."""
    on = "false" if key is None else "true"
    settings = {"commit.gpgsign": on, "tag.gpgsign": on, "gpg.format": "ssh", "user.signingkey": f"{key}.pub"}
    for name, value in settings.items():
        world.git("config", name, value)


def new_key(folder: Path, name: str) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    return folder / name


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """The key of a signer, and somebody else's."""
    return new_key(tmp_path, "signer"), new_key(tmp_path, "stranger")


@pytest.fixture
def signed(tmp_path: Path, keys: tuple[Path, Path], service: Service) -> World:
    """dev has 1.1.0 after 1.0.1, by signed releases and with a signed proof."""
    public = keys[0].with_suffix(".pub").read_text().strip()
    world = make_world(tmp_path / "signed", POLICY.format(key=public))
    sign_with(world, keys[0])
    world.bump("1.0.1")
    world.bump("1.1.0")
    service.runs("1.1.0")
    world.done("wait", "dev", "--url", service.url, "--record")
    return world


def test_what_a_signer_released_and_proved_is_promoted(signed: World) -> None:
    signed.done("promote", "stage", "--approved-by", "grace")

    assert signed.artifact("stage") == artifact("1.1.0")


@pytest.mark.parametrize("stranger", [True, False], ids=["another-key", "no-key"])
def test_a_proof_that_no_signer_signed_does_not_count(signed: World, keys: tuple[Path, Path], stranger: bool) -> None:
    signed.bump("1.2.0")
    sign_with(signed, keys[1] if stranger else None)
    signed.prove("dev")

    outcome = signed.json("promote", "stage", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "unproven")
    assert "signed by none" in outcome.document["error"]["message"]


def test_a_release_that_no_signer_signed_does_not_count(signed: World, keys: tuple[Path, Path]) -> None:
    sign_with(signed, None)
    text = OVERLAY.format(name="dev", tag="6.6.6", digest=digest_of("6.6.6"))
    signed.commit("chore(dev): release 6.6.6", {"k8s/overlays/dev/kustomization.yaml": text})
    sign_with(signed, keys[0])
    signed.prove("dev")

    outcome = signed.json("promote", "stage", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "skip")


def test_an_unsigned_rollback_binds_nobody(signed: World) -> None:
    sign_with(signed, None)
    signed.done("rollback", "dev", "--reason", "mischief")
    signed.git("fetch", "--quiet")

    outcome = signed.done("promote", "stage", "--artifact", artifact("1.1.0"), "--approved-by", "grace")

    assert outcome.document["changed"] is True


def test_an_unsigned_reintroduction_lifts_nothing(signed: World, keys: tuple[Path, Path]) -> None:
    signed.done("rollback", "dev", "--reason", "bad")
    sign_with(signed, None)
    signed.done("bump", "dev", artifact("1.1.0"), "--source", signed.head(), "--reintroduce", "--reason", "mischief")
    sign_with(signed, keys[0])

    outcome = signed.json("promote", "stage", "--artifact", artifact("1.1.0"), "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "rolled-back")


def test_a_signature_is_checked_once_and_asked_of_the_policy_every_time(signed: World, keys: tuple[Path, Path]) -> None:
    signed.done("promote", "stage", "--approved-by", "grace", "--dry-run")
    no_ssh = signed.root / "no-ssh"
    no_ssh.mkdir()
    (no_ssh / "ssh-keygen").write_text("#!/bin/sh\ncat >/dev/null\nexit 1\n")
    (no_ssh / "ssh-keygen").chmod(0o755)
    env = {"PATH": f"{no_ssh}:{signed.env['PATH']}"}

    again = signed.json("promote", "stage", "--approved-by", "grace", "--dry-run", env=env)
    anew = signed.json("promote", "stage", "--approved-by", "grace", "--dry-run", "--no-cache", env=env)
    other = keys[1].with_suffix(".pub").read_text().strip()
    signed.commit("chore: trust somebody else", {"tagbump.yaml": POLICY.format(key=other)})
    distrusted = signed.json("promote", "stage", "--approved-by", "grace", "--dry-run", env=env)

    assert [outcome.code for outcome in (again, anew, distrusted)] == [0, 3, 3]


def test_what_was_remembered_of_signatures_may_be_damaged(signed: World) -> None:
    promotion = ("promote", "stage", "--approved-by", "grace", "--dry-run")
    signed.done(*promotion)
    (file,) = (signed.root / "cache").glob("tagbump/*/signatures.json")

    for damage in ("", "[]", '{"a": 1}', '{"a":', "[" * 5000):
        file.write_text(damage)
        signed.done(*promotion)


FOUR_EYES = POLICY + "  prod: {{overlay: k8s/overlays/prod, from: stage, approval: four-eyes}}\n"


@pytest.fixture
def road(tmp_path: Path, keys: tuple[Path, Path]) -> World:
    """Builds of Ada's, Mallory's and Ada's again, all proven up to stage, of which prod has the first; all signed."""
    world = make_world(tmp_path / "road", FOUR_EYES.format(key=keys[0].with_suffix(".pub").read_text().strip()))
    sign_with(world, keys[0])
    for tag, author in (("1.1.0", "Ada"), ("1.2.0", "Mallory"), ("1.3.0", "Ada")):
        source = world.commit(f"feat: {tag}", {"src/app.py": tag}, by=f"{author} <{author.lower()}@example.com>")
        world.done("bump", "dev", artifact(tag), "--source", source)
        world.prove("dev")
        world.done("promote", "stage", "--approved-by", "grace")
        world.prove("stage")
        if tag == "1.1.0":
            world.done("promote", "prod", "--approved-by", "grace")
    return world


def write_unsigned(world: World, key: Path, tag: str) -> None:
    """Write `tag` into prod's overlay by hand, as somebody without a key."""
    sign_with(world, None)
    overlay = OVERLAY.format(name="prod", tag=tag, digest=digest_of(tag))
    world.commit("chore: tidy", {"k8s/overlays/prod/kustomization.yaml": overlay}, by="Mallory <mallory@example.com>")
    sign_with(world, key)


def test_an_unsigned_write_does_not_hide_who_wrote_what_is_promoted(road: World, keys: tuple[Path, Path]) -> None:
    refused = road.json("promote", "prod", "--approved-by", "mallory")
    write_unsigned(road, keys[0], "1.2.0")

    refused_again = road.json("promote", "prod", "--approved-by", "mallory")

    assert [outcome.kind for outcome in (refused, refused_again)] == ["four-eyes", "four-eyes"]
    road.done("promote", "prod", "--approved-by", "grace")


def test_an_unsigned_write_does_not_make_an_older_build_a_newer_one(road: World, keys: tuple[Path, Path]) -> None:
    road.done("promote", "prod", "--approved-by", "grace")
    write_unsigned(road, keys[0], "1.1.0")

    older = road.json("promote", "prod", "--artifact", artifact("1.2.0"), "--approved-by", "grace")

    assert older.kind == "older"


def test_whoever_has_no_key_is_told_that_what_they_did_does_not_count(signed: World, service: Service) -> None:
    signed.bump("1.2.0")
    service.runs("1.2.0")
    sign_with(signed, None)

    recorded = signed.json("wait", "dev", "--url", service.url, "--record")
    released = signed.json("bump", "dev", artifact("1.3.0"), "--source", signed.head())
    went_back = signed.json("rollback", "dev", "--reason", "slow")

    said = {recorded: "proof/dev", released: "nothing that comes after dev", went_back: "1.3.0 is not refused"}
    for outcome, words in said.items():
        assert outcome.code == 0
        assert "is signed by none of the signers of dev, and does not count" in outcome.stderr
        assert words in outcome.stderr


def test_a_release_that_does_not_count_leads_to_one_that_does(signed: World, keys: tuple[Path, Path]) -> None:
    sign_with(signed, None)
    source = signed.head()
    unsigned = signed.done("bump", "dev", artifact("1.2.0"), "--source", source).document["commit"]
    sign_with(signed, keys[0])
    way_out = f"git revert {unsigned[:12]}"

    again = signed.json("bump", "dev", artifact("1.2.0"), "--source", source)
    waited = signed.json("wait", "dev", "--url", "http://127.0.0.1:1", "--timeout", "1s")
    promoted = signed.json("promote", "stage", "--approved-by", "grace")

    assert again.code == 0
    assert way_out in again.stderr
    assert (waited.code, promoted.kind) == (2, "skip")
    for outcome in (waited, promoted):
        assert way_out in outcome.document["error"]["hint"]
    signed.git("fetch", "--quiet", "origin", "main")
    signed.git("reset", "--quiet", "--hard", "origin/main")
    signed.git("revert", "--no-edit", unsigned)
    signed.git("push", "--quiet", "origin", "HEAD:main")
    assert signed.done("bump", "dev", artifact("1.2.0"), "--source", source).document["changed"]


def test_the_board_shows_what_does_not_count(signed: World) -> None:
    sign_with(signed, None)
    signed.bump("1.2.0")

    shown = " ".join(signed.run("status", "--html", str(signed.root / "board.html")).stdout.split())

    assert f"by {signed.head()[:12]}, which does not count: not signed by a signer" in shown
    assert "by Release Bot, does not count" in shown
    assert "does not count: not signed by a signer" in (signed.root / "board.html").read_text()


def test_history_shows_what_does_not_count(signed: World) -> None:
    sign_with(signed, None)
    signed.done("bump", "dev", artifact("1.2.0"), "--source", signed.head())

    shown = signed.run("history", "dev").stdout.splitlines()

    assert "does not count" in shown[0]
    assert "does not count" not in shown[1]


def test_a_signer_whose_upstream_names_none_is_a_configuration_error(
    keys: tuple[Path, Path], world_with: Callable[[str], World]
) -> None:
    public = keys[0].with_suffix(".pub").read_text().strip()
    policy = (
        "image: service\nenvironments:\n  dev: {overlay: k8s/overlays/dev}\n"
        f"  stage: {{overlay: k8s/overlays/stage, from: dev, signers: ['{public}']}}\n"
    )

    outcome = world_with(policy).json("status")

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert "dev, where its artifacts come from" in outcome.document["error"]["message"]


@pytest.mark.parametrize("named", ["[]", '["jane"]', '["ssh-ed25519 AAAA"]', '["ssh-ed25519 !!!"]', '["0123"]', '"x"'])
def test_what_is_no_key_is_a_configuration_error(world_with: Callable[[str], World], named: str) -> None:
    world = world_with(f"image: service\nsigners: {named}\nenvironments:\n  dev: {{overlay: k8s/overlays/dev}}\n")

    outcome = world.json("status")

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert "tagbump.yaml:2: key signers" in outcome.document["error"]["message"]


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed: the SSH half of this is tested above")
def test_a_gpg_key_is_named_by_its_fingerprint(tmp_path: Path, service: Service) -> None:
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
    subprocess.run(
        [*gpg, "--quick-gen-key", "Signer <signer@example.com>", "ed25519", "sign"], check=True, capture_output=True
    )
    listing = subprocess.run([*gpg, "--with-colons", "--list-keys"], check=True, capture_output=True, text=True).stdout
    found = re.search(r"^fpr:{9}([0-9A-F]{40}):", listing, re.MULTILINE)
    assert found
    world = make_world(tmp_path / "gpg", POLICY.format(key=found[1]))
    world.env["GNUPGHOME"] = str(home)
    for name, value in {"commit.gpgsign": "true", "tag.gpgsign": "true", "user.signingkey": found[1]}.items():
        world.git("config", name, value)
    world.bump("1.1.0")
    service.runs("1.1.0")

    world.done("wait", "dev", "--url", service.url, "--record")
    promoted = world.done("promote", "stage", "--approved-by", "grace")
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)

    assert promoted.document["changed"] is True
