"""Everything is asked for: signers, approvers, people, overrides. Somebody who can push, and has no key, forges."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.tagbump.faults.depth import some
from tests.tagbump.world import OVERLAY, World, artifact, copy_world, digest_of, make_world

POLICY: Final = """\
image: service
signers: ["{key}"]
people: {{grace: [grace@example.com]}}
environments:
  dev:   {{overlay: k8s/overlays/dev}}
  stage:
    {{overlay: k8s/overlays/stage, from: dev, approval: required, approvers: [grace], overrides: {{older: [grace]}}}}
  prod:
    {{overlay: k8s/overlays/prod, from: stage, approval: four-eyes, approvers: [grace], overrides: {{older: [grace]}}}}
"""
EVIL: Final = "6.6.6"


def new_key(root: Path, name: str) -> str:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(root / name)], check=True)
    return (root / f"{name}.pub").read_text().strip()


def sign_with(world: World, name: str | None) -> None:
    on = str(name is not None).lower()
    key = {"gpg.format": "ssh", "user.signingkey": str(world.root / f"{name}.pub")}
    for setting, value in {"commit.gpgsign": on, "tag.gpgsign": on, **key}.items():
        world.git("config", setting, value)


@pytest.fixture(scope="session")
def guarded_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    root = tmp_path_factory.mktemp("guarded")
    public = new_key(root, "signer")
    new_key(root, "stranger")
    world = make_world(root / "world", POLICY.format(key=public))
    for name in ("signer", "signer.pub", "stranger", "stranger.pub"):
        (root / name).rename(world.root / name)
    sign_with(world, "signer")
    for tag in ("1.1.0", "1.2.0"):
        world.bump(tag)
        world.prove("dev")
        world.done("promote", "stage", "--approved-by", "grace")
        if tag == "1.1.0":
            world.prove("stage")
            world.done("promote", "prod", "--approved-by", "grace")
    return world


@pytest.fixture
def guarded(guarded_template: World, tmp_path: Path) -> World:
    """prod has 1.1.0; stage has 1.2.0, not proven yet; dev has 1.2.0 and has proven it. All of it is signed."""
    return copy_world(guarded_template, tmp_path)


def forge_release(world: World, environment: str, tag: str = EVIL) -> str:
    """Push a commit like a release of `tag` with all that tagbump would say in it, signed as git is set to."""
    says = {"Image": artifact(tag), "Source": world.head(), "Approved-by": "grace", "Promoted-from": "dev"}
    message = f"chore({environment}): release {tag}\n\n" + "\n".join(f"{key}: {value}" for key, value in says.items())
    text = OVERLAY.format(name=environment, tag=tag, digest=digest_of(tag))
    return world.commit(message, {f"k8s/overlays/{environment}/kustomization.yaml": text}, by="Bot <bot@example.com>")


def forge_release_and_proof(world: World) -> None:
    forge_release(world, "stage")
    world.prove("stage")


def forge_all_the_way(world: World) -> None:
    for environment in ("dev", "stage"):
        forge_release(world, environment)
        world.prove(environment)


def name_of_proof(environment: str, tag: str) -> str:
    return f"proof/{environment}/{digest_of(tag).removeprefix('sha256:')[:12]}"


def move_a_proof(world: World) -> None:
    """Put the signed proof of another artifact under the name of this one's."""
    at = world.git("rev-parse", name_of_proof("stage", "1.1.0"), cwd=world.remote).strip()
    world.git("update-ref", f"refs/tags/{name_of_proof('stage', '1.2.0')}", at, cwd=world.remote)


def copy_a_proof(world: World) -> None:
    """Put the signed proof of dev under the name of stage's."""
    at = world.git("rev-parse", name_of_proof("dev", "1.2.0"), cwd=world.remote).strip()
    world.git("update-ref", f"refs/tags/{name_of_proof('stage', '1.2.0')}", at, cwd=world.remote)


def tag_without_words(world: World) -> None:
    world.git("update-ref", f"refs/tags/{name_of_proof('stage', '1.2.0')}", "main", cwd=world.remote)


def put_a_signature_of_another_tag_under_a_proof(world: World) -> None:
    world.prove("stage")
    name = name_of_proof("stage", "1.2.0")
    forged = world.git("cat-file", "tag", name, cwd=world.remote).partition("-----BEGIN")[0]
    signed = world.git("cat-file", "tag", name_of_proof("stage", "1.1.0"), cwd=world.remote)
    path = world.root / "forged"
    path.write_text(forged + signed[signed.index("-----BEGIN") :])
    oid = world.git("hash-object", "-t", "tag", "-w", str(path), cwd=world.remote).strip()
    world.git("update-ref", f"refs/tags/{name}", oid, cwd=world.remote)


FORGERIES: Final[dict[str, tuple[Callable[[World], None], str]]] = {
    "a release and its proof": (forge_release_and_proof, EVIL),
    "releases and proofs all the way": (forge_all_the_way, EVIL),
    "a proof": (lambda world: world.prove("stage"), "1.2.0"),
}
REUSES: Final[dict[str, Callable[[World], None]]] = {
    "a proof that was moved": move_a_proof,
    "a proof of another environment": copy_a_proof,
    "a tag without words": tag_without_words,
    "a signature that is another's": put_a_signature_of_another_tag_under_a_proof,
}


@pytest.mark.parametrize("reuse", some(REUSES, 2))
def test_what_a_signer_signed_proves_nothing_else(guarded: World, reuse: str) -> None:
    sign_with(guarded, None)
    REUSES[reuse](guarded)
    sign_with(guarded, "signer")
    before = guarded.refs()

    outcome = guarded.json("promote", "prod", "--approved-by", "grace")

    assert (outcome.code, outcome.kind) == (3, "unproven")
    assert guarded.refs() == before


@pytest.mark.parametrize(
    ("key", "named"), [(None, False), ("stranger", True)], ids=["unsigned-by-default", "another-key-named"]
)
@pytest.mark.parametrize("forgery", FORGERIES)
def test_what_is_forged_does_not_get_into_prod(guarded: World, forgery: str, key: str | None, named: bool) -> None:
    forge, tag = FORGERIES[forgery]
    sign_with(guarded, key)
    forge(guarded)
    sign_with(guarded, "signer")
    before = guarded.refs()

    outcome = guarded.json(
        "promote", "prod", "--approved-by", "grace", *(["--artifact", artifact(tag)] if named else [])
    )

    assert outcome.code == 3, outcome
    assert outcome.kind in ("skip", "unproven", "rolled-back")
    assert guarded.refs() == before
    assert guarded.artifact("prod") == artifact("1.1.0")


def test_what_is_proven_by_a_signer_gets_into_prod(guarded: World) -> None:
    """That what is refused above is refused for being forged."""
    guarded.prove("stage")

    guarded.done("promote", "prod", "--approved-by", "grace")

    assert guarded.artifact("prod") == artifact("1.2.0")


@pytest.mark.parametrize(
    ("rule", "who"),
    some([("unproven", "grace"), ("approval", "eve"), ("approval", "grace@evil.example.com"), ("skip", "Grace H.")], 2),
)
def test_nobody_lifts_a_rule_that_is_not_theirs_to_lift(guarded: World, rule: str, who: str) -> None:
    before = guarded.refs()

    outcome = guarded.json("promote", "prod", "--approved-by", who, "--override", rule, "--reason", "mischief")

    assert outcome.code == 3, outcome
    assert guarded.refs() == before


def test_a_rollback_does_not_go_to_what_no_signer_released(guarded: World) -> None:
    sign_with(guarded, None)
    evil = forge_release(guarded, "prod")
    sign_with(guarded, "signer")

    guarded.done("rollback", "prod", "--reason", "nobody released it")
    named = guarded.json("rollback", "prod", "--to", evil, "--reason", "slow")

    assert (named.code, named.kind) == (2, "usage")
    assert guarded.artifact("prod") == artifact("1.1.0")


def test_what_was_written_into_prod_by_hand_does_not_count_there(guarded: World) -> None:
    sign_with(guarded, None)
    forge_release(guarded, "prod")

    shown = guarded.run("history", "prod").stdout.splitlines()

    assert EVIL in shown[0]
    assert "does not count" in shown[0]
