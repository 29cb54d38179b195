"""Mail in plain text, one recipient at a time, through the server that `MAIL_URL` names; Django's SMTP client does the talking.

Only tasks send mail: a mail server may take seconds to answer, and what is to be told stands in a row until it was.
"""

import re
import smtplib
from contextlib import closing
from dataclasses import dataclass, field
from email.utils import make_msgid, parseaddr
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend
from django.core.validators import validate_email

from kernel.problems import MailRefused, Unavailable

TIMEOUT_S = 10
SUBJECT_MAXIMUM = 200
TEXT_MAXIMUM = 100_000
PORTS = {"none": 25, "starttls": 587, "tls": 465}
CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server: `tls` is `starttls` (the connection is made safe before anything is said), `tls` from the first byte, or `none`."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: str


def server_of(url: str) -> Server:
    """The server behind `smtp://user:password@host:port?tls=starttls`. Raises ValueError that says what is wrong.

    Without a port 587 is taken for `starttls`, which is also the default, 465 for `tls`, 25 for `none`.
    """
    parts = urlsplit(url)
    options = parse_qs(parts.query, keep_blank_values=True)
    tls = options.pop("tls", ["starttls"])[-1]
    if parts.scheme != "smtp" or not parts.hostname or parts.path not in {"", "/"} or options:
        raise ValueError("it must look like smtp://user:password@host:port?tls=starttls")
    if tls not in PORTS:
        raise ValueError(f"tls is {tls!r}; it must be one of: {', '.join(sorted(PORTS))}")
    return Server(parts.hostname, parts.port or PORTS[tls], unquote(parts.username or ""), unquote(parts.password or ""), tls)


def send(to: str, *, subject: str, text: str) -> None:
    """Hand one mail to the server; when this returns, the server took it. `subject` ≤ 200 signs, `text` ≤ 100,000.

    Raises MailRefused when it will never be taken as it is (an address that is none, a line break in a header, a refusal for good), Unavailable
    when no server is set or it does not answer now: then the same mail may go through later.
    """
    if not settings.MAIL_URL:
        raise Unavailable(
            "No mail server is set: set MAIL_URL to smtp://user:password@host:port?tls=starttls and start the product again."
        )
    _require_plain(to, subject=subject)
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2]
    headers = {"Message-ID": make_msgid(domain=domain), "Auto-Submitted": "auto-generated"}
    message = EmailMessage(subject[:SUBJECT_MAXIMUM], text[:TEXT_MAXIMUM], settings.MAIL_FROM, [to], headers=headers)
    try:
        # Closing by ourselves: Django leaves the connection open when making it safe or signing in fails.
        with closing(_backend(server_of(settings.MAIL_URL))) as backend:
            backend.send_messages([message])
    except smtplib.SMTPRecipientsRefused as fault:
        code, words = next(iter(fault.recipients.values()))
        raise _refusal(code, words) from fault
    except smtplib.SMTPAuthenticationError as fault:
        raise Unavailable("The mail server does not accept the user and password in MAIL_URL. Correct them.") from fault
    except smtplib.SMTPResponseException as fault:
        raise _refusal(fault.smtp_code, fault.smtp_error) from fault
    except (smtplib.SMTPException, OSError) as fault:
        raise Unavailable(f"The mail server in MAIL_URL does not answer as one: {str(fault)[:200]}. Try again later.") from fault


def require_address(text: str) -> None:
    """Go on only with what can be a mail address, without a display name. Raises MailRefused."""
    try:
        validate_email(text)
        text.rpartition("@")[2].encode("idna")  # Django's check lets signs through that no name of a host can have
    except (ValidationError, UnicodeError) as fault:
        raise MailRefused("This is no mail address; give one such as security@example.com.") from fault


def _require_plain(to: str, *, subject: str) -> None:
    require_address(to)
    if CONTROL.search(subject):
        raise MailRefused("The subject of a mail is one line: take line breaks and control characters out of it.")


def _backend(server: Server) -> EmailBackend:
    return EmailBackend(
        host=server.host, port=server.port, username=server.user, password=server.password, fail_silently=False, timeout=TIMEOUT_S,
        use_tls=server.tls == "starttls", use_ssl=server.tls == "tls", ssl_certfile="", ssl_keyfile="",
    )  # fmt: skip


def _refusal(code: int, words: bytes | str) -> MailRefused | Unavailable:
    """A mail server says 5xx when it will never take a mail, 4xx when it may later (RFC 5321 section 4.2.1)."""
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    sentence = f"The mail server answered {code} {CONTROL.sub(' ', said)[:200]}."
    if code >= 500:
        return MailRefused(f"{sentence} Check the address, and MAIL_FROM.")
    return Unavailable(f"{sentence} Try again later.")
