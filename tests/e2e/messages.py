"""What Argo CD's notifications controller sends: the real one, a mail server and a webhook on this machine."""

import base64
import email
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import yaml
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.e2e.places import kubectl

NAMES: Final = ("configmap/argocd-notifications-cm", "secret/argocd-notifications-secret")


@dataclass(frozen=True)
class Mail:
    """One mail that arrived."""

    recipients: tuple[str, ...]
    message: Message

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def body(self) -> str:
        payload = self.message.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()


@dataclass
class Messages:
    """All that arrived, in the order in which it did."""

    mails: list[Mail] = field(default_factory=list)
    posted: list[str] = field(default_factory=list)
    """What the webhook was told."""

    @property
    def bodies(self) -> list[str]:
        return [mail.body for mail in self.mails]

    def with_subject(self, subject: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.subject == subject]

    def mailed(self, subject: str) -> bool:
        return bool(self.with_subject(subject))

    def said(self) -> list[str]:
        return [*(mail.subject for mail in self.mails), *self.posted]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Take a mail."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(Mail(tuple(envelope.rcpt_tos), email.message_from_bytes(envelope.content)))
        return "250 OK"


@contextmanager
def notified(folder: Path) -> Iterator[Messages]:
    """Run the notifications controller on the settings of argocd/config, its mails and webhooks coming here."""
    found = Messages()
    with socket.create_server(("127.0.0.1", 0)) as free:  # aiosmtpd wants to be told a port
        port = free.getsockname()[1]
    smtp = Controller(found, hostname="127.0.0.1", port=port)
    smtp.start()
    with _webhook(found) as address:
        try:
            _settings(port, address)
            with _controller(folder):
                yield found
        finally:
            smtp.stop()


@contextmanager
def _webhook(found: Messages) -> Iterator[str]:
    class Answer(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.posted.append(json.loads(body)["text"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/hook"
        server.shutdown()


def _settings(port: int, address: str) -> None:
    """Have mails sent to `port` here, without TLS and a password, and the webhook at `address`. Not taken back here."""
    config = _get(NAMES[0])
    service: dict[str, Any] = yaml.safe_load(config["data"]["service.email.mail"])
    changed = {"service.email.mail": yaml.safe_dump(service | {"host": "127.0.0.1", "port": port})}
    kubectl("patch", NAMES[0], "--namespace", "argocd", "--type", "merge", "--patch", json.dumps({"data": changed}))
    secret = {
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {"name": "argocd-notifications-secret", "namespace": "argocd"},
        "data": {
            key: base64.b64encode(value.encode()).decode()
            for key, value in {"mail-username": "", "mail-password": "", "chat-webhook": address}.items()
        },
    }  # fmt: skip
    kubectl("apply", "--filename", "-", given=json.dumps(secret))


@contextmanager
def _controller(folder: Path) -> Iterator[None]:
    """Run Argo CD's own program: it is what its name says it is."""
    program = folder / "argocd-notifications"
    argocd = shutil.which("argocd")
    assert argocd
    program.unlink(missing_ok=True)
    program.symlink_to(argocd)
    with (folder / "notifications.log").open("wb") as log:
        running = subprocess.Popen(
            [str(program), "--namespace", "argocd", "--metrics-port", "0", "--loglevel", "debug"],
            env=dict(os.environ), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield
    finally:
        running.terminate()
        running.wait(30)


def _get(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(kubectl("get", name, "--namespace", "argocd", "--output", "json"))
    return found
