"""The list of invitations, sending one again, withdrawing one, and the mail that carries the link."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.test import Client, TestCase, override_settings

from identity import actions, mailing, queries
from identity.models import Invitation, User
from identity.problems import InvitationNotFound, InvitationUsed, PersonState
from kernel import clock, sealing
from kernel.actors import Actor
from kernel.problems import Forbidden
from tests import mailbox, makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.trail import nothing_recorded, recorded_once
from tests.mailbox import Mailbox


def invitation_of(address: str) -> Invitation:
    return queries.invitations(q=address).order_by("-id")[0]


def test_invitations_are_listed_with_their_state_and_without_their_token(root: Caller, operator: Actor) -> None:
    for name in ("open", "used", "withdrawn", "late"):
        token = actions.add_person(f"{name}@acme.example", name, [], actor=operator).invitation_token
        if name == "used":
            actions.accept_invitation(token, password=makers.PASSWORD, name="")
    actions.revoke_invitation(invitation_of("withdrawn@").id, actor=operator)
    Invitation.objects.filter(user__email="late@acme.example").update(expires_at=clock.now() - timedelta(seconds=1))

    listed = json_of(root.get("/v1/invitations?q=acme.example"))["data"]

    states = {row["person"]["email"].partition("@")[0]: row["state"] for row in listed}
    assert {name: states[name] for name in ("open", "used", "withdrawn", "late")} == {
        "open": "open", "used": "accepted", "withdrawn": "revoked", "late": "expired",
    }  # fmt: skip
    assert listed[0]["invited_by"] == "command:test"
    assert [row["person"]["name"] for row in json_of(root.get("/v1/invitations?state=expired"))["data"]] == ["late"]
    assert "secret" not in listed[0]


def test_who_accepts_where_they_may_not_enter_is_told_so(operator: Actor) -> None:
    added = actions.add_person("ada@acme.example", "Ada", ["member"], actor=operator)
    actions.add_network("192.0.2.0/24", role_id=queries.roles().get(name="member").id, actor=operator)
    browser = Client(HTTP_HOST="acme.localhost")

    accepted = browser.post(f"/invitation/{added.invitation_token}", {"name": "Ada", "password": makers.PASSWORD})
    page = browser.get(accepted["Location"]).content.decode()

    assert (accepted.status_code, accepted["Location"]) == (302, "/sign-in")
    assert "You are set up, but cannot enter from here now." in page
    assert queries.person_by_email("ada@acme.example").status == "active"
    assert django_settings.SESSION_COOKIE_NAME not in browser.cookies


def test_a_withdrawn_invitation_works_no_more_and_is_recorded_once(operator: Actor) -> None:
    token = actions.add_person("ada@acme.example", "Ada", [], actor=operator).invitation_token

    with recorded_once("identity.invitation.revoked"):
        actions.revoke_invitation(invitation_of("ada@").id, actor=operator)
        actions.revoke_invitation(invitation_of("ada@").id, actor=operator)

    assert queries.person_by_email("ada@acme.example").status == "invited"
    with pytest.raises(InvitationNotFound):
        actions.accept_invitation(token, password=makers.PASSWORD, name="")


def test_an_accepted_invitation_can_not_be_withdrawn(operator: Actor) -> None:
    makers.make_person("ada@acme.example")

    with nothing_recorded(), pytest.raises(InvitationUsed):
        actions.revoke_invitation(invitation_of("ada@").id, actor=operator)

    assert queries.person_by_email("ada@acme.example").status == "active"


def test_readers_withdraw_nothing(operator: Actor) -> None:
    actions.add_person("ada@acme.example", "Ada", [], actor=operator)

    with nothing_recorded(), pytest.raises(Forbidden):
        actions.revoke_invitation(invitation_of("ada@").id, actor=makers.person_actor(grants=frozenset({"read:*"})))

    assert invitation_of("ada@").revoked_at is None


def active(operator: Actor) -> User:
    return makers.make_person("ada@acme.example")


def waiting(operator: Actor) -> User:
    actions.change_seats(maximum=0, rule="queue", actor=operator)
    return makers.make_person("ada@acme.example")


def suspended(operator: Actor) -> User:
    return actions.suspend_person(active(operator).id, reason="On leave.", actor=operator)


@pytest.mark.parametrize(
    ("make", "status", "advice"),
    [(active, "active", "accepted already"), (waiting, "waiting", "wait for a seat"), (suspended, "suspended", "resume them")],
)
def test_whoever_is_in_already_is_not_invited_again(
    make: Callable[[Actor], User], status: str, advice: str, operator: Actor
) -> None:
    person = make(operator)

    with nothing_recorded(), pytest.raises(PersonState) as refusal:
        actions.renew_invitation(person.id, actor=operator)

    assert (refusal.value.fields["person_status"], advice in refusal.value.detail) == (status, True)


def test_an_invitation_is_sent_again_over_http_and_the_one_before_ends(root: Caller, operator: Actor) -> None:
    token = actions.add_person("ada@acme.example", "Ada", [], actor=operator).invitation_token
    first = invitation_of("ada@")

    answer = root.post(f"/v1/invitations/{first.public_id}/renewal")

    assert answer.status_code == 201
    assert queries.invitation(json_of(answer)["secret"]).user.email == "ada@acme.example"
    with pytest.raises(InvitationNotFound):
        queries.invitation(token)
    shown = json_of(root.get(f"/v1/invitations/{first.public_id}"))
    assert (shown["state"], shown["mailed_at"]) == ("revoked", None)


def test_withdrawing_over_http_is_a_state(root: Caller, operator: Actor) -> None:
    actions.add_person("ada@acme.example", "Ada", [], actor=operator)
    path = f"/v1/invitations/{invitation_of('ada@').public_id}/revocation"

    answers = [root.put(path), root.put(path)]

    assert [(answer.status_code, json_of(answer)["state"]) for answer in answers] == [(200, "revoked"), (200, "revoked")]
    is_problem(root.put("/v1/invitations/inv_00000000000000000000000000/revocation"), status=404, kind="invitation-not-found")


@pytest.fixture
def post(settings: Any) -> Iterator[Mailbox]:
    """A mail server that the installation knows."""
    with mailbox.listening() as box:
        settings.MAIL_URL = box.url
        yield box


def asked_for(work: Callable[[], object], *, name: str) -> list[dict[str, str]]:
    """What the work asks a task of this name to do after the commit."""
    with ExitStack() as stack:
        found = [stack.enter_context(TestCase.captureOnCommitCallbacks(using=alias)) for alias in django_settings.CELLS]
        work()
    asked = [callback for callbacks in found for callback in callbacks if isinstance(callback, partial)]
    return [callback.args[1] for callback in asked if callback.args[0] == name]


def invited(address: str, *, actor: Actor) -> list[dict[str, str]]:
    return asked_for(lambda: actions.add_person(address, "Ada", [], actor=actor), name="identity.mail_invitation")


def test_without_a_mail_server_nobody_is_mailed(operator: Actor) -> None:
    assert invited("ada@acme.example", actor=operator) == []


def test_with_a_mail_server_the_link_is_mailed_works_and_is_noted(operator: Actor, post: Mailbox) -> None:
    (asked,) = invited("ada@acme.example", actor=operator)

    mailing.send_invitation(UUID(asked["invitation_id"]), sealed_token=asked["sealed_token"])

    ((_, recipients, message),) = post.taken
    assert (recipients, message["Subject"]) == (["ada@acme.example"], "Invitation to Acme")
    payload = message.get_payload(decode=True)
    assert isinstance(payload, bytes)
    text = payload.decode()
    token = text.partition("/invitation/")[2].split()[0]
    assert token not in str(asked)
    assert queries.invitation(token).user.email == "ada@acme.example"
    assert invitation_of("ada@").mailed_at is not None


@pytest.mark.parametrize(
    ("serving", "base"),
    [
        ({"HTTPS": False, "PORT": 8611}, "http://acme.localhost:8611"),
        ({"HTTPS": False, "PORT": 80}, "http://acme.localhost"),
        ({"HTTPS": True, "PORT": 8611}, "https://acme.localhost"),
    ],
)
def test_the_link_of_a_mail_opens_where_the_product_listens(
    serving: dict[str, Any], base: str, operator: Actor, post: Mailbox
) -> None:
    (asked,) = invited("ada@acme.example", actor=operator)

    with override_settings(**serving):
        mailing.send_invitation(UUID(asked["invitation_id"]), sealed_token=asked["sealed_token"])

    payload = post.taken[0][2].get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert f"\n{base}/invitation/" in payload.decode()


def test_an_invitation_that_was_withdrawn_meanwhile_is_not_mailed(operator: Actor, post: Mailbox) -> None:
    (asked,) = invited("ada@acme.example", actor=operator)
    actions.revoke_invitation(invitation_of("ada@").id, actor=operator)

    was_sent = mailing.send_invitation(UUID(asked["invitation_id"]), sealed_token=asked["sealed_token"])

    assert (was_sent, post.taken) == (False, [])


def test_a_token_that_was_sealed_for_another_invitation_is_not_mailed(operator: Actor, post: Mailbox) -> None:
    (_,), (other,) = invited("ada@acme.example", actor=operator), invited("bob@acme.example", actor=operator)

    with pytest.raises(sealing.Unsealable):
        mailing.send_invitation(invitation_of("ada@").id, sealed_token=other["sealed_token"])

    assert post.taken == []


def test_who_waited_is_told_of_the_seat(operator: Actor, post: Mailbox) -> None:
    person = waiting(operator)
    (asked,) = asked_for(lambda: actions.change_seats(maximum=None, rule="refuse", actor=operator), name="identity.mail_seat_given")

    mailing.send_seat_given(UUID(asked["person_id"]))

    ((_, recipients, message),) = post.taken
    assert (asked["person_id"], recipients, message["Subject"]) == (
        str(person.id),
        ["ada@acme.example"],
        "You can sign in to Acme now",
    )
