"""tagbump history and status: what the branch says happened, by hand or by tagbump."""

from tests.tagbump.world import OVERLAY, World, artifact, digest_of


def test_history_lists_releases_newest_first_with_who_and_why(world: World) -> None:
    source = world.commit("feat: shorten links")
    bumped = world.done("bump", "dev", artifact("1.1.0"), "--source", source).document["commit"]
    back = world.done("rollback", "dev", "--reason", "slow").document["commit"]

    document = world.done("history", "dev").document

    assert document["environment"] == "dev"
    newest, older, first = document["releases"]
    assert (newest["commit"], newest["kind"], newest["reason"]) == (back, "rollback", "slow")
    assert (older["commit"], older["kind"], older["artifact"]) == (bumped, "bump", artifact("1.1.0"))
    assert (first["kind"], first["artifact"], first["by"]) == ("bump", artifact("1.0.0"), "Release Bot")
    assert list(newest) == ["commit", "artifact", "released_at", "by", "approved_by", "kind", "reason"]


def test_a_release_made_by_hand_is_a_release(world: World) -> None:
    text = OVERLAY.format(name="dev", tag="9.9.9", digest=digest_of("9.9.9"))

    commit = world.commit("fix: by hand", {"k8s/overlays/dev/kustomization.yaml": text})

    newest = world.done("history", "dev").document["releases"][0]
    assert (newest["commit"], newest["artifact"], newest["by"]) == (commit, artifact("9.9.9"), "Ada")


def test_a_commit_that_changes_no_artifact_is_no_release(world: World) -> None:
    text = world.read("k8s/overlays/dev/kustomization.yaml") + "# a comment\n"

    world.commit("docs: a comment", {"k8s/overlays/dev/kustomization.yaml": text})

    assert len(world.done("history", "dev").document["releases"]) == 1


def test_what_a_merge_brought_is_one_release_that_of_the_merge(world: World) -> None:
    world.git("checkout", "--quiet", "-b", "side")
    for tag in ("2.0.0", "2.1.0"):
        world.write({"k8s/overlays/dev/kustomization.yaml": OVERLAY.format(name="dev", tag=tag, digest=digest_of(tag))})
        world.git("commit", "--quiet", "--all", "--message", f"fix: {tag}")
    world.git("checkout", "--quiet", "main")
    world.git("merge", "--quiet", "--no-ff", "--message", "Merge side", "side")
    world.git("push", "--quiet", "origin", "main")

    releases = world.done("history", "dev").document["releases"]

    assert [(r["commit"], r["artifact"]) for r in releases[:1]] == [(world.head(), artifact("2.1.0"))]
    assert len(releases) == 2


def test_history_survives_overlays_that_were_broken_once(world: World) -> None:
    good = world.read("k8s/overlays/dev/kustomization.yaml")
    world.commit("fix: oops", {"k8s/overlays/dev/kustomization.yaml": "images: [\n"})
    world.commit("fix: repair", {"k8s/overlays/dev/kustomization.yaml": good})

    releases = world.done("history", "dev").document["releases"]

    assert [r["artifact"] for r in releases] == [artifact("1.0.0"), None, artifact("1.0.0")]


def test_history_of_an_unknown_environment_is_a_usage_error(world: World) -> None:
    outcome = world.json("history", "nowhere")

    assert (outcome.code, outcome.kind) == (2, "usage")
    assert "dev, stage, prod" in outcome.document["error"]["hint"]


def test_status_has_the_documented_shape(world: World) -> None:
    source = world.bump("1.1.0")
    world.prove("dev")

    environments = world.done("status").document["environments"]

    assert [entry["name"] for entry in environments] == ["dev", "stage", "prod"]
    dev, stage, _ = environments
    assert dev == {
        "name": "dev",
        "artifact": artifact("1.1.0"),
        "source": source,
        "commit": world.head(),
        "released_at": dev["released_at"],
        "proof": f"proof/dev/{digest_of('1.1.0').removeprefix('sha256:')[:12]}",
        "approved_by": None,
        "frozen": False,
        "behind": None,
        "overrides": [],
        "rollout": None,
    }
    assert (stage["artifact"], stage["source"], stage["proof"], stage["behind"]) == (
        artifact("1.0.0"),
        None,
        None,
        None,
    )


def test_status_counts_the_source_commits_an_environment_is_behind(world: World) -> None:
    world.bump("1.1.0")
    world.prove("dev")
    world.done("promote", "stage", "--approved-by", "grace")
    for number in range(3):
        world.commit(f"feat: number {number}")
    world.bump("1.2.0")

    _, stage, prod = world.done("status").document["environments"]

    # The promotion's own commit lies between the two sources, in the same repository.
    assert stage["behind"] == len(["chore(dev)", "chore(stage)", "0", "1", "2", "1.2.0"])
    assert prod["behind"] is None


def test_status_shows_the_board_and_writes_a_page(world: World) -> None:
    world.bump("1.1.0")

    outcome = world.run("status", "--html", "board.html")

    assert outcome.code == 0
    assert "1.1.0" in outcome.stdout
    assert "\x1b" not in outcome.stdout
    assert "1.1.0" in (world.checkout / "board.html").read_text()


def test_a_page_that_cannot_be_written_is_a_usage_error(world: World) -> None:
    outcome = world.json("status", "--html", "/nowhere/board.html")

    assert (outcome.code, outcome.kind) == (2, "usage")
