"""The pages of alerts, rules and channels."""

import ipaddress
from collections.abc import Iterator

import pytest

from audit import actions, queries
from audit.models import Alert, AlertRule
from tests.audit.alerting import act, person, watched
from tests.conftest import Settings
from tests.console.browser import Browser, text_of
from tests.listeners import HttpSink, http_sink
from tests.makers import OPERATOR

RULE = """title: A <b>thing</b> happened
logsource: {product: freehold, service: audit}
detection: {thing: {action: product.thing.happened}, condition: thing}
level: high
response: Look at it.
"""


@pytest.fixture
def alert() -> Alert:
    watched()
    Alert.objects.all().delete()
    actions.create_rule("thing", text=RULE, actor=OPERATOR)
    act("product.thing.happened", actor=person())
    return next(found for found in watched() if found.rule_key == "thing")


@pytest.fixture
def sink(settings: Settings) -> Iterator[HttpSink]:
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.0/8"),)
    with http_sink(tls=False) as listening:
        yield listening


def test_an_alert_is_found_read_acknowledged_and_closed(owner_browser: Browser, alert: Alert) -> None:
    address = f"/audit/alerts/{alert.public_id}"

    listed = text_of(owner_browser.get("/audit/alerts/?state=unanswered&severity=4&q=thing"))
    none = text_of(owner_browser.get("/audit/alerts/?q=nothing-like-it"))
    page = text_of(owner_browser.get(address))
    seen = owner_browser.post(f"{address}/acknowledgement", {"note": "Looking", "version": 1})
    late = owner_browser.post(f"{address}/closure", {"note": "", "version": 1})
    closed = owner_browser.post(f"{address}/closure", {"note": "Test", "version": 2})

    assert "A &lt;b&gt;thing&lt;/b&gt; happened" in listed
    assert address in listed
    assert address not in none
    assert "Look at it." in page
    assert "Place " in page
    assert seen["Location"] == address
    assert late.status_code == 412
    assert closed["Location"] == "/audit/alerts/"
    found = queries.alert(alert.id)
    assert (found.state, found.note, found.version) == ("closed", "Test", 3)


def test_the_tab_counts_open_alerts(owner_browser: Browser, alert: Alert) -> None:
    Alert.objects.exclude(id=alert.id).delete()

    page = text_of(owner_browser.get("/audit/rules/"))

    assert 'Alerts <span class="tag">1</span>' in page


def test_a_rule_is_tried_made_changed_muted_disabled_and_deleted(owner_browser: Browser) -> None:
    act("product.thing.happened", actor=person())
    watched()

    bad = owner_browser.post("/audit/rules/new", {"key": "own", "text": RULE.replace("level: high", "level: hi")})
    tried = owner_browser.post("/audit/rules/new", {"key": "own", "text": RULE, "try": "1"})
    exists_after_trial = AlertRule.objects.filter(key="own").exists()
    made = owner_browser.post("/audit/rules/new", {"key": "own", "text": RULE.replace("\n", "\r\n")})
    stored, shown = queries.alert_rule("own").text, text_of(owner_browser.get("/audit/rules/own"))
    late = owner_browser.post("/audit/rules/own", {"text": RULE.replace("high", "low"), "version": 9})
    saved = owner_browser.post("/audit/rules/own", {"text": RULE.replace("high", "low"), "version": 1})
    owner_browser.post("/audit/rules/own/mute", {"hours": "8"})
    muted = queries.alert_rule("own").muted_until
    owner_browser.post("/audit/rules/own/mute", {"hours": "0"})
    owner_browser.post("/audit/rules/own/disablement", {"reason": "noise"})
    disabled = queries.alert_rule("own")
    owner_browser.post("/audit/rules/own/enablement")
    enabled = queries.alert_rule("own")
    gone = owner_browser.post("/audit/rules/own/deletion")

    assert bad.status_code == 422
    assert "Line 4:" in text_of(bad)
    assert "1 time among" in text_of(tried)
    assert (tried.status_code, exists_after_trial) == (200, False)
    assert made["Location"] == saved["Location"] == "/audit/rules/own"
    assert (stored, "A &lt;b&gt;thing" in shown) == (RULE, True)
    assert late.status_code == 412
    assert muted is not None
    assert (disabled.is_enabled, disabled.muted_until, disabled.severity, enabled.is_enabled) == (False, None, 2, True)
    assert gone["Location"] == "/audit/rules/"
    assert not AlertRule.objects.filter(key="own").exists()


def test_a_built_in_rule_is_read_and_copied_and_not_changed(owner_browser: Browser) -> None:
    page = text_of(owner_browser.get("/audit/rules/impossible-travel"))
    copy = text_of(owner_browser.get("/audit/rules/new?from=impossible-travel"))
    refused = owner_browser.post("/audit/rules/impossible-travel", {"text": RULE, "version": 0})

    assert "Save changes" not in page
    assert "travel.kmh" in page
    assert "travel.kmh|gt: 900" in copy
    assert refused.status_code == 409


def test_a_channel_is_made_tested_changed_paused_and_deleted(owner_browser: Browser, sink: HttpSink) -> None:
    closed = {"name": "Ops", "kind": "webhook", "target": "https://10.0.0.1/x", "from_severity": "3", "most_per_hour": "30"}

    refused = owner_browser.post("/audit/channels/new", closed)
    made = owner_browser.post("/audit/channels/new", {**closed, "target": f"{sink.url}/secret-token"})
    channel = queries.channels().get()
    address = f"/audit/channels/{channel.public_id}"
    page = text_of(owner_browser.get(address))
    tested = owner_browser.post(f"{address}/test")
    saved = owner_browser.post(address, {"name": "Ops 2", "target": "", "from_severity": "4", "most_per_hour": "5", "version": 1})
    owner_browser.post(f"{address}/pause")
    paused = queries.channel(channel.id)
    owner_browser.post(f"{address}/resumption")
    listed = text_of(owner_browser.get("/audit/channels/?q=ops"))
    gone = owner_browser.post(f"{address}/deletion")

    assert refused.status_code == 422
    assert made["Location"] == tested["Location"] == saved["Location"] == address
    assert "Test of the channel Ops" in page
    assert "secret-token" not in page
    assert (paused.name, paused.from_severity, paused.most_per_hour, paused.paused_at is not None) == ("Ops 2", 4, 5, True)
    assert "Ops 2" in listed
    assert gone["Location"] == "/audit/channels/"
    assert not queries.channels().exists()


def test_who_may_only_read_sees_no_buttons_and_may_not_post(member_browser: Browser, owner_browser: Browser, alert: Alert) -> None:
    assert owner_browser.get("/audit/alerts/").status_code == 200
    assert member_browser.get("/audit/alerts/").status_code == 403
    assert member_browser.post(f"/audit/alerts/{alert.public_id}/closure", {"note": ""}).status_code == 403
    assert member_browser.get("/audit/rules/").status_code == 403
    assert member_browser.post("/audit/rules/new", {"key": "x", "text": RULE}).status_code == 403
    assert member_browser.get("/audit/channels/").status_code == 403
    assert queries.alert(alert.id).state == "open"
