"""By command what the console and the API can do too: saved views, changing streams, anchors and channels, pausing, unmuting, presets."""

import io
import ipaddress
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from audit import actions, queries
from audit.actions import Wanted, WantedAnchor
from audit.models import AlertChannel, Anchor, Entry, RetentionPolicy, SavedView, Stream
from kernel import tenancy
from kernel.actors import Actor
from kernel.events import CATEGORIES
from kernel.tenancy import TenantRef
from tests import makers
from tests.audit.test_anchors import VERIFIER
from tests.caller import Caller
from tests.conftest import Settings

KEY = "a-signing-key-of-24-signs-or-more"


@pytest.fixture(autouse=True)
def near(acme: TenantRef, settings: Settings) -> None:
    """Acme, from where addresses of this machine may be called."""
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.0/8"),)


def run(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the document of a command in acme."""
    output, code = io.StringIO(), 0
    with tenancy.outside(), redirect_stdout(output):
        try:
            call_command(*words, "--tenant", "acme", "--json", stdout=output)
        except SystemExit as left:
            code = int(str(left.code))
    return code, orjson.loads(output.getvalue() or b"{}")


def told(action: str) -> int:
    """How many entries tell of something."""
    return Entry.objects.filter(action=action).count()


def test_a_view_is_saved_listed_changed_and_removed(owner: Actor) -> None:
    own = actions.save_view("Mine", filters={}, actor=owner)

    dry = run("audit", "view-save", "Refusals", "--outcome", "denied", "--dry-run")
    nothing = SavedView.objects.exclude(pk=own.pk).count()
    code, made = run("audit", "view-save", "Refusals", "--outcome", "denied")
    identifier = made["view"]["id"]
    listed = run("audit", "views", "--q", "refus")[1]["views"]
    renamed = run("audit", "view-change", identifier, "--name", "Denied")[1]["view"]
    refilled = run("audit", "view-change", identifier, "--severity", "3", "--audience", "own")[1]["view"]
    taken = run("audit", "view-save", "Denied")
    kept = run("audit", "view-remove", identifier, "--dry-run")[1]
    gone = run("audit", "view-remove", identifier)

    assert (dry[0], dry[1]["dry_run"], nothing) == (0, True, 0)
    assert (code, made["view"]["filters"], made["view"]["audience"]) == (0, {"outcome": "denied"}, "shared")
    assert [view["id"] for view in listed] == [identifier]
    assert (renamed["name"], renamed["filters"]) == ("Denied", {"outcome": "denied"})
    assert (refilled["name"], refilled["filters"], refilled["audience"]) == ("Denied", {"severity": 3}, "own")
    assert (taken[0], taken[1]["problem"]["type"]) == (5, "/problems/audit-view-name-taken")
    assert (kept["dry_run"], gone[0], gone[1]["removed"]["name"]) == (True, 0, "Denied")
    assert list(SavedView.objects.values_list("name", flat=True)) == ["Mine"]
    assert [told(f"audit.view.{what}") for what in ("saved", "changed", "removed")] == [2, 2, 1]


def test_somebody_elses_own_view_is_out_of_a_commands_reach(owner: Actor) -> None:
    own = actions.save_view("Mine", filters={}, actor=owner)

    code, refused = run("audit", "view-remove", own.public_id)

    assert (code, refused["problem"]["type"]) == (3, "/problems/audit-view-not-found")
    assert run("audit", "view-save", "V", "--since", "yesterday")[0] == 2
    assert SavedView.objects.get() == own


def test_a_stream_is_changed_and_what_is_left_out_stays(owner: Actor, tmp_path: Path) -> None:
    wanted = Wanted(
        name="SIEM", settings={"url": "https://127.0.0.1/in"}, secret={"signing_key": KEY}, format="ecs", filters={"severity": "3"}
    )
    stream = actions.create_stream("https", wanted=wanted, from_seq=None, actor=owner)
    (tmp_path / "secret").write_text(f"signing_key={KEY}\n")
    moving = ("change", "SIEM", "--url", "https://127.0.0.1/other")

    renamed = run("stream", "change", "SIEM", "--name", "Lake", "--dry-run")[1]["stream"]
    filtered = run("stream", "change", "SIEM", "--filter", "outcome=denied")[1]["stream"]
    opened = run("stream", "change", "SIEM", "--everything", "--format", "jsonl")[1]["stream"]
    bare = run("stream", *moving)
    moved = run("stream", *moving, "--secret-file", str(tmp_path / "secret"))[1]["stream"]
    same = run("stream", "change", "SIEM")

    after = Stream.objects.get(pk=stream.pk)
    assert (renamed["name"], after.name) == ("Lake", "SIEM")
    assert (filtered["filters"], filtered["format"]) == ({"outcome": "denied"}, "ecs")
    assert (opened["filters"], opened["format"]) == ({}, "jsonl")
    assert (bare[0], moved["settings"]["url"], after.settings["url"]) == (2, "https://127.0.0.1/other", "https://127.0.0.1/other")
    assert same[0] == 2
    assert told("audit.stream.changed") == 3


def test_an_anchor_is_changed_and_what_is_left_out_stays(owner: Actor) -> None:
    wanted = WantedAnchor(name="W", settings={"url": "http://127.0.0.1:9", "verifier": VERIFIER}, every_s=600)
    anchor = actions.add_anchor("witness", wanted=wanted, actor=owner)

    dry = run("anchor", "change", "W", "--every", "900", "--dry-run")[1]["anchor"]
    slower = run("anchor", "change", anchor.public_id, "--every", "1200")[1]["anchor"]
    moved = run("anchor", "change", "W", "--name", "Witness", "--url", "http://127.0.0.1:10")[1]["anchor"]
    missing = run("anchor", "change", "W", "--every", "900")

    after = Anchor.objects.get(pk=anchor.pk)
    assert (dry["every_s"], slower["every_s"], after.every_s) == (900, 1200, 1200)
    assert (moved["name"], after.name) == ("Witness", "Witness")
    assert after.settings == {"url": "http://127.0.0.1:10", "verifier": VERIFIER, "ca": ""}
    assert missing[0] == 3
    assert told("audit.anchor.changed") == 2


def test_a_channel_is_changed_paused_and_resumed() -> None:
    made = run("alert", "channel-create", "Ops", "--kind", "webhook", "--target", "https://127.0.0.1/hook")[1]
    sealed = AlertChannel.objects.get().sealed_target

    dry = run("alert", "channel-change", made["id"], "--name", "Night", "--dry-run")[1]
    changed = run("alert", "channel-change", made["id"], "--name", "Night", "--from-severity", "5")[1]
    kept = AlertChannel.objects.get()
    moved = run("alert", "channel-change", made["id"], "--target", "https://127.0.0.2/hook", "--most-per-hour", "3")[1]
    paused = run("alert", "channel-pause", made["id"])[1]
    resumed = run("alert", "channel-resume", made["id"])[1]

    assert (dry["dry_run"], dry["name"]) == (True, "Night")
    assert (changed["name"], changed["from_severity"], changed["most_per_hour"]) == ("Night", 5, 30)
    assert (kept.name, kept.sealed_target) == ("Night", sealed)
    assert (moved["name"], moved["from_severity"], moved["most_per_hour"]) == ("Night", 5, 3)
    assert AlertChannel.objects.get().sealed_target != sealed
    assert (paused["is_paused"], resumed["is_paused"]) == (True, False)
    assert [told(f"audit.channel.{what}") for what in ("changed", "paused", "resumed")] == [2, 1, 1]


def test_a_muted_rule_is_unmuted() -> None:
    muted = run("alert", "rule-mute", "break-glass", "--hours", "2")[1]

    dry = run("alert", "rule-unmute", "break-glass", "--dry-run")[1]
    still = queries.alert_rule("break-glass").muted_until
    unmuted = run("alert", "rule-unmute", "break-glass")[1]

    assert (muted["muted_until"] is None, dry["muted_until"], still is None) == (False, None, False)
    assert unmuted["muted_until"] is None
    assert run("alert", "rule-unmute", "nothing")[0] == 3
    assert told("audit.rule.unmuted") == 1


def test_presets_are_listed_and_applied_over_http() -> None:
    caller = Caller(host="acme.localhost", key=makers.make_key(email="owner2@acme.example").secret)

    listed = caller.get("/v1/audit/presets").json()["data"]
    unknown = caller.put("/v1/audit/policies", {"preset": "gossip"})
    untouched = RetentionPolicy.objects.count()
    applied = caller.put("/v1/audit/policies", {"preset": "sox"})

    assert [(row["preset"], row["body_days"]) for row in listed] == [("hipaa", 2192), ("pci-dss", 366), ("sox", 2557)]
    assert (unknown.status_code, untouched) == (422, 0)
    assert (applied.status_code, [row["category"] for row in applied.json()["data"]]) == (200, list(CATEGORIES))
    assert {(row["body_days"], row["seal_days"]) for row in applied.json()["data"]} == {(2557, 0)}
    assert told("audit.policy.preset_applied") == 1


def test_who_may_only_read_applies_no_preset() -> None:
    key = makers.make_key(email="vera@acme.example", scopes=("read:*",)).secret
    reader = Caller(host="acme.localhost", key=key)

    answers = [reader.get("/v1/audit/presets"), reader.put("/v1/audit/policies", {"preset": "sox"})]

    assert [answer.status_code for answer in answers] == [200, 403]
    assert RetentionPolicy.objects.count() == 0
