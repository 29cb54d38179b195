"""Mail through a real SMTP server: what arrives, what is refused at once, what may go through later."""

from collections.abc import Iterator
from email.header import decode_header, make_header

import pytest

from kernel import mail
from kernel.problems import MailRefused, Unavailable
from tests import mailbox
from tests.conftest import Settings
from tests.mailbox import Mailbox


@pytest.fixture
def server() -> Iterator[Mailbox]:
    with mailbox.listening() as listening:
        yield listening


@pytest.fixture
def mailing(server: Mailbox, settings: Settings) -> Mailbox:
    settings.MAIL_URL, settings.MAIL_FROM = server.url, "Freehold <freehold@example.com>"
    return server


def test_a_mail_arrives_as_it_was_given(mailing: Mailbox) -> None:
    mail.send("security@example.com", subject="Chain broken in Acmé", text="Look at entry 7.\nNow.")

    ((sender, recipients, message),) = mailing.taken
    assert (sender, recipients) == ("freehold@example.com", ["security@example.com"])
    assert str(message["From"]) == "Freehold <freehold@example.com>"
    assert str(message["To"]) == "security@example.com"
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert str(message["Message-ID"]).endswith("@example.com>")
    assert message.get_payload(decode=True) == b"Look at entry 7.\r\nNow.\r\n"
    assert str(make_header(decode_header(str(message["Subject"])))) == "Chain broken in Acmé"


@pytest.mark.parametrize("signs", ["\r\nBcc: evil@example.com", "\nX: y", "\x00", "\u2028x"])
def test_a_line_break_in_a_header_is_refused_and_nothing_is_sent(mailing: Mailbox, signs: str) -> None:
    with pytest.raises(MailRefused):
        mail.send("security@example.com", subject=f"Alert{signs}", text="x")
    with pytest.raises(MailRefused):
        mail.send(f"security@example.com{signs}", subject="Alert", text="x")

    assert mailing.taken == []


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@b@c", "a b@example.com", "Ada <ada@example.com>", "a@example.com,b@example.com"]
)
def test_what_is_no_single_address_is_refused(mailing: Mailbox, address: str) -> None:
    with pytest.raises(MailRefused):
        mail.send(address, subject="Alert", text="x")

    assert mailing.taken == []


def test_a_refusal_for_good_and_one_for_now_are_told_apart(mailing: Mailbox) -> None:
    with pytest.raises(MailRefused, match=r"550 5\.1\.1 no such mailbox"):
        mail.send("gone@example.com", subject="Alert", text="x")
    with pytest.raises(Unavailable, match=r"450 4\.2\.1 mailbox busy"):
        mail.send("busy@example.com", subject="Alert", text="x")

    assert mailing.taken == []


def test_without_a_server_the_refusal_says_what_to_set(settings: Settings) -> None:
    settings.MAIL_URL = ""

    with pytest.raises(Unavailable, match="set MAIL_URL to smtp://"):
        mail.send("security@example.com", subject="Alert", text="x")


def test_a_server_that_is_away_is_unavailable(settings: Settings) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1:9?tls=none"

    with pytest.raises(Unavailable, match="does not answer"):
        mail.send("security@example.com", subject="Alert", text="x")


def test_a_server_without_tls_gets_no_mail_that_asks_for_it(server: Mailbox, settings: Settings) -> None:
    settings.MAIL_URL = f"smtp://127.0.0.1:{server.port}"

    with pytest.raises(Unavailable):
        mail.send("security@example.com", subject="Alert", text="x")

    assert server.taken == []


def test_the_user_and_the_password_are_used(server: Mailbox, settings: Settings) -> None:
    settings.MAIL_URL = f"smtp://free%20hold:se%3Acret@127.0.0.1:{server.port}?tls=none"
    mail.send("security@example.com", subject="Alert", text="x")
    settings.MAIL_URL = f"smtp://free%20hold:wrong@127.0.0.1:{server.port}?tls=none"

    with pytest.raises(Unavailable, match="user and password"):
        mail.send("security@example.com", subject="Alert", text="x")

    assert len(server.taken) == 1


def test_the_address_of_a_server_is_read_whole() -> None:
    assert mail.server_of("smtp://mail.example.com") == mail.Server("mail.example.com", 587, "", "", "starttls")
    assert mail.server_of("smtp://u%40x:p@mail.example.com?tls=tls") == mail.Server("mail.example.com", 465, "u@x", "p", "tls")
    assert mail.server_of("smtp://[::1]:2525?tls=none") == mail.Server("::1", 2525, "", "", "none")


@pytest.mark.parametrize(
    "url", ["http://x", "smtp://", "mail.example.com", "smtp://x?tls=ssl", "smtp://x?verify=no", "smtp://x/path"]
)
def test_what_is_no_address_of_a_server_is_said(url: str) -> None:
    with pytest.raises(ValueError, match=r"must (look like|be one of)"):
        mail.server_of(url)
