"""The image: built once, with one digest however often, labelled, and looked up before anything is built."""

import json
import os
import subprocess
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.building import base_image
from pipeline.commands.archive import archive
from pipeline.commands.artifact import artifact
from pipeline.commands.push import push
from pipeline.errors import Misconfigured, Stopped, Unreachable
from pipeline.image import Image, load, read_archive
from pipeline.job import Job
from tests.pipeline.checkouts import REPOSITORY, ROOT, Told, check_out, job
from tests.pipeline.registries import Registry
from tests.tagbump.world import World, make_world

Begin = Callable[..., Job]
DIGEST = f"sha256:{'ab' * 32}"


@pytest.mark.parametrize(
    "word",
    ["", "service", "service:1.0", f"service@{DIGEST}", f"service:1.0@{DIGEST[:-1]}", f"service:1 0@{DIGEST}",
     f"service:1.0@{DIGEST}\n", f"--help:1.0@{DIGEST}"],
)  # fmt: skip
def test_what_is_no_whole_artifact_is_refused(word: str) -> None:
    with pytest.raises(Misconfigured):
        Image.parse(word)


@pytest.mark.parametrize("repository", [REPOSITORY, "localhost:5001/team/service", "service"])
def test_an_artifact_is_read_as_it_is_written(repository: str) -> None:
    words = f"{repository}:{'c' * 40}@{DIGEST}"

    assert str(Image.parse(words)) == words
    assert Image.parse(words).repository == repository


@pytest.mark.parametrize("broken", [{"digest": "sha256:1"}, {"tag": ""}, {"repository": "-x"}, {"tag": "a b"}])
def test_what_is_no_whole_artifact_is_never_made(broken: dict[str, str]) -> None:
    with pytest.raises(Misconfigured, match="is no artifact"):
        replace(Image(REPOSITORY, "c" * 40, DIGEST), **broken)  # type: ignore[arg-type]


def oci(folder: Path, **files: str) -> Path:
    """Pack `files`, their names with _ in the place of /, as an archive."""
    for name, content in files.items():
        file = folder / "content" / name.replace("_", "/").replace("index/", "index.")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (folder / "content").mkdir(exist_ok=True)
    with tarfile.open(folder / "image.tar", "w") as tar:
        tar.add(folder / "content", arcname=".", recursive=False)
        for one in sorted((folder / "content").iterdir()):
            tar.add(one, arcname=one.name)
    return folder / "image.tar"


@pytest.mark.parametrize(
    ("index", "says"),
    [
        (None, "is no OCI archive"),
        ("{", "is no OCI archive"),
        ("[]", "is no OCI archive"),
        ('{"manifests": [{"digest": 1}]}', "is no OCI archive"),
        (f'{{"manifests": [{{"digest": "{DIGEST}"}}]}}', "is no OCI archive"),
        ('{"manifests": []}', "holds 0 images"),
        ('{"manifests": [{}, {}]}', "holds 2 images"),
    ],
)
def test_what_is_no_archive_of_one_image_is_told_with_the_way_on(tmp_path: Path, index: str | None, says: str) -> None:
    file = oci(tmp_path, **({} if index is None else {"index_json": index}))

    with pytest.raises(Misconfigured, match=f"image.tar {says}") as failed:
        read_archive(file)

    assert "make archive builds it anew" in failed.value.detail


def test_an_archive_whose_manifest_is_another_one_is_broken(tmp_path: Path) -> None:
    index = f'{{"manifests": [{{"digest": "{DIGEST}"}}]}}'

    with pytest.raises(Misconfigured, match=r"image\.tar is broken: its manifest is not"):
        read_archive(oci(tmp_path, index_json=index, **{f"blobs_sha256_{DIGEST.partition(':')[2]}": "{}"}))


@pytest.mark.parametrize("content", [None, "not a tar"])
def test_an_archive_that_is_not_there_or_is_none_is_told_with_the_way_on(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "image.tar").write_text(content)

    with pytest.raises(Misconfigured, match=r"image\.tar") as failed:
        read_archive(tmp_path / "image.tar")

    assert "make archive builds it anew" in failed.value.detail


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "null", "{", '{"digest": 1}', '{"repository": "a", "more": 1}', "\udcff"]
)
def test_a_broken_word_of_an_image_is_told_as_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "image.json").write_text(content, encoding="utf-8", errors="surrogateescape")

    with pytest.raises(Misconfigured, match=r"image\.json is broken"):
        load(tmp_path, "c" * 40)


def test_archive_builds_the_commit_and_says_what_it_built(building: Begin, world: World) -> None:
    job = building()

    archive(job)

    image = load(job.folder, world.head())
    assert (image.repository, image.tag, image.built) == (REPOSITORY, world.head(), True)
    assert image.digest == read_archive(job.archive).digest
    assert artifact(job) == f"{REPOSITORY}:{world.head()}@{image.digest}"


def test_two_builds_of_a_commit_have_one_digest(building: Begin) -> None:
    first, second = building(), building()
    for path in second.root.rglob("*"):  # another clock, another umask
        os.utime(path, (1_000_000_000, 1_000_000_000), follow_symlinks=False)
    (second.root / "service/app.py").chmod(0o600)
    (second.root / "service/left-over.py").write_text("a file of nobody's commit\n")

    archive(first)
    archive(second)

    assert read_archive(first.archive) == read_archive(second.archive)


def test_the_image_says_what_it_was_built_from_and_when_that_was_committed(
    building: Begin, world: World, registry: Registry
) -> None:
    job = building()
    archive(job)

    push(job)

    configuration = registry.configuration(world.head())
    committed = world.git(
        "log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", "--format=%cd", "main", env={"TZ": "UTC"}
    ).strip()
    assert configuration["config"]["Labels"] == {
        "org.opencontainers.image.created": committed,
        "org.opencontainers.image.revision": world.head(),
        "org.opencontainers.image.source": "https://git.example.com/platform/service.git",
    }
    assert configuration["created"] == committed


def test_where_the_registry_has_the_tag_its_digest_is_taken_and_nothing_is_built(
    building: Begin, world: World, told: Told
) -> None:
    first, second = building(), building(BASE_IMAGE="nothing that could be built on")
    archive(first)
    push(first)

    archive(second)

    assert artifact(second) == artifact(first)
    assert load(second.folder, world.head()).built is False
    assert not second.archive.exists()
    assert "nothing is built" in told.lines[-1]


def test_a_registry_that_does_not_answer_is_not_taken_for_an_empty_one(building: Begin) -> None:
    job = building(HTTP_PROXY="http://127.0.0.1:9")

    with pytest.raises(Unreachable, match="does not say whether"):
        archive(job)

    assert not job.archive.exists()


def test_a_build_that_fails_says_what_the_builder_said_and_leaves_no_image(building: Begin, world: World) -> None:
    world.commit(
        "fix: copy what is not there", {"service/Dockerfile": "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY no .\n"}
    )
    job = building()

    with pytest.raises(Stopped, match="the image can't be built") as stopped:
        archive(job)

    assert 'stat: "/no": no such file' in stopped.value.detail
    assert not (job.folder / "image.json").exists()


def test_what_an_earlier_build_left_in_the_workspace_is_not_taken_for_this_ones(building: Begin, world: World) -> None:
    job = building()
    archive(job)
    head = world.commit("feat: more", {"service/app.py": "more\n"})
    world.git("fetch", "--quiet", "origin", cwd=job.root)
    world.git("checkout", "--quiet", head, cwd=job.root)

    with pytest.raises(Misconfigured, match="the image at hand is of"):
        artifact(job)


@pytest.mark.parametrize(
    ("written", "env", "base"),
    [
        (f"# why\nregistry.example.com/python@{DIGEST}\n", "", f"registry.example.com/python@{DIGEST}"),
        (f"registry.example.com/python@{DIGEST}\n", f"local/python@{DIGEST}", f"local/python@{DIGEST}"),
        ("", f"local/python@{DIGEST}", f"local/python@{DIGEST}"),
    ],
)
def test_the_base_image_is_that_of_the_environment_or_that_of_the_file(
    tmp_path: Path, world: World, written: str, env: str, base: str
) -> None:
    (tmp_path / "jenkins").mkdir()
    (tmp_path / "jenkins/base-image").write_text(written)

    assert base_image(job(world, tmp_path, BASE_IMAGE=env)) == base


@pytest.mark.parametrize("base", ["", "python:3.11", f"python@sha256:{'0' * 64}", f"python@{DIGEST} --pull"])
def test_a_base_image_that_is_not_pinned_is_refused(tmp_path: Path, world: World, base: str) -> None:
    with pytest.raises(Misconfigured, match="not pinned"):
        base_image(job(world, tmp_path, BASE_IMAGE=base))


def test_a_base_image_that_nobody_has_set_yet_is_refused_and_its_file_named(world: World, tmp_path: Path) -> None:
    (tmp_path / "jenkins").mkdir()
    (tmp_path / "jenkins/base-image").write_text(f"# put it in\ndocker.io/library/python@sha256:{'0' * 64}\n")

    with pytest.raises(Misconfigured) as refused:
        base_image(job(world, tmp_path))

    assert "jenkins/base-image" in refused.value.detail


@pytest.fixture
def real_base(registry: Registry) -> str:
    """The base image that the service is really built on, pinned by its digest."""
    base = os.environ.get("BASE_IMAGE", "")
    if "@sha256:" in base:
        return base
    if not base or subprocess.run(["docker", "image", "inspect", base], capture_output=True, check=False).returncode:
        pytest.skip("left out: BASE_IMAGE names no base image for service/Dockerfile")
    return registry.copy(f"docker-daemon:{base}", "python:base")


@pytest.mark.timeout(600)
def test_two_builds_of_our_own_image_have_one_digest(
    registry: Registry, real_base: str, tmp_path: Path, told: Told
) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--", "service", "migrations", "requirements", "platform", "k8s",
         "alembic.ini", "tagbump.yaml", ".dockerignore"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    files = {name: (ROOT / name).read_bytes() for name in filter(None, listed.split("\0"))}
    world = make_world(tmp_path / "world", files=files)
    jobs = [
        job(world, check_out(world, world.head(), tmp_path / name), told, **registry.env, BASE_IMAGE=real_base)
        for name in ("first", "second")
    ]

    for each in jobs:
        archive(each)

    first, second = (read_archive(each.archive) for each in jobs)
    assert first == second, told.text
    assert json.loads((jobs[0].folder / "image.json").read_text())["digest"] == first.digest
