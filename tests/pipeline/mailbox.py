"""A mail server for a test: what was sent to it can be looked at."""

import email
import socket
from dataclasses import dataclass
from email.header import decode_header, make_header
from email.message import Message
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Mail:
    """One mail that arrived."""

    recipients: tuple[str, ...]
    message: Message

    @property
    def subject(self) -> str:
        return str(make_header(decode_header(str(self.message["Subject"]))))

    @property
    def html(self) -> str:
        """Its text, decoded."""
        payload = self.message.get_payload(decode=True)
        assert isinstance(payload, bytes)
        return payload.decode()


class Mailbox:
    """Takes every mail, but those to `refused@...`. Runs within `with`."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address = ("127.0.0.1", port)
        self._server = Controller(self, hostname="127.0.0.1", port=port)

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name and arguments
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address.startswith("refused@"):
            return "550 not here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        content: Any = envelope.content
        self.mails.append(Mail(tuple(envelope.rcpt_tos), email.message_from_bytes(content)))
        return "250 OK"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
