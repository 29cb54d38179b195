"""Codes by text message: who gets them, how many, and what they prove."""

import base64
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import orjson
import pytest
from django.db import connections

from identity import actions, factors
from identity.actions import Given
from identity.factors import sms
from identity.models import OneTimeCode, SignInAttempt, SmsDevice, User
from identity.problems import FactorNotAllowed, FactorRefused, FactorThrottled, NumberRefused, SmsUnavailable
from identity.sms_providers import outbox, twilio
from kernel import sealing, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.identity.factor_makers import add_app, challenged, entered, later, signed_in
from tests.listeners import HttpSink, Reply, http_sink

EMAIL, NUMBER = "ada@acme.example", "+4915123456789"


@pytest.fixture(autouse=True)
def provider(settings: Any, tmp_path: Path) -> None:
    """Messages go to a file of this test."""
    settings.SMS_PROVIDER = "identity.sms_providers.outbox.send"
    settings.SMS_COUNTRIES = ("DE",)
    settings.VAR = tmp_path


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is handed to the task, done at once: the commit that it waits for does not come in a test."""
    messages: list[dict[str, Any]] = []
    monkeypatch.setattr(sms, "enqueue", lambda name, **given: messages.append({"name": name, **given}))
    return messages


@pytest.fixture
def ada() -> User:
    """With an app, because messages stand only beside something stronger."""
    person = makers.make_person(EMAIL)
    add_app(person)
    return person


def code_in(message: dict[str, Any]) -> str:
    """Deliver a message, and read its code from the file."""
    sms.deliver(_uuid(message["device_id"]), sealed_text=message["sealed_text"])
    newest = orjson.loads(outbox.path().read_bytes().splitlines()[-1])
    found = re.match(r"\d{6}", newest["text"])
    assert found is not None
    assert newest["to"] == NUMBER
    return found[0]


def _uuid(text: str) -> Any:
    return SmsDevice.objects.get(id=text).id


def add_telephone(person: User, sent: list[dict[str, Any]]) -> None:
    token = actions.open_enrolment(actor=signed_in(person))
    actions.begin_factor(token, kind="sms", number="+49 151 23456789")
    actions.complete_factor(token, kind="sms", given=Given(code=code_in(sent[-1])))


def test_a_telephone_counts_once_its_code_came_back(ada: User, sent: list[dict[str, Any]]) -> None:
    add_telephone(ada, sent)

    assert [(one.kind, one.hint) for one in factors.of(ada)] == [("totp", "6 digits, SHA1"), ("sms", "ends in 89")]
    row = SmsDevice.objects.get()
    assert NUMBER not in row.sealed_number
    assert sealing.unseal(row.sealed_number, context=f"identity.sms:{row.id}") == NUMBER.encode()


def test_the_code_of_a_sign_in_completes_it(ada: User, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    add_telephone(ada, sent)
    with later(monkeypatch, seconds=31):
        asked = challenged(EMAIL)

        hint = actions.send_code(asked.token)
        outcome = entered(actions.prove_factor(asked.token, kind="sms", given=Given(code=code_in(sent[-1]))))

    assert hint == "89"
    assert outcome.session.amr == ["pwd", "sms"]


def test_a_code_is_bound_to_the_sign_in_that_it_was_sent_for(
    ada: User, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    add_telephone(ada, sent)
    with later(monkeypatch, seconds=31):
        first, second = challenged(EMAIL), challenged(EMAIL)
        actions.send_code(first.token)
        code = code_in(sent[-1])

        with pytest.raises(FactorRefused):
            actions.prove_factor(second.token, kind="sms", given=Given(code=code))

    assert OneTimeCode.objects.filter(used_at=None).count() == 1


def test_a_code_ends_after_ten_minutes(ada: User, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    add_telephone(ada, sent)
    with later(monkeypatch, seconds=31):
        asked = challenged(EMAIL)
        actions.send_code(asked.token)
        code = code_in(sent[-1])
    SignInAttempt.objects.update(expires_at="2999-01-01T00:00:00Z")

    with later(monkeypatch, seconds=31 + 601), pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="sms", given=Given(code=code))


def test_the_fifth_wrong_try_ends_a_code(ada: User, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    add_telephone(ada, sent)
    with later(monkeypatch, seconds=31):
        asked = challenged(EMAIL)
        actions.send_code(asked.token)
        code = code_in(sent[-1])
        OneTimeCode.objects.filter(used_at=None).update(tries=5)

        with pytest.raises(FactorRefused):
            actions.prove_factor(asked.token, kind="sms", given=Given(code=code))


def test_codes_are_sent_seldom(ada: User, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    add_telephone(ada, sent)
    asked = challenged(EMAIL)
    with pytest.raises(FactorThrottled) as too_soon:
        actions.send_code(asked.token)
    for turn in range(3):
        with later(monkeypatch, seconds=31 * (turn + 1)):
            actions.send_code(asked.token)

    with later(monkeypatch, seconds=31 * 5), pytest.raises(FactorThrottled) as too_many:
        actions.send_code(asked.token)

    assert (too_soon.value.fields["retry_after_s"], too_many.value.fields["retry_after_s"]) == (30, 86_400)
    assert len(sent) == 4


def test_beginning_again_and_again_sends_one_message(ada: User, sent: list[dict[str, Any]]) -> None:
    token = actions.open_enrolment(actor=signed_in(ada))
    actions.begin_factor(token, kind="sms", number=NUMBER)

    with pytest.raises(FactorThrottled):
        actions.begin_factor(token, kind="sms", number=NUMBER)
    with pytest.raises(FactorThrottled):
        actions.begin_factor(actions.open_enrolment(actor=signed_in(ada)), kind="sms", number=NUMBER)

    assert len(sent) == 1


def test_a_person_gets_ten_messages_a_day_whatever_the_numbers(ada: User, sent: list[dict[str, Any]]) -> None:
    token = actions.open_enrolment(actor=signed_in(ada))
    for end in range(10, 20):
        actions.begin_factor(token, kind="sms", number=f"+49151234567{end}")

    with pytest.raises(FactorThrottled) as refusal:
        actions.begin_factor(token, kind="sms", number="+4915123456720")

    assert len(sent) == 10
    assert refusal.value.fields["retry_after_s"] == 86_400


def test_adding_and_removing_a_telephone_does_not_begin_the_count_anew(
    ada: User, sent: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for turn in range(10):
        with later(monkeypatch, seconds=31 * turn):
            add_telephone(ada, sent)
            actions.remove_factor_of(ada.id, factor_id=SmsDevice.objects.get().id, reason="Again.", actor=makers.OPERATOR)

    with pytest.raises(FactorThrottled):
        add_telephone(ada, sent)

    assert len(sent) == 10


@pytest.mark.committed
def test_of_eight_asked_for_at_once_one_code_is_sent() -> None:
    with makers.passing_tenant("messages-at-once") as ref:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            person = makers.make_person(EMAIL)
            device = sms.start(person, name="Telephone", number=NUMBER)
            SmsDevice.objects.update(confirmed=True)
            tokens = [challenged(EMAIL).token for _ in range(8)]

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(lambda token: _asked(ref, token), tokens))

        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            codes = OneTimeCode.objects.filter(device=device).count()
        assert (sorted(outcomes), codes) == (["sent"] + ["throttled"] * 7, 1)


def _asked(ref: TenantRef, token: str) -> str:
    try:
        with tenancy.activate(ref, purpose=Purpose.REQUEST):
            actions.send_code(token)
            return "sent"
    except FactorThrottled:
        return "throttled"
    finally:
        connections.close_all()


@pytest.mark.parametrize(
    "number",
    [
        "",
        "12345",
        "+1 202 555 0123",
        "+33 6 12 34 56 78",
        "+49 1",
        "+49 151 23456789 ext 5" * 3,
        "\0",
        "call me",
        "+49 900 1234567",
        "+49 180 1234567",
    ],
)
def test_a_number_elsewhere_gets_nothing(ada: User, sent: list[dict[str, Any]], number: str) -> None:
    token = actions.open_enrolment(actor=signed_in(ada))

    with pytest.raises(NumberRefused):
        actions.begin_factor(token, kind="sms", number=number)

    assert (sent, SmsDevice.objects.count()) == ([], 0)


def test_messages_stand_only_beside_something_stronger(sent: list[dict[str, Any]]) -> None:
    person = makers.make_person("bob@acme.example")
    token = actions.open_enrolment(actor=signed_in(person))

    with pytest.raises(FactorNotAllowed) as refusal:
        actions.begin_factor(token, kind="sms", number=NUMBER)

    assert refusal.value.fields["allowed"] == ["webauthn", "totp"]
    assert sent == []


def test_a_rule_may_say_that_messages_will_do(sent: list[dict[str, Any]]) -> None:
    person = makers.make_person("bob@acme.example")
    actions.create_mfa_policy(actions.Terms(required="any", allowed_factors=["sms"]), actor=makers.OPERATOR)

    add_telephone(person, sent)

    assert [one.kind for one in factors.of(person)] == ["sms"]


def test_without_a_provider_nobody_adds_a_telephone(ada: User, settings: Any) -> None:
    settings.SMS_PROVIDER = ""
    token = actions.open_enrolment(actor=signed_in(ada))

    with pytest.raises(FactorNotAllowed):
        actions.begin_factor(token, kind="sms", number=NUMBER)


def test_the_broker_gets_no_code_in_the_clear(ada: User, sent: list[dict[str, Any]]) -> None:
    add_telephone(ada, sent)

    assert sent[0]["name"] == "identity.send_sms"
    assert not re.search(r"(?<![0-9a-zA-Z_-])\d{6}(?![0-9a-zA-Z_-])", str(sent))
    assert bytes(OneTimeCode.objects.get().code_hash) not in {b"", code_in(sent[0]).encode()}


@pytest.fixture
def service(settings: Any) -> Iterator[HttpSink]:
    """A service on this machine that takes messages as Twilio does."""
    settings.OUTBOUND_PRIVATE = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    with http_sink(tls=False) as listening:
        settings.SMS_URL = f"http://AC123:s3cret%2Fwith%40signs@localhost:{listening.port}/2010-04-01/Accounts/AC123/Messages.json"
        settings.SMS_FROM = "+4930123456"
        yield listening


def test_the_service_gets_a_message_in_twilios_form(service: HttpSink) -> None:
    service.answer = lambda _request: Reply(status=201, pieces=(b'{"sid": "SM1", "status": "queued"}',))

    twilio.send(NUMBER, text="123456 is your code for Müller & Söhne.")

    (request,) = service.requests
    scheme, _, credentials = request.headers["authorization"].partition(" ")
    assert (request.method, request.path) == ("POST", "/2010-04-01/Accounts/AC123/Messages.json")
    assert (scheme, base64.b64decode(credentials)) == ("Basic", b"AC123:s3cret/with@signs")
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(request.body.decode()) == {
        "To": [NUMBER],
        "From": ["+4930123456"],
        "Body": ["123456 is your code for Müller & Söhne."],
    }


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 401, 429, 500, 503])
def test_a_service_that_does_not_take_the_message_is_told_and_not_followed(service: HttpSink, status: int) -> None:
    elsewhere = {"Location": f"http://localhost:{service.port}/elsewhere"}
    service.answer = lambda _request: Reply(status=status, pieces=(b'{"message": "000000 s3cret"}',), headers=elsewhere)

    with pytest.raises(SmsUnavailable) as refusal:
        twilio.send(NUMBER, text="000000 is your code")

    assert refusal.value.detail == f"The service in SMS_URL refused the message with status {status}."
    assert [request.path for request in service.requests] == ["/2010-04-01/Accounts/AC123/Messages.json"]


def test_a_service_that_takes_for_ever_is_given_up(service: HttpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twilio, "TIMEOUT_S", 0.5)
    service.answer = lambda _request: Reply(status=201, pieces=(b"{", b" ") * 50, pause_s=0.2)
    begun = time.monotonic()

    with pytest.raises(SmsUnavailable):
        twilio.send(NUMBER, text="000000 is your code")

    assert time.monotonic() - begun < 8
    assert len(service.requests) == 1


def test_a_service_in_a_network_that_is_not_listed_is_not_called(service: HttpSink, settings: Any) -> None:
    settings.OUTBOUND_PRIVATE = ()

    with pytest.raises(SmsUnavailable) as refusal:
        twilio.send(NUMBER, text="000000 is your code")

    assert service.requests == []
    assert "s3cret" not in refusal.value.detail


def test_the_service_that_cannot_be_called_says_so(settings: Any) -> None:
    settings.SMS_URL = "https://account:token@127.0.0.1:9/Messages.json"

    with pytest.raises(SmsUnavailable) as refusal:
        twilio.send(NUMBER, text="000000 is your code")

    assert "token" not in refusal.value.detail
    assert "000000" not in refusal.value.detail
