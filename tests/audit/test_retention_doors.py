"""Retention, holds and anchors through their doors: HTTP, commands and pages."""

import io
import ipaddress
import json
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from audit import actions, queries
from audit.models import Anchor, HeldEntry, LegalHold, Receipt, RetentionPolicy
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.events import CATEGORIES
from kernel.tenancy import TenantRef
from tests import makers
from tests.audit.conftest import happen
from tests.audit.test_anchors import VERIFIER, grow
from tests.caller import Caller
from tests.conftest import Settings
from tests.console.browser import Browser


@pytest.fixture(autouse=True)
def open_loopback(settings: Settings) -> None:
    """The far ends of these tests stand on loopback."""
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.0/8"),)


@pytest.fixture
def caller() -> Caller:
    return Caller(host="acme.localhost", key=makers.make_key().secret)


@pytest.fixture
def second() -> Caller:
    return Caller(host="acme.localhost", key=makers.make_key(email="second@acme.example").secret)


def run(*words: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the document of a command in acme."""
    output = io.StringIO()
    try:
        with redirect_stdout(output):
            call_command(*words, "--tenant", "acme", "--json", stdout=output)
    except SystemExit as left:
        return int(left.code or 0), json.loads(output.getvalue() or "{}")
    return 0, json.loads(output.getvalue())


def test_a_period_is_set_read_and_guarded_by_its_etag(caller: Caller) -> None:
    unset = caller.get("/v1/audit/policies/data")
    made = caller.put("/v1/audit/policies/data", {"body_days": 60, "basis": "our rule"}, HTTP_IF_MATCH=unset["ETag"])
    stale = caller.put("/v1/audit/policies/data", {"body_days": 90, "basis": "our rule"}, HTTP_IF_MATCH=unset["ETag"])

    assert (unset.json()["body_days"], unset.json()["version"]) == (0, 0)
    assert (made.status_code, made["ETag"], made.json()["body_days"]) == (200, '"v1"', 60)
    assert stale.status_code == 412
    assert [row["category"] for row in caller.get("/v1/audit/policies").json()["data"]] == list(CATEGORIES)
    assert caller.get("/v1/audit/policies/gossip").status_code == 404
    assert RetentionPolicy.objects.count() == 1


def test_a_dry_run_tells_the_plan_and_a_run_refuses_what_is_not_due(caller: Caller) -> None:
    trial = caller.post("/v1/audit/prunings", {"dry_run": True})
    real = caller.post("/v1/audit/prunings", {})

    assert (trial.status_code, trial.json()["removed"]) == (200, [])
    assert {month["is_due"] for month in trial.json()["months"]} == {False}
    assert (real.status_code, real.json()["type"]) == (409, "/problems/audit-nothing-to-remove")
    assert caller.get("/v1/audit/prunings").json()["data"] == []


def test_a_hold_goes_through_its_life_over_http(caller: Caller, second: Caller) -> None:
    made = caller.post(
        "/v1/audit/holds",
        {"name": "Case 7", "reason": "A claim.", "terms": {"subject": "thing_1", "since": "2026-01-01T00:00:00Z"}},
    )
    place = made["Location"]
    asked = caller.put(f"{place}/lift-request", {"reason": "Closed."})
    own = caller.put(f"{place}/lift")
    lifted = second.put(f"{place}/lift")

    assert (made.status_code, made.json()["terms"]["since"]) == (201, "2026-01-01T00:00:00.000000Z")
    assert (asked.json()["state"], own.status_code, own.json()["type"]) == ("lift_asked", 403, "/problems/second-person-needed")
    assert (lifted.status_code, lifted.json()["state"]) == (200, "lifted")
    assert [row["state"] for row in caller.get("/v1/audit/holds?state=lifted").json()["data"]] == ["lifted"]
    assert caller.get(place).json()["lifted_by"] != caller.get(place).json()["lift_asked_by"]


def test_a_wish_is_taken_back_over_http(caller: Caller) -> None:
    place = caller.post("/v1/audit/holds", {"name": "Case", "reason": "A claim.", "terms": {}})["Location"]
    caller.put(f"{place}/lift-request", {"reason": "Closed."})

    assert caller.delete(f"{place}/lift-request").json()["state"] == "standing"
    assert caller.delete(f"{place}/lift-request").status_code == 409


def test_an_anchor_goes_through_its_life_over_http(caller: Caller, acme: TenantRef, owner: Actor) -> None:
    grow(acme, actor=owner)
    given = {"name": "W", "kind": "witness", "settings": {"url": "http://127.0.0.1:9", "verifier": VERIFIER}}
    made = caller.post("/v1/audit/anchors", given)
    place = made["Location"]
    changed = caller.patch(place, {"every_s": 3600})
    paused = caller.put(f"{place}/pause", {"reason": "Moved."})
    resumed = caller.delete(f"{place}/pause")
    tried = caller.post(f"{place}/test")

    assert (made.status_code, made.json()["target"], made.json()["state"]) == (201, "127.0.0.1", "live")
    assert (changed.json()["every_s"], paused.json()["state"], resumed.json()["state"]) == (3600, "paused", "live")
    assert (tried.json()["is_taken"], tried.json()["receipt"]) == (False, None)
    assert caller.get(place).json()["state"] == "failing"
    assert caller.delete(place).status_code == 204
    assert Anchor.objects.count() == 0


def receipt_of(acme: TenantRef, *, owner: Actor) -> Receipt:
    return Receipt.objects.create(checkpoint=grow(acme, actor=owner), anchor_id=ids.new_id(), kind="timestamp", receipt=b"\x30\x00")


def test_receipts_are_listed_by_checkpoint(caller: Caller, acme: TenantRef, owner: Actor) -> None:
    receipt = receipt_of(acme, owner=owner)

    found = caller.get(f"/v1/audit/checkpoints/{receipt.checkpoint.public_id}/receipts").json()["data"]

    assert [(row["content"], row["file"]) for row in found] == [("MAA=", f"{receipt.checkpoint.public_id}.tsr")]


def test_an_entry_of_a_removed_month_is_shown_from_its_copy(caller: Caller, owner: Actor) -> None:
    entry = queries.entry(happen(actor=owner, subject="thing_1"))
    copy = HeldEntry(
        entry_id=ids.new_id(), seq=10**9, received_at=entry.received_at, canonical=entry.canonical, mac=bytes(entry.mac),
        projection={"action": entry.action, "subject": "thing_1", "actor_id": owner.id, "outcome": "success"},
    )  # fmt: skip
    with tenancy.activate(tenancy.current(), purpose=tenancy.Purpose.MIGRATE):
        copy.save()

    found = caller.get(f"/v1/audit/entries/{ids.show('ent', copy.entry_id)}")

    assert (found.status_code, found.json()["document"]["subject"]["id"]) == (200, "thing_1")


def test_the_commands_set_plan_and_show(acme: TenantRef) -> None:
    code, told = run("retention", "set", "data", "--body-days", "60", "--basis", "our rule")
    dry, _ = run("retention", "preset", "sox", "--dry-run")
    plan, planned = run("retention", "plan")
    nothing, refused = run("retention", "prune")

    assert (code, told["policy"]["body_days"], dry) == (0, 60, 0)
    assert {row["body_days"] for row in run("retention", "list")[1]["policies"]} == {0, 60}
    assert (plan, {month["is_due"] for month in planned["months"]}) == (0, {False})
    assert (nothing, refused["problem"]["type"]) == (5, "/problems/audit-nothing-to-remove")
    assert run("retention", "prune", "--dry-run")[1]["dry_run"] is True
    assert run("retention", "history")[1]["prunings"] == []


def test_the_commands_place_a_hold_and_do_not_lift_it_alone(owner: Actor) -> None:
    code, told = run("hold", "place", "Case 7", "--reason", "A claim.", "--subject", "thing_1")
    identifier = told["hold"]["id"]

    assert (code, run("hold", "preview", "--subject", "nobody")[1]["entries"]) == (0, 0)
    assert run("hold", "ask-lift", identifier, "--reason", "Closed.")[1]["hold"]["state"] == "lift_asked"
    assert run("hold", "lift", identifier)[0] == 4
    assert run("hold", "refuse", identifier)[1]["hold"]["state"] == "standing"
    assert [row["id"] for row in run("hold", "list", "--state", "standing")[1]["holds"]] == [identifier]
    assert run("hold", "lift", "hld_nothing")[0] == 3


def test_the_commands_add_and_remove_an_anchor(tmp_path: Path, acme: TenantRef, owner: Actor) -> None:
    receipt = receipt_of(acme, owner=owner)
    code, told = run("anchor", "add", "W", "witness", "--url", "http://127.0.0.1:9", "--verifier", VERIFIER, "--every", "600")
    Receipt.objects.filter(pk=receipt.pk).update(anchor_id=ids.parse("anc", told["anchor"]["id"]))

    assert (code, told["anchor"]["every_s"]) == (0, 600)
    assert run("anchor", "pause", "W", "--reason", "Moved.")[1]["anchor"]["state"] == "paused"
    assert run("anchor", "resume", "W")[1]["anchor"]["state"] == "live"
    assert run("anchor", "test", "W")[0] == 6
    assert len(run("anchor", "receipts", "W", "--out", str(tmp_path))[1]["receipts"]) == 1
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".note", ".tsr"]
    assert [row["name"] for row in run("anchor", "list")[1]["anchors"]] == ["W"]
    assert run("anchor", "remove", "W", "--dry-run")[0] == 0
    assert run("anchor", "remove", "W")[0] == 0
    assert Anchor.objects.count() == 0


def test_a_witness_makes_a_key_once(tmp_path: Path) -> None:
    output = io.StringIO()
    call_command("witness", "make-key", "--key", str(tmp_path / "key"), "--name", "w.example/one", "--json", stdout=output)

    assert json.loads(output.getvalue())["verifier"].startswith("w.example/one+")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(SystemExit):
        call_command(
            "witness", "make-key", "--key", str(tmp_path / "key"), "--name", "w.example/one", "--json", stdout=io.StringIO()
        )


@pytest.fixture
def browser() -> Browser:
    """An owner who is signed in."""
    makers.make_person("boss@acme.example", roles=("owner",))
    return Browser().signed_in("boss@acme.example")


def test_pages_are_shown(browser: Browser, acme: TenantRef, owner: Actor) -> None:
    receipt = receipt_of(acme, owner=owner)
    hold = actions.place_hold("Case <7>", matter="", reason="A claim.", terms={}, actor=owner)
    wanted = actions.WantedAnchor(name="Box <1>", settings={"to": "a@acme.example"})
    anchor = actions.add_anchor("mail", wanted=wanted, actor=owner)
    Receipt.objects.filter(pk=receipt.pk).update(anchor_id=anchor.pk)
    paths = [
        "/audit/retention/", "/audit/retention/data", "/audit/retention/presets/sox", "/audit/retention/removal", "/audit/holds/", "/audit/holds/new",
        f"/audit/holds/{hold.public_id}", f"/audit/holds/{hold.public_id}/lift-request", f"/audit/holds/{hold.public_id}/lift", "/audit/anchors/",
        "/audit/anchors/new", "/audit/anchors/new?kind=object_lock", f"/audit/anchors/{anchor.public_id}", f"/audit/anchors/{anchor.public_id}/settings",
        f"/audit/anchors/{anchor.public_id}/pause", f"/audit/anchors/{anchor.public_id}/removal", f"/audit/receipts/{receipt.pk}",
    ]  # fmt: skip

    answers = {path: browser.get(path) for path in paths}

    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    assert "Case &lt;7&gt;" in answers["/audit/holds/"].content.decode()
    file = answers[f"/audit/receipts/{receipt.pk}"]
    assert b"".join(file.streaming_content if file.streaming else [file.content]) == b"\x30\x00"


def test_a_period_is_set_on_a_page_and_a_fault_stands_at_its_field(browser: Browser) -> None:
    wrong = browser.post("/audit/retention/data", {"body_days": "7", "seal_days": "0", "basis": "rule"})
    right = browser.post("/audit/retention/data", {"body_days": "70", "seal_days": "0", "basis": "rule"})

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert "between 30 and 36,500 days" in wrong.content.decode()
    assert queries.policy("data").body_days == 70


def test_a_hold_is_counted_placed_and_its_end_asked_for_on_pages(browser: Browser, owner: Actor) -> None:
    happen(actor=owner, subject="thing_77")
    form = {
        "name": "Case",
        "matter": "",
        "reason": "A claim.",
        "actor": "",
        "subject": "thing_77",
        "action": "",
        "since": "2026-01-01",
        "until": "",
    }

    counted = browser.post("/audit/holds/new", form | {"preview": "yes"})
    assert "It would name 1 entry now." in counted.content.decode()
    assert LegalHold.objects.count() == 0
    placed = browser.post("/audit/holds/new", form)
    hold = LegalHold.objects.get()
    browser.post(f"/audit/holds/{hold.public_id}/lift-request", {"reason": "Closed."})
    own = browser.post(f"/audit/holds/{hold.public_id}/lift", {})

    assert placed.status_code == 302
    assert own.status_code == 403
    assert queries.hold_state(queries.hold(hold.pk)) == "lift_asked"
    assert hold.since is not None
    assert hold.since <= clock.now()


def test_an_anchor_is_added_on_a_page(browser: Browser) -> None:
    wrong = browser.post("/audit/anchors/new?kind=mail", {"name": "Box", "to": "nobody", "every_s": "86400"})
    right = browser.post("/audit/anchors/new?kind=mail", {"name": "Box", "to": "audit@acme.example", "every_s": "86400"})

    assert (wrong.status_code, right.status_code) == (422, 302)
    assert Anchor.objects.get().settings == {"to": "audit@acme.example"}
