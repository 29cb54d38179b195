"""How names, states and documents look on pages."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from console import catalogue
from console.templatetags import console as tags
from identity.models import KeyState, Status
from kernel import clock, events
from tenants.models import CellState, TenantState


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Dana Okafor", "DO"), ("Ada", "A"), ("maría de la cruz", "MC"), ("", "?"), ("(x) Åsa", "Å"), ("李 文", "李文")],
)
def test_initials(name: str, shown: str) -> None:
    assert tags.initials(name) == shown


@pytest.mark.parametrize(
    ("action", "shown"),
    [
        ("identity.api_key.created", "API key created"),
        ("tenants.tenant.provisioning_failed", "Tenant provisioning failed"),
        ("identity.session.started", "Signed in"),
        ("GET /people/", "GET /people/"),
    ],
)
def test_an_action_reads_as_words(action: str, shown: str) -> None:
    assert tags.words(action) == shown


def test_every_event_has_words() -> None:
    assert all(" " in tags.words(name) and "." not in tags.words(name) for name in events.CATALOGUE)


@pytest.mark.parametrize(
    "state", [*Status, *KeyState, *TenantState, *CellState, "success", "failure", "denied", "queued", "succeeded"]
)
def test_every_state_has_a_tone_and_a_word(state: str) -> None:
    assert str(state) in tags.STATES


def test_a_badge_escapes_a_state_that_it_does_not_know() -> None:
    assert "<script>" not in tags.badge("<script>")


def test_a_moment_is_shown_in_utc_for_those_without_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 12, 31, 23, 59, tzinfo=UTC))

    shown = tags.moment(datetime(2026, 11, 21, 1, 5, tzinfo=timezone(timedelta(hours=3))))

    assert '<time datetime="2026-11-20T22:05:00+00:00" title="2026-11-20 22:05:00 UTC">20 Nov, 22:05</time>' in shown
    assert tags.moment(None, "never") == "never"
    assert ">2 Jan 2027, 03:04<" in tags.moment(datetime(2027, 1, 2, 3, 4, tzinfo=UTC))


def test_a_document_is_escaped_in_every_place() -> None:
    shown = tags.json({"<b>": "<script>alert(1)</script>", "list": ["<i>", 3, None], "empty": {}})

    assert "<script>" not in shown
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert shown.count('class="key"') == 3
    assert '<span class="value">3</span>' in shown


def test_permissions_are_grouped_by_resource() -> None:
    found = catalogue.grouped(["read:identity.api_keys", "write:identity.api_keys", "read:audit.entries"])

    assert [(resource.label, [choice.verb for choice in resource.permissions]) for resource in found] == [
        ("API keys", ["Read", "Write"]),
        ("Audit log", ["Read"]),
    ]


def test_a_tenants_catalogue_lacks_the_operators_permissions() -> None:
    resources = {resource.name for resource in catalogue.resources()}

    assert {name for name in resources if name.startswith("tenants.")} == {"tenants.own_domains"}
    assert {name.partition(".")[0] for name in resources} == {"identity", "audit", "operations", "tenants"}
