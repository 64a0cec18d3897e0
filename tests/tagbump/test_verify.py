"""tagbump verify and diff: what the overlays render, by the real kustomize."""

import pytest

from tests.tagbump.world import OVERLAY, World, artifact, digest_of

OVERLAY_OF_DEV = "k8s/overlays/dev/kustomization.yaml"


def test_overlays_that_keep_their_promises_pass(world: World) -> None:
    document = world.done("verify").document

    assert document["environments"] == ["dev", "stage", "prod"]
    assert document["ok"] is True
    assert {check["name"].partition("/")[0] for check in document["checks"]} == {"dev", "stage", "prod"}


def test_verify_takes_the_environments_it_is_given(world: World) -> None:
    document = world.done("verify", "prod", "dev").document

    assert document["environments"] == ["prod", "dev"]


def broken(tag: str = '"1.0.0"', digest: str | None = None, name: str = "service", more: str = "") -> str:
    pinned = f"    digest: {digest or digest_of('1.0.0')}\n" if digest != "" else ""
    return (
        f"resources: [../../base]\nimages:\n  - name: {name}\n    newName: registry.example.com/service\n"
        f"    newTag: {tag}\n{pinned}{more}"
    )


@pytest.mark.parametrize(
    ("text", "failed"),
    [
        (broken(digest=""), {"artifact", "digests"}),
        (broken(tag="1.10"), {"tags"}),
        (broken(more=f"  - name: service\n    newTag: '2'\n    digest: {digest_of('2')}\n"), {"doubles"}),
        (broken(more=f"  - name: nobody\n    newTag: '2'\n    digest: {digest_of('2')}\n"), {"matches"}),
        (broken(name="servise"), {"matches", "digests", "artifact"}),
        ("resources: [../../base, ../gone]\n", {"renders"}),
    ],
    ids=["half-pinned", "number-for-a-tag", "double", "matches-nothing", "misspelt", "does-not-render"],
)
def test_verify_names_what_is_broken_and_where(world: World, text: str, failed: set[str]) -> None:
    world.commit("fix: break it", {OVERLAY_OF_DEV: text})

    outcome = world.json("verify")

    document = outcome.document
    assert (outcome.code, outcome.kind, document["ok"]) == (5, "check", False)
    wrong = {check["name"] for check in document["checks"] if not check["ok"]}
    assert wrong >= {f"dev/{name}" for name in failed}
    assert all(name.startswith("dev/") for name in wrong)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (broken(name="servise"), f"{OVERLAY_OF_DEV} has no entry 'service' (it has servise)"),
        ("resources: [../../base]\nimages: [{name: service}]\n", f"{OVERLAY_OF_DEV}: 'service' has no artifact yet"),
        ("resources: [../../base]\n", f"{OVERLAY_OF_DEV}: 'service' has no artifact yet"),
    ],
    ids=["another name", "nothing pinned", "no entries"],
)
def test_verify_names_the_entries_that_are_there(world: World, text: str, said: str) -> None:
    world.commit("fix: break it", {OVERLAY_OF_DEV: text})

    outcome = world.json("verify", "dev")

    details = {check["name"]: check["detail"] for check in outcome.document["checks"]}
    assert details["dev/artifact"] == said


def test_people_see_every_check_and_which_failed(world: World) -> None:
    world.commit("fix: break it", {OVERLAY_OF_DEV: broken(digest="")})

    outcome = world.run("verify", "dev")

    assert outcome.code == 5
    assert "FAIL  dev/digests" in outcome.stdout
    assert "ok    dev/renders" in outcome.stdout
    assert "FAIL" in outcome.stderr


def test_verify_reads_the_branch_and_not_the_working_tree(world: World) -> None:
    (world.checkout / OVERLAY_OF_DEV).write_text("broken: [")

    outcome = world.done("verify", "dev")

    assert outcome.document["ok"] is True


@pytest.mark.parametrize("key", ["resources", "components", "transformers", "generators", "validators"])
def test_every_folder_that_an_overlay_is_built_on_is_rendered(world: World, key: str) -> None:
    kind = "kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n" if key == "components" else ""
    overlay = world.read(OVERLAY_OF_DEV) + ("" if key == "resources" else f"{key}: [../../more]\n")
    shared = overlay.replace("  - ../../base\n", "  - ../../base\n  - ../../more\n") if key == "resources" else overlay
    world.commit(
        "feat: more", {OVERLAY_OF_DEV: shared, "k8s/more/kustomization.yaml": f"{kind}resources: []\nlabels: []\n"}
    )

    outcome = world.done("verify", "dev")

    assert outcome.document["ok"] is True


@pytest.mark.parametrize(
    "text",
    [
        f"resources: {'[' * 100_000}",
        "".join(["a0: &a0 {k: v}\n", *(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60))]),
    ],
    ids=["endless depth", "a bomb of merges"],
)
def test_a_base_that_would_take_the_program_down_fails_its_check(world: World, text: str) -> None:
    world.commit("chore: a bad base", {"k8s/base/kustomization.yaml": text})

    outcome = world.json("verify", "dev")

    assert (outcome.code, outcome.kind) == (5, "check")
    assert {check["name"] for check in outcome.document["checks"] if not check["ok"]} >= {"dev/renders"}


def test_a_manifest_that_is_nested_deeper_than_calls_can_be_is_read(world: World) -> None:
    deep = f"apiVersion: v1\nkind: Thing\nmetadata: {{name: deep}}\nspec: {'[' * 3000}{']' * 3000}\n"
    base = "resources:\n  - deployment.yaml\n  - deep.yaml\n"
    world.commit("chore: a deep one", {"k8s/base/deep.yaml": deep, "k8s/base/kustomization.yaml": base})

    outcome = world.json("verify", "dev")

    assert (outcome.code, outcome.document["ok"]) == (0, True)


def test_a_base_behind_a_symbolic_link_is_refused(world: World) -> None:
    (world.checkout / "k8s/base/secret.yaml").symlink_to("/etc/passwd")
    world.git("add", "--all")
    world.git("commit", "--quiet", "--message", "chore: a link")
    world.git("push", "--quiet")

    outcome = world.json("verify")

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert "k8s/base/secret.yaml: is a symbolic link" in outcome.document["error"]["message"]


def test_without_kustomize_the_error_says_what_to_install(world: World) -> None:
    folder = world.root / "only-git"
    folder.mkdir()
    for program in ("git", "sh"):
        found = next(path for path in world.env["PATH"].split(":") if (world.root / path / program).exists())
        (folder / program).symlink_to(f"{found}/{program}")

    outcome = world.json("verify", env={"PATH": str(folder)})

    assert (outcome.code, outcome.kind) == (2, "configuration")
    assert "kustomize" in outcome.document["error"]["message"]


def test_diff_shows_artifacts_source_commits_and_manifests(world: World) -> None:
    world.bump("1.1.0")
    world.prove("dev")
    world.done("promote", "stage", "--approved-by", "grace")
    world.bump("1.2.0")

    document = world.done("diff", "dev", "stage").document

    assert list(document) == ["from", "to", "artifacts", "commits", "manifests"]
    assert (document["from"], document["to"]) == ("dev", "stage")
    assert document["artifacts"] == {"dev": artifact("1.2.0"), "stage": artifact("1.1.0")}
    assert document["commits"][0]["subject"] == "feat: what makes 1.2.0"
    changed = [
        line for line in document["manifests"].splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]
    assert changed == [f"-      - image: {artifact('1.1.0')}", f"+      - image: {artifact('1.2.0')}"]


def test_diff_of_what_is_the_same_says_so(world: World) -> None:
    outcome = world.run("diff", "dev", "stage")

    assert outcome.code == 0
    assert "the manifests of stage stay as they are" in outcome.stdout


def test_diff_writes_nothing(world: World) -> None:
    world.commit("fix: another", {OVERLAY_OF_DEV: OVERLAY.format(name="dev", tag="2.0.0", digest=digest_of("2.0.0"))})
    before = world.refs()

    world.done("diff", "dev", "prod")

    assert world.refs() == before


def test_diff_between_unknown_environments_is_a_usage_error(world: World) -> None:
    outcome = world.json("diff", "dev", "nowhere")

    assert (outcome.code, outcome.kind) == (2, "usage")
