"""What the registry check asks of a registry, what it believes, and what it says where it does not."""

import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPMessage
from pathlib import Path

import pytest

from tagbump.errors import CheckFailed, Unreachable
from tagbump.model import Artifact
from tagbump.registry import Checked
from tagbump.registry.check import check
from tagbump.registry.wire import Answer, Wire
from tagbump.state import Plan
from tests.tagbump.registries import (
    AMD64,
    ARM64,
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    REVISION,
    UNKNOWN,
    Handler,
    Registry,
    digest,
    docker_config,
    serving,
    written,
)

SOURCE = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
MIB = 1024 * 1024


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A registry that asks nobody to sign in, and a machine on which nobody has."""
    monkeypatch.setenv("DOCKER_CONFIG", docker_config(tmp_path, {})["DOCKER_CONFIG"])
    with serving() as found:
        yield found


@pytest.mark.parametrize("kind", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_an_image_that_names_its_source_is_agreed_with(registry: Registry, kind: str) -> None:
    artifact = registry.named("1.1.0", registry.image(SOURCE, tag="1.1.0", kind=kind))

    check(artifact, SOURCE)

    asked = [request.path.rpartition("/")[0] for request in registry.asked]
    assert asked == ["/v2/team/service/manifests", "/v2/team/service/blobs"]


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_INDEX])
def test_every_platform_of_an_index_has_to_name_the_source(registry: Registry, kind: str) -> None:
    good, bad = registry.image(SOURCE), registry.image(OTHER)
    agreed = registry.named("1", registry.index("1", (AMD64, good), (ARM64, good), kind=kind))
    mixed = registry.named("2", registry.index("2", (AMD64, good), (ARM64, bad), kind=kind))

    check(agreed, SOURCE)
    with pytest.raises(CheckFailed) as failed:
        check(mixed, SOURCE)

    assert failed.value.message == (
        f"{mixed} says for linux/arm64/v8 that it was built from {OTHER!r}, not from {SOURCE}: its label {REVISION}"
    )


def test_the_annotations_of_an_index_are_no_label_of_its_images(registry: Registry) -> None:
    found = registry.index("1", (AMD64, registry.image(None)), annotations={REVISION: SOURCE})

    with pytest.raises(CheckFailed, match=f"it has no label {REVISION}, and {SOURCE} is expected there"):
        check(registry.named("1", found), SOURCE)


def test_an_index_in_an_index_is_followed(registry: Registry) -> None:
    inner = registry.index("", (AMD64, registry.image(OTHER)))
    outer = registry.index("1", (ARM64, registry.image(SOURCE)), ({}, inner))

    with pytest.raises(CheckFailed, match="for linux/amd64 that it was built from"):
        check(registry.named("1", outer), SOURCE)


def test_attestations_need_no_label_and_what_runs_does_whatever_is_said_of_it(registry: Registry) -> None:
    said = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}}
    good, unlabelled = registry.image(SOURCE), registry.image(None)
    attested = registry.index("1", (AMD64, good), (UNKNOWN, unlabelled))
    listed = [{"digest": good, "platform": AMD64}, {"digest": unlabelled, "platform": ARM64, **said}]
    disguised = registry.index("2", manifests=listed)

    check(registry.named("1", attested), SOURCE)
    with pytest.raises(CheckFailed, match="does not say for linux/arm64/v8"):
        check(registry.named("2", disguised), SOURCE)


@pytest.mark.parametrize(
    ("label", "message", "hint"),
    [
        (None, "does not say which commit it was built from: it has no label", f"build it with --label {REVISION}="),
        ("", "does not say which commit it was built from: it has no label", f"build it with --label {REVISION}="),
        (7, "does not say which commit it was built from: it has no label", f"build it with --label {REVISION}="),
        (OTHER, f"says that it was built from '{OTHER}', not from {SOURCE}", "name an artifact and the commit"),
        (SOURCE.upper(), f"says that it was built from '{SOURCE.upper()}', not", "name an artifact and the commit"),
        (f"{SOURCE}-dirty", f"says that it was built from '{SOURCE}-dirty', not", "name an artifact and the commit"),
        (f" {SOURCE}", f"says that it was built from ' {SOURCE}', not", "name an artifact and the commit"),
        (SOURCE[:12], "is cut short, and many commits begin so", "build it with --label"),
        ("\x1b[31m\n" * 99, "says that it was built from '\\x1b[31m\\n", "name an artifact and the commit"),
    ],
)  # fmt: skip
def test_a_label_has_to_be_the_whole_source(registry: Registry, label: object, message: str, hint: str) -> None:
    artifact = registry.pushed("1.1.0", label)

    with pytest.raises(CheckFailed) as failed:
        check(artifact, SOURCE)

    assert failed.value.message.startswith(str(artifact))
    assert message in failed.value.message
    assert failed.value.hint.startswith(hint)
    assert "\n" not in failed.value.message


def test_a_tag_that_is_missing_is_named_with_what_was_expected(registry: Registry) -> None:
    artifact = registry.named("1.1.0", digest(b"nothing"))

    with pytest.raises(CheckFailed) as failed:
        check(artifact, SOURCE)

    assert failed.value.message == (
        f"{registry.host} has no {registry.repository}:1.1.0, expected with {artifact.digest}"
    )


def test_a_tag_that_has_another_digest_is_named_with_both(registry: Registry) -> None:
    there = registry.pushed("1.1.0", SOURCE)
    # Pushed, but not under this tag: a tag alone would not be enough, nor is the digest.
    wanted = registry.named("1.1.0", registry.image(SOURCE, annotations={"build": "another"}))

    with pytest.raises(CheckFailed) as failed:
        check(wanted, SOURCE)

    assert failed.value.message == (
        f"{registry.repository}:1.1.0 has {there.digest} in the registry, not {wanted.digest}"
    )


def test_an_image_of_which_a_part_was_deleted_is_not_there(registry: Registry) -> None:
    artifact = registry.pushed("1.1.0", SOURCE)
    (config,) = [path for path in registry.held if "/blobs/" in path]
    del registry.held[config]

    with pytest.raises(CheckFailed, match=f"has only a part of .*: {config.rpartition('/')[2]} is missing"):
        check(artifact, SOURCE)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"schemaVersion": 2, "manifests": []}, "lists no images"),
        ({"schemaVersion": 2, "manifests": {}}, "lists no manifests"),
        ({"schemaVersion": 2, "manifests": [7]}, "names a part of it by no sha256 digest"),
        ({"schemaVersion": 2, "manifests": [{"digest": "sha256:../../x"}]}, "names a part of it by no sha256 digest"),
        ({"schemaVersion": 2, "manifests": [{"digest": digest(b"")}] * 65}, "lists more than 64 images"),
        ({"schemaVersion": 2, "manifests": [], "config": {"digest": digest(b"")}}, "an index and a manifest at once"),
        ({"schemaVersion": 2, "manifests": [], "layers": []}, "is an index and a manifest at once"),
        ({"schemaVersion": 2, "mediaType": "application/vnd.cyclonedx+json"}, "is of a kind that is not known"),
        ({"schemaVersion": 1, "fsLayers": []}, "is of a kind that is not known"),
        ({"schemaVersion": 2}, "names a part of it by no sha256 digest"),
        ({"schemaVersion": 2, "config": {"digest": "sha512:" + "0" * 128}}, "names a part of it by no sha256 digest"),
        ([], "is no JSON object"),
    ],
    ids=str,
)  # fmt: skip
def test_a_manifest_that_is_none_fails_the_check(registry: Registry, document: object, message: str) -> None:
    found = registry.put(OCI_MANIFEST, written(document), "1.1.0")

    with pytest.raises(CheckFailed, match=message):
        check(registry.named("1.1.0", found), SOURCE)


@pytest.mark.parametrize(
    "body", [b"{", b"[" * MIB, b'{"config": ' * 100_000, b"9" * MIB, b"\xff\xfe", b"null"], ids=lambda b: str(b[:9])
)
def test_a_configuration_that_is_none_fails_the_check(registry: Registry, body: bytes) -> None:
    config = registry.put("", body)
    found = registry.put(OCI_MANIFEST, written({"schemaVersion": 2, "config": {"digest": config}}), "1.1.0")

    with pytest.raises(CheckFailed, match="is no JSON object"):
        check(registry.named("1.1.0", found), SOURCE)


def _huge(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(1 << 40))
    handler.end_headers()
    while not handler.registry.ended.is_set():
        handler.wfile.write(b" " * MIB)


def _endless_chunks(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    while not handler.registry.ended.is_set():
        handler.wfile.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")


def _cut(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"schemaVersion"')
    handler.close_connection = True


def _hangs_up(handler: Handler) -> None:
    handler.close_connection = True


def _no_http(handler: Handler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
    handler.close_connection = True


def _long_header(handler: Handler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n")
    handler.close_connection = True


def _leads_to(address: str) -> Callable[[Handler], None]:
    return lambda handler: handler.send(307, Location=address)


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        (_huge, "answers with more than the 4194304 bytes that are read of this"),
        (_endless_chunks, "answers with more than the 4194304 bytes that are read of this"),
        (_cut, "stopped in the middle of its answer"),
        (_hangs_up, "does not answer: "),
        (_no_http, "answers what is no HTTP: BadStatusLine"),
        (_long_header, "answers what is no HTTP: LineTooLong"),
        (lambda handler: handler.send(200, b"<html>sign in here</html>", Content_Type="text/html"), "sent no manifest"),
        (lambda handler: handler.send(200, b"{}", Docker_Content_Digest=digest(b"")), "contradicts itself"),
        (lambda handler: handler.send(403), "does not let team/service be read: 127.0.0.1:\\d+ answers 403"),
        (lambda handler: handler.send(500), "answers 500"),
        (lambda handler: handler.send(204), "answers 204"),
        (lambda handler: handler.send(307), "leads on and on: more than 5 redirects"),
        (_leads_to("http://registry.example.com/x"), "leads on to an address that is not followed: it is not https"),
        (_leads_to("file:///etc/passwd"), "leads on to an address that is not followed: it is no address of a server"),
        (_leads_to("ftp://127.0.0.1/x"), "leads on to an address that is not followed: it is not https"),
        (_leads_to("http://robot@127.0.0.1/x"), "leads on to an address that is not followed: it is no address"),
        (_leads_to("http://127.0.0.1:99999/x"), "leads on to an address that is not followed: Port out of range"),
        (_leads_to("https://[::1/"), "leads on to an address that is not followed: Invalid IPv6 URL"),
        (_leads_to("https://a..b/"), "leads on to an address that is not followed: it is no address of a server"),
        (_leads_to(f"https://{'a' * 70}/"), "leads on to an address that is not followed: it is no address of a"),
        (_leads_to("https://a\x9bb/"), "leads on to an address that is not followed: it is no address of a server"),
        (_leads_to("http://127.0.0.1:9/a b"), "answers what is no HTTP: InvalidURL"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_no_verdict(registry: Registry, lie: Callable[[Handler], None], message: str) -> None:
    artifact = registry.pushed("1.1.0", SOURCE)
    registry.instead["/manifests/"] = lie

    with pytest.raises(Unreachable, match=message) as failed:
        check(artifact, SOURCE)

    assert registry.host in failed.value.message
    assert failed.value.hint != ""


def test_a_part_that_is_another_than_was_asked_for_is_no_verdict(registry: Registry) -> None:
    artifact = registry.pushed("1.1.0", SOURCE)
    forged = written({"config": {"Labels": {REVISION: OTHER}}})
    registry.instead["/blobs/"] = lambda handler: handler.send(200, forged)

    with pytest.raises(Unreachable, match=f"sends {digest(forged)} for sha256:"):
        check(artifact, OTHER)


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_registry_that_sends_a_byte_now_and_then_is_given_up_on(registry: Registry, part: str) -> None:
    artifact = registry.pushed("1.1.0", SOURCE)

    def drip(handler: Handler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " if part == "head" else b"HTTP/1.1 200 OK\r\n\r\n")
        while not handler.registry.ended.wait(0.05):
            handler.wfile.write(b"x")
        handler.close_connection = True

    registry.instead["/manifests/"] = drip

    with pytest.raises(
        Unreachable, match=r"did not tell of all of it within 0\.5 s|stopped in the middle of its answer"
    ):
        check(artifact, SOURCE, timeout_s=0.5)


def test_a_port_that_nothing_listens_at_is_no_verdict() -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9 does not answer: .*refused"):
        check(Artifact("127.0.0.1:9/service", "1", digest(b"")), SOURCE)


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_registry_that_is_busy_is_asked_once_more(registry: Registry, status: int) -> None:
    artifact = registry.pushed("1.1.0", SOURCE)
    registry.instead["/manifests/"] = lambda handler: handler.send(status, Retry_After="0")
    registry.lies["/manifests/"] = 1

    check(artifact, SOURCE)

    assert len(registry.asked) == 3


@pytest.mark.parametrize(
    ("retry_after", "requests"),
    [
        ("0", 2),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 2),
        ("3600", 1),
        ("9" * 5000, 1),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 1),
    ],
)  # fmt: skip
def test_a_registry_that_stays_busy_is_not_waited_for(registry: Registry, retry_after: str, requests: int) -> None:
    artifact = registry.pushed("1.1.0", SOURCE)
    registry.instead["/manifests/"] = lambda handler: handler.send(429, Retry_After=retry_after)
    begun = time.monotonic()

    with pytest.raises(Unreachable, match="answers 429"):
        check(artifact, SOURCE)

    assert len(registry.asked) == requests
    assert time.monotonic() - begun < 20


def test_blobs_may_be_somewhere_else(registry: Registry) -> None:
    artifact = registry.pushed("1.1.0", SOURCE)
    with serving() as bucket:
        bucket.held, bucket_host = registry.held, bucket.host
        registry.instead["/blobs/"] = lambda handler: handler.send(
            307, Location=f"http://{bucket_host}{handler.path}?X-Amz-Signature=s3cret"
        )

        check(artifact, SOURCE)

        assert len(bucket.asked) == 1


class Led(Wire):
    """Leads every request on to a port of this machine, without TLS."""

    def ask(self, url: str, headers: Mapping[str, str], *, most: int, form: bytes | None = None) -> Answer:
        assert (headers, most, form) == ({}, MIB, None)
        found = HTTPMessage()
        found["Location"] = "http://localhost:9/x"
        return Answer(url, 307, found, b"")


def test_who_is_asked_over_tls_leads_to_nobody_without_it() -> None:
    wire = Led(time.monotonic() + 5)

    with pytest.raises(Unreachable, match="leads on to an address that is not followed: it is not https"):
        wire.get("https://registry.example.com/v2/service/blobs/x", {}, most=MIB)


def test_what_is_to_be_asked_over_tls_is_not_asked_without_it(registry: Registry) -> None:
    wire = Wire(time.monotonic() + 5)

    with pytest.raises(Unreachable, match=r"does not answer: .*SSL"):
        wire.get(f"https://{registry.host}/v2/", {}, most=MIB)


def test_no_proxy_is_asked_the_way_to_this_machine(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)

    check(registry.pushed("1.1.0", SOURCE), SOURCE)

    assert len(registry.asked) == 2


def test_what_was_agreed_with_is_not_asked_again(registry: Registry) -> None:
    first, second = registry.pushed("1.1.0", SOURCE), registry.pushed("1.2.0", SOURCE)
    plans = [Plan("dev", None, artifact, (("Source", SOURCE),)) for artifact in (first, first, second)]
    checked = Checked()
    requests = []

    for plan in plans:
        assert checked(plan) is plan
        requests.append(len(registry.asked))

    assert requests == [2, 2, 4]


def test_where_nothing_changes_nothing_is_asked(registry: Registry) -> None:
    artifact = registry.named("1.1.0", digest(b"nothing"))

    Checked()(Plan("dev", artifact, artifact))

    assert registry.asked == []


def test_an_artifact_whose_source_nobody_knows_is_agreed_with_by_nothing(registry: Registry) -> None:
    with pytest.raises(CheckFailed, match="no release says which commit"):
        Checked()(Plan("dev", None, registry.pushed("1.1.0", SOURCE)))
