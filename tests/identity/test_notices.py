"""A person is told by mail what changed about how they sign in, and the mail holds nothing that opens anything."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery.exceptions import Retry

from identity import actions, factors, notices, tasks
from identity.actions import Given
from identity.factors import recovery
from identity.models import User
from identity.notices import Notice
from kernel.problems import MailRefused, Unavailable
from tests import mailbox, makers
from tests.identity.factor_makers import add_app, challenged, code_of, later, signed_in
from tests.identity.test_invitation_doors import asked_for
from tests.mailbox import Mailbox
from tests.tenancy import worker

EMAIL, FRESH, TASK = "ada@acme.example", "an entirely different phrase", "identity.mail_notice"


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL, roles=("owner",))


@pytest.fixture
def post(settings: Any, open_loopback: None) -> Iterator[Mailbox]:
    with mailbox.listening() as opened:
        settings.MAIL_URL = opened.url
        yield opened


def told_of(work: Callable[[], object], *, whom: User) -> list[tuple[str, str]]:
    """What the work asks that a person be told, as notice and detail."""
    asked = asked_for(work, name=TASK)
    assert {one["person_id"] for one in asked} <= {str(whom.id)}
    return [(one["notice"], one["about"]) for one in asked]


def _device(person: User) -> Any:
    return factors.shown.devices(person)[0]


def test_another_password_is_told(ada: User, post: Mailbox) -> None:
    del post
    link = actions.issue_password_reset(ada.id, actor=makers.OPERATOR)

    changed = told_of(lambda: actions.change_password(makers.PASSWORD, replacement=FRESH, actor=signed_in(ada)), whom=ada)
    assert changed == [("password_changed", "")]

    link = actions.issue_password_reset(ada.id, actor=makers.OPERATOR)
    assert told_of(lambda: actions.reset_password(link.token, password=FRESH + "!"), whom=ada) == [("password_reset", "")]


def test_factors_that_come_and_go_are_told(ada: User, post: Mailbox) -> None:
    del post

    assert told_of(lambda: add_app(ada), whom=ada) == [("factor_added", "totp")]
    assert told_of(lambda: actions.make_recovery_codes(actor=signed_in(ada)), whom=ada) == [("recovery_codes_made", "")]
    assert told_of(lambda: actions.remove_factor(_device(ada).id, actor=signed_in(ada)), whom=ada) == [("factor_removed", "totp")]


def test_what_an_administrator_takes_is_told_to_its_person(ada: User, post: Mailbox) -> None:
    del post
    add_app(ada)
    one = _device(ada).id

    taken = told_of(lambda: actions.remove_factor_of(ada.id, factor_id=one, reason="Lost.", actor=makers.OPERATOR), whom=ada)
    assert taken == [("factor_taken", "totp")]
    assert told_of(lambda: actions.remove_factors_of(ada.id, reason="Lost.", actor=makers.OPERATOR), whom=ada) == [
        ("factors_taken", "")
    ]


def test_a_recovery_code_that_was_used_is_told_and_a_refused_one_is_not(ada: User, post: Mailbox) -> None:
    del post
    add_app(ada)
    code = actions.make_recovery_codes(actor=signed_in(ada))[0]

    def use() -> None:
        actions.prove_factor(challenged(EMAIL).token, kind="recovery", given=Given(code=code))

    assert told_of(use, whom=ada) == [("recovery_code_used", str(recovery.remaining(ada)))]
    with pytest.raises(Exception, match=r"."):
        told_of(use, whom=ada)
    assert recovery.remaining(ada) == 9


def test_an_ordinary_sign_in_tells_nothing(ada: User, post: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    del post
    secret = add_app(ada)

    with later(monkeypatch, seconds=30):
        work = told_of(
            lambda: actions.prove_factor(challenged(EMAIL).token, kind="totp", given=Given(code=code_of(secret))), whom=ada
        )

    assert work == []


def test_without_a_mail_server_nothing_is_asked(ada: User) -> None:
    assert told_of(lambda: actions.change_password(makers.PASSWORD, replacement=FRESH, actor=signed_in(ada)), whom=ada) == []


@pytest.mark.parametrize("notice", list(Notice))
def test_the_mail_says_what_when_and_what_to_do(notice: Notice, ada: User, post: Mailbox) -> None:
    tasks.mail_notice.run(person_id=str(ada.id), notice=str(notice), about="totp", at="2026-11-22 02:03")

    ((_, recipients, message),) = post.taken
    text = message.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert (recipients, message["Subject"]) == ([EMAIL], "How you sign in to Acme changed")
    assert "on 2026-11-22 02:03 UTC " in text
    assert "{" not in text
    assert "/account/sessions" in text
    assert ("an authenticator app" in text) == ("{about}" in notices.SENTENCES[notice])


def test_nobody_is_mailed_for_an_id_that_is_nobodys(post: Mailbox) -> None:
    assert not notices.send(uuid.uuid4(), notice=Notice.FACTOR_ADDED, about="totp", at="2026-11-22 02:03")
    assert post.taken == []


def test_a_mail_that_will_never_be_taken_is_not_tried_again(post: Mailbox) -> None:
    gone = makers.make_person("gone@acme.example")

    with pytest.raises(MailRefused):
        tasks.mail_notice.run(person_id=str(gone.id), notice="password_changed", about="", at="2026-11-22 02:03")

    assert post.taken == []


@pytest.mark.parametrize(("retries", "outcome"), [(0, Retry), (4, Retry), (5, Unavailable)])
def test_a_mail_server_that_is_away_is_asked_again_five_times_in_four_minutes(
    retries: int, outcome: type[Exception], ada: User, settings: Any
) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1:1?tls=none"
    asked = {"person_id": str(ada.id), "notice": "password_changed", "about": "", "at": "2026-11-22 02:03"}
    tasks.mail_notice.push_request(id="away", kwargs=asked, called_directly=False, retries=retries)

    try:
        with pytest.raises(outcome) as ended:
            tasks.mail_notice.run(**asked)
    finally:
        tasks.mail_notice.pop_request()
        worker.empty_queues()

    assert getattr(ended.value, "when", None) == (50 if outcome is Retry else None)
