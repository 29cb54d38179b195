"""Passwords that leaked are not chosen again, whatever the list is kept in."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from identity import actions, breaches, passwords
from identity.actions import SignedIn
from identity.problems import PasswordWeak
from tests import makers
from tests.identity.trail import nothing_recorded, recorded

LEAKED, UNKNOWN = "trustno1-trustno1", "an entirely different phrase"


def _sha1(password: str) -> str:
    return hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


def is_listed(digest: str) -> int:
    """A list as a function, named in the settings."""
    return 17 if digest == _sha1(LEAKED) else 0


@pytest.fixture
def listed(tmp_path: Path, settings: Any) -> list[str]:
    """A file of a thousand hashes in order, one of them that of LEAKED."""
    hashes = sorted([_sha1(f"password number {number}") for number in range(999)] + [_sha1(LEAKED)])
    path = tmp_path / "leaked.txt"
    path.write_text("".join(f"{digest}:{index % 7 + 1}\r\n" for index, digest in enumerate(hashes)))
    settings.BREACH_LIST = str(path)
    return hashes


def test_without_a_list_nothing_is_leaked() -> None:
    assert not breaches.is_leaked(LEAKED)


def test_every_line_of_a_file_is_found_and_nothing_else(listed: list[str]) -> None:
    assert all(breaches.is_leaked(f"password number {number}") for number in range(999))
    assert breaches.is_leaked(LEAKED)
    assert not any(breaches.is_leaked(f"another password {number}") for number in range(200))
    assert len(listed) == 1000


@pytest.mark.parametrize("lines", ["", "\n", "nonsense\n", "00\n" * 50])
def test_an_empty_or_damaged_file_finds_nothing(lines: str, tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "leaked.txt"
    path.write_text(lines)
    settings.BREACH_LIST = str(path)

    assert not breaches.is_leaked(LEAKED)


@pytest.mark.parametrize("line", ["{}", "{}:5", "{}:5\r"])
def test_a_file_of_one_line_is_read(line: str, tmp_path: Path, settings: Any) -> None:
    path = tmp_path / "leaked.txt"
    path.write_text(line.format(_sha1(LEAKED)) + "\n")
    settings.BREACH_LIST = str(path)

    assert breaches.is_leaked(LEAKED)
    assert not breaches.is_leaked(UNKNOWN)


def test_a_function_is_asked_by_its_name(settings: Any) -> None:
    settings.BREACH_LIST = "tests.identity.test_breaches.is_listed"

    assert breaches.is_leaked(LEAKED)
    assert not breaches.is_leaked(UNKNOWN)


@contextmanager
def _range_service(asked: list[str], *, status: int = 200) -> Iterator[str]:
    digest = _sha1(LEAKED)

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = f"{digest[5:]}:42\r\n{'0' * 35}:0\r\n{_sha1(UNKNOWN)[5:]}:0\r\n".encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Service)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/range/"
    finally:
        server.shutdown()
        server.server_close()


def test_a_range_service_is_told_five_digits(settings: Any, open_loopback: None) -> None:
    asked: list[str] = []
    with _range_service(asked) as url:
        settings.BREACH_LIST = url

        assert breaches.is_leaked(LEAKED)
        assert not breaches.is_leaked(UNKNOWN)

    assert asked == [f"/range/{_sha1(LEAKED)[:5]}", f"/range/{_sha1(UNKNOWN)[:5]}"]


@pytest.mark.parametrize("fault", ["away", "busy"])
def test_a_service_that_is_away_keeps_nobody_from_choosing(fault: str, settings: Any, open_loopback: None) -> None:
    settings.BREACH_LIST = "http://127.0.0.1:9/range/"
    if fault == "busy":
        with _range_service([], status=503) as url:
            settings.BREACH_LIST = url
            assert not breaches.is_leaked(LEAKED)
        return

    passwords.require_strong(UNKNOWN, email="al@acme.example")


def test_a_leaked_password_is_not_chosen(listed: list[str]) -> None:
    with pytest.raises(PasswordWeak) as refusal:
        passwords.require_strong(LEAKED, email="al@acme.example")

    assert refusal.value.fields["errors"][0]["code"] == "password_leaked"
    assert listed


def test_who_has_a_leaked_password_is_let_in_and_told(settings: Any) -> None:
    added = actions.add_person("ada@acme.example", "Ada", [], actor=makers.OPERATOR)
    actions.accept_invitation(added.invitation_token, password=LEAKED, name="Ada")
    settings.BREACH_LIST = "tests.identity.test_breaches.is_listed"

    outcome = actions.sign_in("ada@acme.example", password=LEAKED)

    assert isinstance(outcome, SignedIn)
    assert outcome.is_password_leaked
    (told,) = recorded("identity.password.leaked")
    assert told["subject"]["id"] == added.person.public_id
    assert LEAKED not in str(told)


def test_a_service_far_away_is_not_asked_at_sign_in(settings: Any, open_loopback: None) -> None:
    makers.make_person("ada@acme.example")
    asked: list[str] = []
    with _range_service(asked) as url:
        settings.BREACH_LIST = url

        actions.sign_in("ada@acme.example", password=makers.PASSWORD)

    assert asked == []
    with nothing_recorded():
        assert recorded("identity.password.leaked") == []
