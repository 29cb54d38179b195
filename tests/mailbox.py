"""A mail server that keeps what it takes, for tests that send mail."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

USER, PASSWORD = b"free hold", b"se:cret"


class Mailbox:
    """What was taken, as (sender, recipients, message). Mail to gone@… is refused for good, to busy@… for now."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.taken: list[tuple[str, list[str], Message]] = []

    @property
    def url(self) -> str:
        """Its address for MAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802, ARG002  (their names)
        if address.startswith("gone@"):
            return "550 5.1.1 no such mailbox"
        if address.startswith("busy@"):
            return "450 4.2.1 mailbox busy"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002  (their names)
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@contextmanager
def listening() -> Iterator[Mailbox]:
    """A mailbox on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    mailbox = Mailbox(port)
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, authenticator=_accepts, auth_require_tls=False)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def _accepts(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD), handled=False)
