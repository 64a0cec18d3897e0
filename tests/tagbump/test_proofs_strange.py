"""Proofs of what is no release on the branch: however many somebody pushes, a run asks no more for them."""

from collections.abc import Callable

import pytest

from tests.tagbump.world import OVERLAY, World, artifact, digest_of


def forge(world: World, number: int, release: str, target: str) -> None:
    """Push a proof of `release` that stands on `target`."""
    digest = f"{number:064x}"[::-1]
    said = {
        "Environment": "dev",
        "Artifact": f"registry.example.com/service:{number}@sha256:{digest}",
        "Release": release,
        "Checks": "readyz",
        "Recorded-at": "2026-01-01T00:00:00Z",
    }
    message = "proof(dev)\n\n" + "\n".join(f"{key}: {value}" for key, value in said.items())
    world.git("tag", "--annotate", "--message", message, f"proof/dev/{digest[:12]}", target, cwd=world.remote)


def asked(world: World, *more: str) -> list[str]:
    """Return the git commands of a bump, by their first words."""
    outcome = world.run("bump", "dev", artifact("2.0.0"), "--source", world.head(), "--dry-run", "--verbose", *more)
    assert outcome.code == 0, outcome
    return [line.split("git ")[1].split()[0] for line in outcome.stderr.splitlines() if ": git " in line]


def beside(world: World, number: int) -> str:
    """Make a commit that no branch leads to, and return its name."""
    return world.git("commit-tree", "-p", "main", "-m", f"beside {number}", "main^{tree}", cwd=world.remote).strip()


def naming_nothing(world: World, number: int) -> None:
    forge(world, number, f"{number:040x}", "main")


def naming_a_ref(world: World, number: int) -> None:
    forge(world, number, "HEAD", "main")


def standing_on_another(world: World, number: int) -> None:
    forge(world, number, beside(world, number), "main")


def standing_on_a_tree(world: World, number: int) -> None:
    tree = world.git("rev-parse", "main^{tree}", cwd=world.remote).strip()
    forge(world, number, tree, tree)


def standing_beside(world: World, number: int) -> None:
    commit = beside(world, number)
    forge(world, number, commit, commit)


@pytest.mark.parametrize(
    "strange", [naming_nothing, naming_a_ref, standing_on_another, standing_on_a_tree, standing_beside]
)
def test_a_run_asks_no_more_for_them_once_it_knows_them(world: World, strange: Callable[[World, int], None]) -> None:
    asked(world)
    before = asked(world)

    for number in range(1, 5):
        strange(world, number)
    asked(world)

    assert asked(world) == before
    world.git("commit", "--quiet", "--allow-empty", "--message", "docs: the branch goes on")
    world.git("push", "--quiet", "origin", "HEAD:main")
    assert asked(world).count("rev-list") == 0


def by_hand(world: World, tag: str) -> str:
    """Commit a release of dev that does not say so, and return it. The branch stays where it is."""
    world.write({"k8s/overlays/dev/kustomization.yaml": OVERLAY.format(name="dev", tag=tag, digest=digest_of(tag))})
    world.git("commit", "--quiet", "--all", "--message", f"fix: {tag} by hand")
    return world.git("rev-parse", "HEAD").strip()


def test_whoever_comes_first_learns_all_of_them_at_once(world: World) -> None:
    def proven(count: int) -> list[str]:
        for number in range(count):
            commit = by_hand(world, f"{count}.{number}")
            world.git("push", "--quiet", "origin", "HEAD:main")
            forge(world, 10 * count + number, commit, commit)
        return asked(world, "--no-cache")

    assert proven(1) == proven(4)


@pytest.mark.parametrize("behind", [0, 30], ids=["soon", "late"])
def test_one_that_was_beside_the_branch_counts_once_the_branch_leads_there(world: World, behind: int) -> None:
    source = world.head()
    commit = by_hand(world, "1.1.0")
    world.git("push", "--quiet", "origin", f"{commit}:refs/heads/side")
    forge(world, 1, commit, commit)
    asked(world)

    for number in range(behind):
        world.git("commit", "--quiet", "--allow-empty", "--message", f"docs: more {number}")
    by_hand(world, "1.2.0")
    world.git("push", "--quiet", "origin", "HEAD:main")

    outcome = world.json("bump", "dev", artifact("1.1.0", build="another"), "--source", source)
    assert (outcome.code, outcome.kind) == (3, "digest-changed")
