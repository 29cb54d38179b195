"""Alerts, rules and channels for programs and operators."""

import io
import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from audit import actions, queries
from audit.models import Alert, AlertChannel, AlertRule
from tests import makers
from tests.audit.alerting import act, person, watched
from tests.caller import Caller
from tests.conftest import Settings
from tests.listeners import HttpSink, http_sink

RULE = """title: A thing happened
logsource: {product: freehold, service: audit}
detection: {thing: {action: product.thing.happened}, condition: thing}
level: high
"""


@pytest.fixture
def alert() -> Alert:
    watched()
    Alert.objects.all().delete()
    actions.create_rule("thing", text=RULE, actor=makers.OPERATOR)
    act("product.thing.happened", actor=person())
    return next(found for found in watched() if found.rule_key == "thing")


@pytest.fixture
def caller(client: Caller) -> Caller:
    client.key = makers.make_key().secret
    return client


@pytest.fixture
def sink(settings: Settings) -> Iterator[HttpSink]:
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.0/8"),)
    with http_sink(tls=False) as listening:
        yield listening


def test_alerts_are_listed_shown_and_answered(caller: Caller, alert: Alert) -> None:
    address = f"/v1/audit/alerts/{alert.public_id}"

    listed = caller.get("/v1/audit/alerts?state=open&severity=4&rule=thing&q=thing").json()
    other = caller.get("/v1/audit/alerts?state=closed").json()
    shown = caller.get(address)
    seen = caller.put(f"{address}/acknowledgement", {"note": "Looking"}, HTTP_IF_MATCH=shown["ETag"])
    late = caller.put(f"{address}/closure", {}, HTTP_IF_MATCH=shown["ETag"])
    closed = caller.put(f"{address}/closure", {"note": "Test"}, HTTP_IF_MATCH=seen["ETag"])
    again = caller.put(f"{address}/closure", {})

    assert [each["id"] for each in listed["data"]] == [alert.public_id]
    assert other["data"] == []
    assert (shown["ETag"], shown.json()["entries"][0]["action"], shown.json()["told"]) == ('"v1"', "product.thing.happened", [])
    assert (seen.status_code, seen.json()["state"]) == (200, "acknowledged")
    assert (late.status_code, late.json()["type"]) == (412, "/problems/precondition-failed")
    assert (closed.json()["state"], closed.json()["note"]) == ("closed", "Test")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/alert-is-closed")


def test_rules_are_listed_made_tried_changed_and_deleted(caller: Caller) -> None:
    listed = caller.get("/v1/audit/rules").json()["data"]
    bad = caller.post("/v1/audit/rules", {"key": "own", "text": RULE.replace("level: high", "level: x")})
    made = caller.post("/v1/audit/rules", {"key": "own", "text": RULE})
    tried = caller.post("/v1/audit/rules/test", {"text": RULE, "last": 10})
    changed = caller.patch("/v1/audit/rules/own", {"text": RULE.replace("high", "low")}, HTTP_IF_MATCH=made["ETag"])
    late = caller.delete("/v1/audit/rules/own", HTTP_IF_MATCH=made["ETag"])
    disabled = caller.put("/v1/audit/rules/own/disablement", {"reason": "noise"})
    enabled = caller.delete("/v1/audit/rules/own/disablement")
    muted = caller.put("/v1/audit/rules/break-glass/mute", {"until": "2999-01-01T00:00:00Z"})
    past = caller.put("/v1/audit/rules/break-glass/mute", {"until": "2001-01-01T00:00:00Z"})
    unmuted = caller.delete("/v1/audit/rules/break-glass/mute")
    gone = caller.delete("/v1/audit/rules/own")

    assert len(listed) == 21
    assert all(each["is_builtin"] and each["is_enabled"] and each["text"] and not each["faults"] for each in listed)
    assert (bad.status_code, bad.json()["type"], bad.json()["faults"][0]["line"]) == (422, "/problems/rule-invalid", 4)
    assert (made.status_code, made["Location"], made.json()["severity"]) == (201, "/v1/audit/rules/own", 4)
    assert tried.json()["number"] == 0
    assert (changed.json()["severity"], changed["ETag"]) == (2, '"v2"')
    assert late.status_code == 412
    assert (disabled.json()["is_enabled"], enabled.json()["is_enabled"]) == (False, True)
    assert muted.json()["muted_until"] == "2999-01-01T00:00:00.000000Z"
    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (422, "/until")
    assert unmuted.json()["muted_until"] is None
    assert gone.status_code == 204
    assert caller.get("/v1/audit/rules/own").status_code == 404


def test_channels_are_made_changed_tested_and_deleted(caller: Caller, sink: HttpSink) -> None:
    body: dict[str, Any] = {"name": "Ops", "kind": "webhook", "target": f"{sink.url}/token"}

    closed = caller.post("/v1/audit/channels", {**body, "target": "https://10.0.0.1/"})
    made = caller.post("/v1/audit/channels", body)
    address = f"/v1/audit/channels/{made.json()['id']}"
    changed = caller.patch(address, {"from_severity": 5}, HTTP_IF_MATCH=made["ETag"])
    tested = caller.post(f"{address}/test")
    paused, resumed = caller.put(f"{address}/pause"), caller.delete(f"{address}/pause")
    listed = caller.get("/v1/audit/channels?q=op").json()["data"]
    gone = caller.delete(address)

    assert (closed.status_code, closed.json()["type"]) == (422, "/problems/unsafe-address")
    assert (made.status_code, made.json()["target"], "token" in made.content.decode()) == (201, "localhost …oken", False)
    assert (changed.json()["from_severity"], changed.json()["name"]) == (5, "Ops")
    assert (tested.status_code, "Test of the channel Ops" in tested.json()["sent"]) == (202, True)
    assert (paused.json()["is_paused"], resumed.json()["is_paused"]) == (True, False)
    assert [each["id"] for each in listed] == [made.json()["id"]]
    assert (gone.status_code, AlertChannel.objects.count()) == (204, 0)


def test_who_may_only_read_changes_nothing(client: Caller, alert: Alert) -> None:
    client.key = makers.make_key(scopes=("read:*",)).secret

    answers = [
        client.put(f"/v1/audit/alerts/{alert.public_id}/closure", {}),
        client.post("/v1/audit/rules", {"key": "own", "text": RULE}),
        client.put("/v1/audit/rules/thing/disablement", {}),
        client.post("/v1/audit/rules/test", {"text": RULE}),
        client.post("/v1/audit/channels", {"name": "x", "kind": "mail", "target": "a@example.com"}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert client.get("/v1/audit/alerts").status_code == 200
    assert (queries.alert(alert.id).state, AlertRule.objects.filter(key="own").exists()) == ("open", False)


def command(*words: str, code: int = 0) -> Any:
    """What `manage.py alert … --json` prints."""
    out, ended_with = io.StringIO(), 0
    try:
        call_command("alert", *words, "--json", "--tenant", "acme", stdout=out)
    except SystemExit as ended:
        ended_with = int(str(ended.code))
    assert ended_with == code
    return orjson.loads(out.getvalue())


def test_an_operator_does_the_same_by_commands(alert: Alert, tmp_path: Path, sink: HttpSink) -> None:
    file = tmp_path / "rule.yml"
    file.write_text(RULE.replace("A thing", "The thing"))

    listed = command("list", "--rule", "thing")
    command("acknowledge", alert.public_id, "--note", "Looking", "--dry-run")
    still = queries.alert(alert.id).state
    command("acknowledge", alert.public_id, "--note", "Looking")
    command("close", alert.public_id)
    shown = command("show", alert.public_id)
    tried = command("rule-test", str(file), code=6)
    command("rule-create", "own", str(file))
    command("rule-disable", "own", "--reason", "noise")
    rules = command("rules", "--q", "own")["rules"]
    command("rule-enable", "own")
    command("rule-mute", "own", "--hours", "1")
    command("rule-delete", "own")
    channel = command("channel-create", "Ops", "--kind", "webhook", "--target", sink.url)
    sent = command("channel-test", channel["id"])
    channels = command("channels")["channels"]
    command("channel-delete", channel["id"])
    missing = command("rule-delete", "own", code=3)

    assert [each["id"] for each in listed["alerts"]] == [alert.public_id]
    assert (still, shown["state"]) == ("open", "closed")
    assert tried["number"] == 1
    assert [(each["key"], each["is_enabled"]) for each in rules] == [("own", False)]
    assert "Test of the channel" in sent["sent"]
    assert [each["name"] for each in channels] == ["Ops"]
    assert missing["problem"]["type"] == "/problems/rule-not-found"
