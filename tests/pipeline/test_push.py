"""What is pushed: the very manifest, under tags that are never moved; and again, where it was killed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipeline import registry as asking
from pipeline.commands.archive import archive
from pipeline.commands.artifact import artifact
from pipeline.commands.push import push
from pipeline.commands.verified import verified
from pipeline.errors import Misconfigured, Refused, Unreachable
from pipeline.image import load
from pipeline.job import Job
from tests.pipeline import registries
from tests.pipeline.checkouts import REPOSITORY, ROOT, Told
from tests.pipeline.checkouts import job as job_in
from tests.pipeline.conftest import needs
from tests.pipeline.registries import HOST, Registry
from tests.tagbump.world import World

Begin = Callable[..., Job]


@pytest.fixture
def built(building: Begin) -> Job:
    """A build whose image is in its archive, and nowhere else."""
    job = building()
    archive(job)
    return job


def test_push_gives_the_registry_the_digest_of_the_archive(built: Job, registry: Registry, world: World) -> None:
    push(built)

    assert registry.tags()[world.head()] == load(built.folder, world.head()).digest


def test_push_again_changes_nothing(built: Job, registry: Registry, told: Told) -> None:
    push(built)
    before = registry.tags()

    push(built)

    assert registry.tags() == before
    assert [line.split()[0] for line in told.lines[-3:]] == ["pushing", "the", "the"]


def test_a_tag_with_another_digest_is_left_as_it_is(
    built: Job, registry: Registry, small_base: str, world: World
) -> None:
    other = registry.copy(f"docker://{small_base}", f"service:{world.head()}")

    with pytest.raises(Refused, match="has another digest in the registry") as refused:
        push(built)

    assert registry.tags()[world.head()] == other.partition("@")[2]
    assert "a tag is never moved" in refused.value.detail


def test_an_archive_that_was_changed_is_not_pushed(
    built: Job, building: Begin, registry: Registry, world: World
) -> None:
    head = world.head()
    world.commit("feat: other", {"service/app.py": "other\n"})
    other = building()
    archive(other)
    built.archive.write_bytes(other.archive.read_bytes())

    with pytest.raises(Misconfigured, match="was changed since it was built"):
        push(built)

    assert head not in registry.tags()


def test_a_registry_that_is_away_fails_the_push(built: Job) -> None:
    away = Job(built.root, {**built.env, "HTTP_PROXY": "http://127.0.0.1:9"}, built.tell)

    with pytest.raises(Unreachable):
        push(away)


def test_verified_puts_a_second_tag_on_the_same_digest_and_may_be_run_again(
    built: Job, registry: Registry, world: World
) -> None:
    push(built)
    job = Job(built.root, {**built.env, "ARTIFACT": artifact(built)}, built.tell)

    verified(job, "dev")
    verified(job, "dev")

    tags = registry.tags()
    assert tags[f"verified-dev-{world.head()}"] == tags[world.head()]


def test_verified_leaves_a_tag_with_another_digest_as_it_is(
    built: Job, registry: Registry, small_base: str, world: World
) -> None:
    push(built)
    other = registry.copy(f"docker://{small_base}", f"service:verified-dev-{world.head()}")
    job = Job(built.root, {**built.env, "ARTIFACT": artifact(built)}, built.tell)

    with pytest.raises(Refused):
        verified(job, "dev")

    assert registry.tags()[f"verified-dev-{world.head()}"] == other.partition("@")[2]


def test_a_name_of_the_registry_is_ecrs(built: Job) -> None:
    assert artifact(built).startswith(f"{REPOSITORY}:")
    assert REPOSITORY.startswith(f"{HOST}/")


WORDS = {
    "a page": b"<html>maintenance</html>", "nothing": b"", "no object": b"[2]", "an error": b'{"errors": []}',
    "an old manifest": b'{"schemaVersion": 1, "config": {}}', "no manifest": b'{"schemaVersion": 2}',
}  # fmt: skip


@pytest.mark.parametrize("word", WORDS.values(), ids=list(WORDS))
def test_what_a_proxy_says_in_the_place_of_the_registry_is_no_image(
    world: World, told: Told, tmp_path: Path, word: bytes
) -> None:
    needs("skopeo")
    (tmp_path / "registries.conf").write_text(registries.INSECURE)
    with _saying(word) as proxy:
        env = {"HTTP_PROXY": proxy, "CONTAINERS_REGISTRIES_CONF": str(tmp_path / "registries.conf")}

        with pytest.raises(Unreachable, match="does not say whether absent is there"):
            asking.digest_of(job_in(world, world.checkout, told, **env), REPOSITORY, "absent")


@contextmanager
def _saying(word: bytes) -> Iterator[str]:
    """Give the address of a server that says `word` to whatever it is asked, and that all is well."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/vnd.oci.image.manifest.v1+json")
            self.send_header("Content-Length", str(len(word)))
            self.end_headers()
            self.wfile.write(word)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


AWS = "AWS:$2b$04$e/KnMMSWr1Z7XvffnedYB.ft44Hwc3bflwqCroNzvaWT/F4rzUqLi\n"  # whose password is from-the-role
HELPER = """\
#!/bin/sh
# Answers as amazon-ecr-credential-helper does.
read -r host
if [ "$host" = {host} ]; then echo '{{"Username": "AWS", "Secret": "from-the-role"}}'
else echo "credentials not found in native keychain"; exit 1; fi
"""


@pytest.mark.parametrize(("helped", "let_in"), [(HOST, True), ("registry.example.com", False)], ids=["ecr", "another"])
def test_as_an_agent_is_set_up_the_helper_of_ecr_signs_in(
    world: World, told: Told, tmp_path: Path, helped: str, let_in: bool
) -> None:
    needs("docker-registry", "skopeo")
    helper = tmp_path / "bin/docker-credential-ecr-login"
    helper.parent.mkdir()
    helper.write_text(HELPER.format(host=helped))
    helper.chmod(0o755)
    (tmp_path / "registry").mkdir()
    with registries.running(tmp_path / "registry", users=AWS) as closed:
        conf = tmp_path / "registry/registries.conf"
        conf.write_text((ROOT / "jenkins/agent/registries.conf").read_text() + conf.read_text())
        build = job_in(world, world.checkout, told, **closed.env, PATH=f"{helper.parent}:{world.env['PATH']}")

        if let_in:
            assert asking.digest_of(build, REPOSITORY, "absent") is None
        else:
            with pytest.raises(Unreachable, match="does not say whether absent is there"):
                asking.digest_of(build, REPOSITORY, "absent")
