"""Signing in to a registry: with what Docker keeps, as the registry asks for it, and nowhere else."""

import json
import time
from collections.abc import Iterator, Mapping
from http.client import HTTPMessage
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tagbump import log
from tagbump.errors import TagbumpError, Unreachable, UsageError
from tagbump.registry.check import check
from tagbump.registry.locations import Location
from tagbump.registry.session import Session
from tagbump.registry.wire import Answer, Wire
from tests.tagbump.registries import (
    SECRET,
    TOKEN,
    USER,
    Handler,
    Registry,
    docker_config,
    logged_in,
    serving,
)

SOURCE = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def registry() -> Iterator[Registry]:
    """A registry."""
    with serving() as found:
        yield found


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where Docker keeps what signs in: nothing so far. Beside it stands what is on the PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return tmp_path / "docker"


def helper(docker: Path, name: str, script: str) -> None:
    """Install a credential helper of Docker's. `script` follows what is asked: $1 is the verb, $asked the account."""
    program = docker.parent / "bin" / f"docker-credential-{name}"
    program.write_text(f"#!/bin/sh\nasked=$(cat)\n{script}\n")
    program.chmod(0o755)


def says(user: str, secret: str) -> str:
    return f"echo '{json.dumps({'ServerURL': 'x', 'Username': user, 'Secret': secret})}'"


def authorizations(registry: Registry) -> list[str | None]:
    return [request.headers.get("Authorization") for request in registry.asked]


def test_a_password_is_sent_where_one_is_asked_for_and_not_before(registry: Registry, docker: Path) -> None:
    docker_config(docker, logged_in(registry.host))
    registry.asks_for_a_password()

    check(registry.pushed("1", SOURCE), SOURCE)

    assert authorizations(registry) == [None, registry.basic, registry.basic]


def test_a_token_is_asked_for_with_a_password_and_for_reading_alone(registry: Registry, docker: Path) -> None:
    docker_config(docker, logged_in(registry.host))
    registry.asks_for_a_token()

    check(registry.pushed("1", SOURCE), SOURCE)

    assert authorizations(registry) == [None, registry.basic, f"Bearer {TOKEN}", f"Bearer {TOKEN}"]
    assert registry.asked[1].path == "/token?scope=repository%3Ateam%2Fservice%3Apull&service=us"


def test_who_has_not_signed_in_gets_a_token_too(registry: Registry, docker: Path) -> None:
    assert not docker.exists()
    registry.asks_for_a_token(anonymous=True)

    check(registry.pushed("1", SOURCE), SOURCE)

    assert authorizations(registry) == [None, None, f"Bearer {TOKEN}", f"Bearer {TOKEN}"]


@pytest.mark.parametrize("kept", ["file", "helper"])
def test_a_token_may_be_had_for_another_token(registry: Registry, docker: Path, kept: str) -> None:
    if kept == "file":
        docker_config(docker, {"auths": {registry.host: {"identitytoken": SECRET}}})
    else:
        docker_config(docker, {"credsStore": "acr"})
        helper(docker, "acr", says("<token>", SECRET))
    registry.asks_for_a_token()

    check(registry.pushed("1", SOURCE), SOURCE)

    assert (registry.asked[1].method, registry.asked[1].path) == ("POST", "/token")
    assert f"refresh_token={SECRET}" in registry.asked[1].form
    assert "scope=repository%3Ateam%2Fservice%3Apull" in registry.asked[1].form


@pytest.mark.parametrize("realm", ["/token", "/token?tenant=7"])
def test_a_token_may_come_from_another_server(registry: Registry, docker: Path, realm: str) -> None:
    docker_config(docker, logged_in(registry.host))
    with serving() as issuer:
        registry.asks_for_a_token(realm=f"http://{issuer.host}{realm}")

        check(registry.pushed("1", SOURCE), SOURCE)

        assert authorizations(issuer) == [registry.basic]
        assert issuer.asked[0].path.startswith(f"{realm}{'&' if '?' in realm else '?'}scope=")


@pytest.mark.parametrize("challenge", ["Basic", "Bearer"])
def test_what_signs_in_is_not_sent_on_to_where_blobs_are(registry: Registry, docker: Path, challenge: str) -> None:
    docker_config(docker, logged_in(registry.host))
    artifact = registry.pushed("1", SOURCE)
    with serving() as bucket:
        (registry.asks_for_a_password if challenge == "Basic" else registry.asks_for_a_token)()
        home, bucket_host = registry.host, bucket.host
        registry.instead["/blobs/"] = lambda handler: handler.send(307, Location=f"http://{bucket_host}/hop")
        # And not once it leads back, either: by then anybody may have written the address.
        bucket.instead["/hop"] = lambda handler: handler.send(302, Location=f"http://{home}/back")
        config = next(body for path, (_, body) in registry.held.items() if "/blobs/" in path)
        registry.instead["/back"] = lambda handler: handler.send(200, config)

        check(artifact, SOURCE)

        assert authorizations(bucket) == [None]
        assert authorizations(registry)[-2:] == [authorizations(registry)[-3], None]


def test_where_a_registry_leads_to_can_not_ask_for_its_password(registry: Registry, docker: Path) -> None:
    docker_config(docker, logged_in(registry.host))
    artifact = registry.pushed("1", SOURCE)
    with serving() as thief:
        thief.asks_for_a_token()
        thief_host = thief.host
        registry.instead["/manifests/"] = lambda handler: handler.send(307, Location=f"http://{thief_host}/x")

        with pytest.raises(Unreachable, match="does not let team/service be read"):
            check(artifact, SOURCE)

        assert authorizations(thief) == [None]


@pytest.mark.parametrize(
    "realm", ["http://registry.example.com/token", "file:///etc/passwd", "http://robot:x@127.0.0.1/token", "token", ""]
)
def test_no_password_goes_to_a_server_of_tokens_without_tls(registry: Registry, docker: Path, realm: str) -> None:
    docker_config(docker, logged_in(registry.host))
    registry.challenge = f'Bearer realm="{realm}",service="us"'

    with pytest.raises(Unreachable, match="sends for a token to an address not asked: it is no"):
        check(registry.pushed("1", SOURCE), SOURCE)


class Sent(Wire):
    """Sends whoever asks to this machine for a token, without TLS."""

    def ask(self, url: str, headers: Mapping[str, str], *, most: int, form: bytes | None = None) -> Answer:
        assert (urlsplit(url).scheme, headers, most, form) == ("https", {"Accept": "*/*"}, 1, None)
        found = HTTPMessage()
        found["WWW-Authenticate"] = 'Bearer realm="http://localhost:9/token"'
        return Answer(url, 401, found, b"")


def test_who_is_asked_over_tls_sends_no_password_to_where_there_is_none(docker: Path) -> None:
    docker_config(docker, logged_in("registry.example.com"))
    session = Session(Location.of("registry.example.com/service"), Sent(time.monotonic() + 5))

    with pytest.raises(Unreachable, match="sends for a token to an address not asked: it is not https"):
        session.get("manifests/1", "*/*", most=1)


def test_a_server_of_tokens_is_not_followed_elsewhere(registry: Registry, docker: Path) -> None:
    docker_config(docker, logged_in(registry.host))
    registry.asks_for_a_token()
    with serving() as other:
        other_host = other.host
        registry.instead["/token"] = lambda handler: handler.send(307, Location=f"http://{other_host}/token")

        with pytest.raises(Unreachable, match="gives no token: it answers 307"):
            check(registry.pushed("1", SOURCE), SOURCE)

        assert other.asked == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'{"token": 7}', b'{"token": "a\\r\\nX-Evil: 1"}', b'{"token": "\xc3\xa4"}', b"[" * 200_000],
    ids=lambda body: str(body[:20]),
)
def test_a_token_that_is_none_is_not_sent(registry: Registry, docker: Path, body: bytes) -> None:
    assert not docker.exists()
    registry.asks_for_a_token()
    registry.instead["/token"] = lambda handler: handler.send(200, body)

    with pytest.raises(Unreachable, match="gives no token: its answer holds none"):
        check(registry.pushed("1", SOURCE), SOURCE)

    assert len(registry.asked) == 2


@pytest.mark.parametrize("challenge", ["", "Negotiate", "Basic", 'Digest realm="x", nonce="y"', "=,=,", '"' * 9000])
def test_who_has_not_signed_in_is_told_how_to(registry: Registry, docker: Path, challenge: str) -> None:
    registry.challenge = "x"
    registry.instead["/v2/"] = lambda handler: handler.send(401, WWW_Authenticate=challenge)

    with pytest.raises(Unreachable) as failed:
        check(registry.pushed("1", SOURCE), SOURCE)

    where = docker / "config.json"
    assert f"does not let team/service be read: {where} has nothing that signs in there" in failed.value.message
    assert failed.value.hint == f"docker login {registry.host}, as somebody who may pull team/service"


@pytest.mark.parametrize("challenge", ["Basic", "Bearer"])
def test_a_wrong_password_is_tried_once_and_not_shown(registry: Registry, docker: Path, challenge: str) -> None:
    (registry.asks_for_a_password if challenge == "Basic" else registry.asks_for_a_token)()
    docker_config(docker, {"auths": {registry.host: {"auth": "cm9ib3Q6aHVudGVyMw=="}}})  # robot:hunter3

    with pytest.raises(Unreachable) as failed:
        check(registry.pushed("1", SOURCE), SOURCE)

    assert f"it does not take what {docker / 'config.json'} has for it" in failed.value.message
    assert len(registry.asked) == 2
    assert "hunter3" not in failed.value.message + failed.value.hint


def test_a_helper_of_the_registrys_own_comes_before_the_common_one_and_the_file(
    registry: Registry, docker: Path
) -> None:
    wrong = {"auths": {registry.host: {"auth": "cm9ib3Q6aHVudGVyMw=="}}, "credsStore": "common"}
    docker_config(docker, {**wrong, "credHelpers": {"other.example.com": "none", registry.host: "ecr-login"}})
    helper(docker, "ecr-login", f'[ "$1 $asked" = "get {registry.host}" ] && {says(USER, SECRET)}')
    registry.asks_for_a_password()

    check(registry.pushed("1", SOURCE), SOURCE)

    assert authorizations(registry)[1:] == [registry.basic, registry.basic]


def test_a_helper_that_has_nothing_is_no_failure(registry: Registry, docker: Path) -> None:
    docker_config(docker, {"credsStore": "common"})
    helper(docker, "common", "echo credentials not found in native keychain; exit 1")
    registry.asks_for_a_token(anonymous=True)

    check(registry.pushed("1", SOURCE), SOURCE)

    assert authorizations(registry)[1] is None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (f"echo {SECRET}; echo {SECRET} >&2; exit 3", "did not say what signs in to"),
        (f"echo {SECRET}", "did not say what signs in to"),
        (f"echo '[\"{SECRET}\"]'", "did not say what signs in to"),
        (f'echo \'{{"Username": 7, "Secret": "{SECRET}"}}\'', "did not say what signs in to"),
        (f'echo \'{{"Secret": "{SECRET}"}}\'', "did not say what signs in to"),
        ("kill -9 $$", "did not say what signs in to"),
    ],
)  # fmt: skip
def test_a_helper_that_fails_is_named_and_not_quoted(
    registry: Registry, docker: Path, script: str, message: str
) -> None:
    docker_config(docker, {"credHelpers": {registry.host: "broken"}})
    helper(docker, "broken", script)
    registry.asks_for_a_password()

    with pytest.raises(Unreachable, match=message) as failed:
        check(registry.pushed("1", SOURCE), SOURCE)

    assert "docker-credential-broken" in failed.value.message
    assert SECRET not in failed.value.message + failed.value.hint


def test_a_helper_that_waits_for_something_is_given_up_on(registry: Registry, docker: Path) -> None:
    docker_config(docker, {"credsStore": "slow"})
    helper(docker, "slow", "exec sleep 30")
    registry.asks_for_a_password()
    begun = time.monotonic()

    with pytest.raises(Unreachable, match=r"did not (say|tell)"):
        check(registry.pushed("1", SOURCE), SOURCE, timeout_s=0.5)

    assert time.monotonic() - begun < 15


def test_a_helper_that_is_not_installed_is_named(registry: Registry, docker: Path) -> None:
    docker_config(docker, {"credHelpers": {registry.host: "absent"}})
    registry.asks_for_a_password()

    with pytest.raises(Unreachable, match=r"docker-credential-absent, which .*config\.json names, is not on the PATH"):
        check(registry.pushed("1", SOURCE), SOURCE)


@pytest.mark.parametrize("name", ["../evil", "/bin/evil", "-x", ".x", "a b", "a;touch evil", "a\n", "x" * 65, 7, ["x"]])
def test_a_helper_whose_name_could_be_something_else_is_not_run(registry: Registry, docker: Path, name: object) -> None:
    docker_config(docker, {"credsStore": name})
    registry.asks_for_a_password()

    with pytest.raises(UsageError, match="is no name of a credential helper"):
        check(registry.pushed("1", SOURCE), SOURCE)


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '{"auths": ' * 100_000, f'{{"auths": "{SECRET}'])
def test_a_file_of_dockers_that_is_broken_is_named_and_not_quoted(registry: Registry, docker: Path, text: str) -> None:
    docker_config(docker, text)
    registry.asks_for_a_password()

    with pytest.raises(UsageError, match=r"config\.json: is no JSON object") as failed:
        check(registry.pushed("1", SOURCE), SOURCE)

    assert SECRET not in failed.value.message + failed.value.hint


@pytest.mark.parametrize(
    "auths", [7, [], {"{host}": 7}, {"{host}": {}}, {"{host}": {"auth": 7}}, {"{host}": {"auth": "!"}},
              {"{host}": {"auth": "cm9ib3Q="}}, {"{host}": {"auth": "/w=="}}, {"other.example.com": {"auth": "eDp5"}}],
    ids=str,
)  # fmt: skip
def test_an_entry_that_says_nothing_signs_nobody_in(registry: Registry, docker: Path, auths: object) -> None:
    docker_config(docker, json.dumps({"auths": auths}).replace("{host}", registry.host))
    registry.asks_for_a_password()

    with pytest.raises(Unreachable, match="has nothing that signs in there"):
        check(registry.pushed("1", SOURCE), SOURCE)


@pytest.mark.parametrize("form", ["http://{host}", "https://{host}/v1/", "{host}/v2/"])
def test_an_entry_is_found_however_docker_spelt_it(registry: Registry, docker: Path, form: str) -> None:
    docker_config(docker, logged_in(form.format(host=registry.host)))
    registry.asks_for_a_password()

    check(registry.pushed("1", SOURCE), SOURCE)


def test_no_secret_is_in_what_is_logged_or_raised(
    registry: Registry, docker: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "_verbose", True)
    docker_config(docker, logged_in(registry.host))
    registry.asks_for_a_token()
    artifact = registry.pushed("1", SOURCE)

    def leads_on(handler: Handler) -> None:
        handler.send(307, Location=f"http://127.0.0.1:9/x\x1b?X-Amz-Signature={SECRET}")

    registry.instead["/blobs/"] = leads_on

    with caplog.at_level("DEBUG"), pytest.raises(TagbumpError) as failed:
        check(artifact, SOURCE)

    said = caplog.text + failed.value.message + failed.value.hint
    assert "GET http://127.0.0.1:9/x\\x1b" in caplog.text
    assert [word for word in (SECRET, TOKEN, registry.basic, "\x1b") if word in said] == []
