"""Overlays rendered by the real kustomize, and what verify says about them."""

import json
import os
from pathlib import Path

import pytest

from tagbump.errors import CheckFailed, ConfigurationError
from tagbump.kustomize import checks, manifests, pins, probe, render
from tagbump.kustomize.manifests import RenderedImage
from tagbump.model import Artifact
from tests.tagbump import ugly

DIGEST = "sha256:" + "a" * 64
ARTIFACT = Artifact("registry.example.com/service", "1.10", DIGEST)
SIDECAR = f"proxy:1@{DIGEST}"
PIN = f'newName: registry.example.com/service, newTag: "1.10", digest: {DIGEST}'
ENTRY = f"  - {{name: service, {PIN}}}"
OVERLAY = "k8s/overlays/prod"


def pods(*, init: str = "service", main: str = "service:old", other: str = SIDECAR) -> str:
    return f"""
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {{name: web}}
spec:
  template:
    spec:
      initContainers: [{{name: migrate, image: "{init}"}}]
      containers: [{{name: web, image: "{main}"}}, {{name: proxy, image: "{other}"}}]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository's folder with a base and an overlay that keeps every promise."""
    write(tmp_path, "k8s/base/kustomization.yaml", "resources: [pods.yaml]")
    write(tmp_path, "k8s/base/pods.yaml", pods())
    overlay(tmp_path, ENTRY)
    return tmp_path


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def overlay(root: Path, images: str, rest: str = "resources: [../../base]") -> None:
    write(root, f"{OVERLAY}/kustomization.yaml", f"{rest}\nimages:\n{images}\n")


def failed(root: Path, name: str = "service") -> dict[str, str]:
    """The details of the checks that fail, by their names."""
    found = render.check(root, OVERLAY, name)
    assert tuple(check.name for check in found) == checks.NAMES
    return {check.name: check.detail for check in found if not check.ok}


def test_an_overlay_that_keeps_every_promise_passes_every_check(root: Path) -> None:
    found = render.check(root, OVERLAY, "service")

    assert [check.name for check in found if check.ok] == list(checks.NAMES)
    assert found[-2].detail == f"{ARTIFACT} in 2 containers"


def test_a_check_leaves_the_folder_as_it_was(root: Path) -> None:
    def tree() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}

    before = tree()
    render.check(root, OVERLAY, "service")

    assert tree() == before


def test_a_kustomization_that_is_a_link_is_checked_and_not_written_through(root: Path) -> None:
    path = root / OVERLAY / "kustomization.yaml"
    path.rename(root / OVERLAY / "real.yaml")
    path.symlink_to(root / OVERLAY / "real.yaml")
    before = path.read_bytes()

    render.check(root, OVERLAY, "service")

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("images", "fails"),
    [
        (f"  - {{name: srevice, {PIN}}}", {"artifact", "matches", "images", "digests"}),
        (f"{ENTRY}\n  - {{name: gone, newTag: a}}", {"matches"}),
        (f"{ENTRY}\n{ENTRY}", {"doubles", "artifact", "matches", "images"}),
        (ENTRY[:-1], set(checks.NAMES)),
        ('  - {name: service, newTag: "1.10"}', {"artifact", "images", "digests"}),
        (ENTRY.replace(DIGEST, "sha256:short"), {"artifact", "images", "digests"}),
        (ENTRY.replace('"', ""), {"renders", "tags", "artifact", "matches", "images", "digests"}),
        (f"{ENTRY}\n  - {{name: proxy, newTag: 1.0}}", {"renders", "tags", "matches", "images", "digests"}),
        # kustomize drops the base's digest where an entry gives a tag alone.
        (f'{ENTRY}\n  - {{name: proxy, newTag: "1"}}', {"digests"}),
        # What one entry makes of an image, the next one matches: neither is idle.
        (f"{ENTRY}\n  - {{name: registry.example.com/service, newName: example.com/other}}", {"images"}),
        (f"{ENTRY}\n  - {{name: proxy, newName: b}}\n  - {{name: b, newTag: x, digest: {DIGEST}}}", set()),
    ],
)
def test_a_broken_promise_fails_its_own_checks(root: Path, images: str, fails: set[str]) -> None:
    overlay(root, images)

    found = failed(root)

    assert set(found) == fails
    assert all(str(root) not in detail for detail in found.values())


@pytest.mark.parametrize(
    ("text", "fails", "said"),
    [
        (pods(other="proxy:1"), "digests", "Rollout web, container proxy: proxy:1"),
        (pods(other=f"proxy@{DIGEST[:-1]}"), "digests", "container proxy"),
        (pods(other=f"registry.example.com/service:1.9@{DIGEST}"), "images", "container proxy"),
        (pods(other=f"Registry.example.com:443/service:1.9@{DIGEST}"), "images", "container proxy"),
        (pods().replace("initContainers", "ephemeralContainers"), "images", "container migrate: service is not"),
    ],
)
def test_a_container_that_runs_another_image_is_named(root: Path, text: str, fails: str, said: str) -> None:
    write(root, "k8s/base/pods.yaml", text)

    assert said in failed(root)[fails]


def test_a_patch_that_pins_another_digest_after_the_artifact_is_seen(root: Path) -> None:
    other = f"registry.example.com/service:1.10@sha256:{'b' * 64}"
    write(root, f"{OVERLAY}/late/kustomization.yaml", "resources: [late.yaml]")
    write(
        root,
        f"{OVERLAY}/late/late.yaml",
        "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: late}\ntarget: {kind: Rollout}\n"
        f"patch: |-\n  - {{op: replace, path: /spec/template/spec/containers/0/image, value: '{other}'}}\n",
    )
    overlay(root, ENTRY, "resources: [../../base]\ntransformers: [late]")

    assert f"container web: {other} is not {ARTIFACT}" in failed(root)["images"]


def test_a_name_that_kustomize_reads_as_a_pattern_must_not_reach_other_images(root: Path) -> None:
    write(root, "k8s/base/pods.yaml", pods(init="my.service", main="my.service:1", other=f"my-service:1@{DIGEST}"))
    overlay(root, f"  - {{name: my.service, {PIN}}}")

    found = failed(root, "my.service")

    assert list(found) == ["images"]
    assert "container proxy" in found["images"]
    assert "as a pattern" in found["images"]
    assert "container web" not in found["images"]


def test_an_overlay_that_does_not_render_fails_in_kustomizes_own_words(root: Path) -> None:
    overlay(root, ENTRY, "resources: [../../gone]")

    with pytest.raises(CheckFailed, match=r"does not render: (?s:.*)gone"):
        render.render(root, OVERLAY)

    said = failed(root)["renders"]
    assert "gone" in said
    assert str(root) not in said


@pytest.mark.parametrize("folder", ["k8s/overlays/gone", "k8s/overlays/../base", "https://example.com/repo//overlay"])
def test_a_folder_that_is_not_below_the_root_is_not_rendered(root: Path, folder: str) -> None:
    with pytest.raises(CheckFailed, match="no such folder"):
        render.render(root, folder)


def test_a_folder_without_a_kustomization_fails_every_check(root: Path) -> None:
    (root / OVERLAY / "kustomization.yaml").unlink()

    assert set(failed(root)) == set(checks.NAMES)


def program(folder: Path, name: str, script: str) -> None:
    write(folder, name, f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def test_kustomize_goes_before_kubectl_and_one_of_them_must_be_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigurationError) as raised:
        render.kustomize_command()
    program(tmp_path, "kubectl", "")
    with_kubectl = render.kustomize_command()
    program(tmp_path, "kustomize", "")

    assert "install kustomize" in raised.value.hint
    assert (with_kubectl, render.kustomize_command()) == (["kubectl", "kustomize"], ["kustomize", "build"])


def test_kustomize_sees_little_of_the_callers_environment(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", "kustomize", "env")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("GIT_DIR", "elsewhere")
    monkeypatch.setenv("KUSTOMIZE_PLUGIN_HOME", "elsewhere")

    seen = render.render(root, OVERLAY)

    assert "elsewhere" not in seen
    assert "GIT_TERMINAL_PROMPT=0" in seen


def test_a_render_that_takes_too_long_is_ended(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", "kustomize", "exec sleep 30")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setattr(render, "TIMEOUT_S", 0.2)

    with pytest.raises(CheckFailed, match="not done after"):
        render.render(root, OVERLAY)


def test_images_are_found_in_every_pod_wherever_it_sits() -> None:
    pod = {"containers": [{"name": "c", "image": "i"}], "initContainers": [{"image": "j"}], "volumes": []}
    template = {"template": {"spec": pod}}
    kinds = {
        "Pod": pod,
        "Deployment": template,
        "CronJob": {"jobTemplate": {"spec": template}},
        "Operators": {"nested": [{"deep": template}]},
    }
    items = [{"kind": kind, "metadata": {"name": "n"}, "spec": spec} for kind, spec in kinds.items()]
    listed = {"kind": "List", "metadata": {}, "items": items}
    template_alone = {"kind": "PodTemplate", "metadata": {"name": "n"}, **template}

    found = manifests.images(f"{json.dumps(listed)}\n---\n{json.dumps(template_alone)}\n---\n")

    assert {(image.kind, image.name) for image in found} == {(kind, "n") for kind in (*kinds, "PodTemplate")}
    assert sorted(image.image for image in found) == ["i"] * 5 + ["j"] * 5
    assert found[0] == RenderedImage("Pod", "n", "c", "i")


def test_what_only_looks_like_a_pod_has_no_images() -> None:
    text = """
kind: ConfigMap
metadata: {name: c}
data: {a: "containers: [{image: x}]", =: 2001-99-99}
containers: {image: x}
spec: {containers: [{name: patched}, text, {image: {a: b}}]}
"""

    assert manifests.images(text) == ()


@pytest.mark.parametrize(("name", "pattern"), [("service", False), ("a-b/c_d", False), ("a.b", True), ("a+", True)])
def test_a_name_is_a_pattern_when_it_matches_more_than_itself(name: str, pattern: bool) -> None:
    assert probe.is_pattern(name) is pattern


TAGS = ["1e3", "0x1F", "true", "1234567", "08", "y", "1.10"]
SAMPLE = [
    "resources: [../../base]\nimages:\n- name: service # one\n  newTag: 1.9\n",
    "resources: [../../base]\nimages: []\n",
    "resources: [../../base]",
    "\ufeffimages:\r\n  -   newTag: '1' # t\r\n\r\n      name: service\r\nresources:\r\n- ../../base",
    "{resources: [../../base], images: [{name: other, newTag: a}, {name: service, digest: }]}",
    '{"resources": ["../../base"], "images": [{"name": "service"}]}',
    "resources:\n- ../../base\nimages: &i\n- &s\n  name: service\n  newTag:\t!!str 1.10\n",
]


@pytest.mark.parametrize(("text", "tag"), list(zip(SAMPLE, TAGS, strict=True)))
def test_the_real_kustomize_renders_what_was_rewritten(root: Path, text: str, tag: str) -> None:
    artifact = Artifact("registry.example.com:5000/service", tag, DIGEST)
    after = pins.rewrite(text.encode(), "service", artifact, "k.yaml")
    (root / OVERLAY / "kustomization.yaml").write_bytes(after)

    found = manifests.images(render.render(root, OVERLAY))

    assert {image.container: image.image for image in found} == {
        "web": str(artifact),
        "migrate": str(artifact),
        "proxy": SIDECAR,
    }


def test_the_real_kustomize_reads_ugly_entries_as_tagbump_does(root: Path) -> None:
    for seed in range(40):
        file = ugly.make(seed)
        if file.after is None:
            continue
        text = file.after.decode().removeprefix("\ufeff")
        (root / OVERLAY / "kustomization.yaml").write_text(images_alone(text), newline="")

        found = manifests.images(render.render(root, OVERLAY))

        assert {image.image for image in found} == {str(ugly.NEW), SIDECAR}, f"seed {seed}"


EVIL = f"{{name: service, newName: evil.example.com/x, newTag: '6', digest: 'sha256:{'b' * 64}'}}"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("    newtag: '6'", "reads this as newTag"),
        ("    newname: evil.example.com/x", "reads this as newName"),
        ("    NEWNAME: evil.example.com/x", "reads this as newName"),
        (f"    dige\u017ft: sha256:{'b' * 64}", "reads this as digest"),
        ("    !!binary bmV3VGFn: '6'", "takes plain names as keys"),
        (f"imageTags: [{EVIL}]", "reads this as images"),
        (f"imagetags: [{EVIL}]", "reads this as images"),
        (f"Images: [{EVIL}]", "reads this as images"),
        (f"image\u017f: [{EVIL}]", "reads this as images"),
        (f"!!binary aW1hZ2Vz: [{EVIL}]", "takes plain names as keys"),
    ],
)
def test_a_key_that_the_real_kustomize_takes_for_another_is_refused(root: Path, line: str, said: str) -> None:
    entry = f'  - name: service\n    newTag: "1.10"\n    digest: {DIGEST}'
    overlay(root, f"{entry}\n{line}")
    text = (root / OVERLAY / "kustomization.yaml").read_bytes()

    deployed = {image.image for image in manifests.images(render.render(root, OVERLAY))}
    with pytest.raises(ConfigurationError, match=said):
        pins.rewrite(text, "service", ARTIFACT, "k.yaml")

    assert f"service:1.10@{DIGEST}" not in deployed, "kustomize takes it for nothing: why refuse it?"
    assert said in failed(root)["artifact"]
    assert pins.find_artifact(text, "service") is None


def test_a_suffix_changes_nothing_beside_a_whole_artifact(root: Path) -> None:
    overlay(root, f"{ENTRY[:-1]}, tagSuffix: -evil}}")

    assert failed(root) == {}


def images_alone(text: str) -> str:
    """The lines of the list `images` as they are, under a base that is there."""
    lines = text.splitlines(keepends=True)
    first = next(index for index, line in enumerate(lines) if line.startswith("images:"))
    ends = (index for index, line in enumerate(lines) if index > first and line[0] not in " -#]\r\n\t")
    return "resources: [../../base]\n" + "".join(lines[first : next(ends, len(lines))])
