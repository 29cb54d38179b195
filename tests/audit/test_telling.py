"""Telling people of alerts: by real mail and HTTP servers, once, within limits, again after faults, and never to closed addresses."""

import ipaddress
from collections.abc import Iterator
from datetime import timedelta

import orjson
import pytest

from audit import actions, queries, tasks
from audit.alerts import telling
from audit.models import Alert, AlertChannel, ChannelKind, Notification
from audit.problems import ChannelNameTaken, ChannelNotFound, TooManyChannels
from kernel import clock
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid, MailRefused, UnsafeAddress
from tests import mailbox, makers
from tests.audit.alerting import act, person, watched
from tests.conftest import Settings
from tests.listeners import HttpSink, Reply, http_sink
from tests.mailbox import Mailbox

ROUTING = "0123456789abcdef0123456789abcdef"
RULE = """title: A thing <!channel> happened
logsource: {product: freehold, service: audit}
detection: {thing: {action: product.thing.happened}, condition: thing}
level: high
response: Look at it.
"""


@pytest.fixture(autouse=True)
def quiet(owner: Actor) -> None:
    watched()
    Alert.objects.all().delete()
    actions.create_rule("thing", text=RULE, actor=owner)
    for key in ("log-settings-changed", "webhook-target-changed", "off-hours-admin"):  # they look at what these tests do
        actions.disable_rule(key, reason="test", actor=owner)


@pytest.fixture
def sink(settings: Settings) -> Iterator[HttpSink]:
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.0/8"),)
    with http_sink(tls=False) as listening:
        yield listening


@pytest.fixture
def post(settings: Settings) -> Iterator[Mailbox]:
    with mailbox.listening() as listening:
        settings.MAIL_URL = listening.url
        yield listening


def channel(owner: Actor, kind: str, target: str, *, name: str = "Ops", from_severity: int = 3, most: int = 30) -> AlertChannel:
    return actions.create_channel(
        name, kind=ChannelKind(kind), target=target, from_severity=from_severity, most_per_hour=most, actor=owner
    )


def happen(times: int = 1) -> list[Alert]:
    for number in range(times):
        act("product.thing.happened", actor=person(number))
    return [alert for alert in watched() if alert.rule_key == "thing"]


def later(minutes: int) -> None:
    """Let time pass for what waits."""
    Notification.objects.all().update(not_before=clock.now() - timedelta(minutes=minutes))


def test_a_mail_tells_what_happened_and_what_to_do(owner: Actor, post: Mailbox) -> None:
    channel(owner, "mail", "security@example.com")
    (alert,) = happen()

    tasks.notify.run()
    tasks.notify.run()

    ((_, recipients, message),) = post.taken
    text = message.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert recipients == ["security@example.com"]
    assert str(message["Subject"]) == "[high] A thing <!channel> happened (acme)"
    assert "- Look at it." in text
    assert f"Concerns: actor.id={person(0).id}" in text
    assert f"http://acme.localhost:8000/audit/alerts/{alert.public_id}" in text
    assert [(each.channel, each.attempts, each.fault) for each in queries.told_of(alert)] == [("Ops", 0, "")]
    assert queries.alert(alert.id).told_at is not None


def test_a_webhook_gets_the_alert_for_machines(owner: Actor, sink: HttpSink) -> None:
    channel(owner, "webhook", f"{sink.url}/hook?token=secret")
    (alert,) = happen()

    assert actions.tell_due() == 1

    (request,) = sink.requests
    body = orjson.loads(request.body)
    assert (request.method, request.path) == ("POST", "/hook?token=secret")
    assert request.headers["idempotency-key"] == alert.public_id
    assert (body["type"], body["alert"], body["rule"], body["severity"], body["seqs"]) == (
        "audit.alert.opened", alert.public_id, "thing", 4, alert.seqs,
    )  # fmt: skip


def test_a_slack_shaped_message_pings_nobody(owner: Actor, sink: HttpSink) -> None:
    channel(owner, "slack", f"{sink.url}/services/T/B/x")
    happen()

    actions.tell_due()

    body = orjson.loads(sink.requests[0].body)
    assert body["text"] == "[high] A thing &lt;!channel&gt; happened (acme)"
    assert "<" not in body["attachments"][0]["text"]
    assert body["attachments"][0]["color"].startswith("#")


def test_a_pagerduty_shaped_message_is_one_incident(owner: Actor, sink: HttpSink) -> None:
    made = channel(owner, "pagerduty", f"{sink.url}/v2/enqueue#{ROUTING}")
    (alert,) = happen()

    actions.tell_due()

    (request,) = sink.requests
    body = orjson.loads(request.body)
    assert request.path == "/v2/enqueue"
    assert (body["routing_key"], body["event_action"], body["dedup_key"]) == (ROUTING, "trigger", alert.public_id)
    assert (body["payload"]["severity"], body["payload"]["source"]) == ("error", "acme")
    assert body["payload"]["custom_details"]["rule"] == "thing"
    assert ROUTING not in queries.trial_message(made)


def test_what_was_not_taken_is_told_again_and_given_up_at_last(owner: Actor, sink: HttpSink) -> None:
    channel(owner, "webhook", sink.url)
    sink.answer = lambda _request: Reply(status=500)
    (alert,) = happen()

    assert actions.tell_due() == 0
    assert actions.tell_due() == 0
    (row,) = Notification.objects.all()
    assert (row.attempts, row.told_at) == (1, None)
    assert 20 < (row.not_before - clock.now()).total_seconds() <= 30
    assert "answered 500" in queries.told_of(alert)[0].fault
    assert "answered 500" in AlertChannel.objects.get().fault
    later(1)
    sink.answer = lambda _request: Reply()
    assert actions.tell_due() == 1

    assert len(sink.requests) == 2
    assert AlertChannel.objects.get().fault == ""
    Notification.objects.update(told_at=None, attempts=queries.ATTEMPTS)
    assert not queries.due_notifications(at=clock.now()).exists()
    assert actions.tell_due() == 0


def test_above_the_limit_of_an_hour_alerts_are_told_together(owner: Actor, sink: HttpSink) -> None:
    channel(owner, "webhook", sink.url, most=2)
    happen(5)

    assert actions.tell_due() == 2
    assert actions.tell_due() == 0
    later(1)
    assert actions.tell_due() == 1

    bodies = [orjson.loads(request.body) for request in sink.requests]
    assert [body["type"] for body in bodies] == ["audit.alert.opened", "audit.alert.opened", "audit.alerts.digest"]
    assert (bodies[2]["number"], len(bodies[2]["alerts"])) == (3, 3)
    assert Notification.objects.filter(told_at=None).count() == 0


def test_who_wants_only_grave_ones_and_who_paused_hears_nothing(owner: Actor, sink: HttpSink) -> None:
    channel(owner, "webhook", f"{sink.url}/grave", name="Grave", from_severity=5)
    paused = channel(owner, "webhook", f"{sink.url}/paused", name="Paused")
    actions.pause_channel(paused.id, actor=owner)
    happen()
    actions.resume_channel(paused.id, actor=owner)

    assert actions.tell_due() == 0
    assert sink.requests == []


def test_a_muted_rule_opens_alerts_that_nobody_is_told_of(owner: Actor, sink: HttpSink) -> None:
    channel(owner, "webhook", sink.url)
    actions.mute_rule("thing", until=clock.now() + timedelta(hours=1), actor=owner)

    assert len(happen()) == 1

    assert not queries.due_notifications(at=clock.now()).exists()
    with pytest.raises(Invalid):
        actions.mute_rule("thing", until=clock.now() - timedelta(hours=1), actor=owner)


def test_a_test_message_shows_on_the_channel_what_came_of_it(owner: Actor, sink: HttpSink) -> None:
    made = channel(owner, "webhook", f"{sink.url}/secret-token")

    sent = actions.test_channel(made.id, actor=owner)
    tasks.test_channel.run(channel_id=str(made.id))
    good = queries.channel(made.id)
    sink.answer = lambda _request: Reply(status=404)
    tasks.test_channel.run(channel_id=str(made.id))

    assert "Test of the channel Ops" in sent
    assert orjson.loads(sink.requests[0].body) == orjson.loads(sent)
    assert (good.fault, good.told_at is not None) == ("", True)
    assert "answered 404" in queries.channel(made.id).fault


@pytest.mark.parametrize(
    ("kind", "target", "refusal"),
    [
        ("webhook", "https://127.0.0.1/hook", UnsafeAddress),
        ("slack", "http://169.254.169.254/latest", UnsafeAddress),
        ("webhook", "file:///etc/passwd", UnsafeAddress),
        ("pagerduty", f"https://10.0.0.1/v2/enqueue#{ROUTING}", UnsafeAddress),
        ("pagerduty", "https://events.example/v2/enqueue", Invalid),
        ("mail", "nobody", MailRefused),
        ("mail", "a@example.com\r\nBcc: b@example.com", MailRefused),
    ],
)
def test_an_address_that_may_not_be_called_makes_no_channel(owner: Actor, kind: str, target: str, refusal: type[Exception]) -> None:
    number = queries.entries().count()

    with pytest.raises(refusal):
        channel(owner, kind, target)

    assert (AlertChannel.objects.count(), queries.entries().count()) == (0, number)


def test_an_address_is_checked_again_when_it_is_called(owner: Actor, sink: HttpSink, settings: Settings) -> None:
    channel(owner, "webhook", sink.url)
    (alert,) = happen()
    settings.OUTBOUND_PRIVATE = ()

    assert actions.tell_due() == 0

    assert sink.requests == []
    assert queries.told_of(alert)[0].fault != ""


def test_a_target_is_sealed_and_shown_only_in_part(owner: Actor, sink: HttpSink) -> None:
    made = channel(owner, "webhook", f"{sink.url}/very-secret-token")
    row = AlertChannel.objects.get(id=made.id)

    assert "secret" not in row.sealed_target + row.shown_target
    assert row.shown_target == "localhost …oken"
    assert telling.opened(row) == f"{sink.url}/very-secret-token"
    assert "very-secret" not in "".join(entry.canonical for entry in queries.entries(action="audit.channel.created"))


def test_channels_are_changed_and_removed_by_who_may(owner: Actor, sink: HttpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    made = channel(owner, "webhook", sink.url)
    happen()

    changed = actions.change_channel(
        made.id, name="New", target="", from_severity=5, most_per_hour=1, actor=owner, expected_version=1
    )
    with pytest.raises(Forbidden):
        actions.delete_channel(made.id, actor=makers.person_actor(grants=frozenset({"read:*"})))
    with pytest.raises(ChannelNameTaken):
        channel(owner, "webhook", sink.url, name="New")
    monkeypatch.setattr("audit.actions.channels.CHANNELS", 1)
    with pytest.raises(TooManyChannels):
        channel(owner, "webhook", sink.url, name="Other")
    actions.delete_channel(made.id, actor=owner, expected_version=2)

    assert (changed.name, changed.from_severity, changed.version) == ("New", 5, 2)
    assert not Notification.objects.exists()
    with pytest.raises(ChannelNotFound):
        queries.channel(made.id)
