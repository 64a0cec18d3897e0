"""What Argo CD's notifications controller sends: the real one, a mail server and a webhook on this machine."""

import base64
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import yaml

from tests.e2e.places import kubectl
from tests.pipeline.mailbox import Mail, Mailbox

SETTINGS: Final = "configmap/argocd-notifications-cm"


@dataclass
class Messages:
    """All that arrived, in the order in which it did."""

    mailbox: Mailbox
    posted: list[str] = field(default_factory=list)
    """What the webhook was told."""

    @property
    def mails(self) -> list[Mail]:
        return self.mailbox.mails

    @property
    def bodies(self) -> list[str]:
        return [mail.html for mail in self.mails]

    def with_subject(self, subject: str) -> list[Mail]:
        return [mail for mail in self.mails if mail.subject == subject]


@contextmanager
def notified(folder: Path) -> Iterator[Messages]:
    """Run the notifications controller on the settings of argocd/config, its mails and webhooks coming here."""
    with Mailbox() as mailbox:
        found = Messages(mailbox)
        with _webhook(found) as address:
            _settings(mailbox.address[1], address)
            with _controller(folder):
                yield found


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
    config = _get(SETTINGS)
    service: dict[str, Any] = yaml.safe_load(config["data"]["service.email.mail"])
    changed = {"service.email.mail": yaml.safe_dump(service | {"host": "127.0.0.1", "port": port})}
    kubectl("patch", SETTINGS, "--namespace", "argocd", "--type", "merge", "--patch", json.dumps({"data": changed}))
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
            # It ends with a test run that is killed: a second one would send every mail of the next run again.
            ["setpriv", "--pdeathsig", "TERM", str(program), "--namespace", "argocd", "--metrics-port", "0",
             "--loglevel", "debug"],
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
