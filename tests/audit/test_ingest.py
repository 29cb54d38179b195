"""The product tells: what is taken, once, in one form with Freehold's own; and what is refused with nothing of the message kept."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from audit import personal
from audit.ingest import reading
from audit.models import Entry, IngestedKey
from audit.problems import ActionUnknown, EventChanged, WrongTrail
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid
from kernel.tenancy import TenantRef
from tests import makers
from tests.audit.ingesting import EVENT, product_entries, registered, tell, teller
from tests.caller import Caller
from tests.tenants.commands import run

__all__ = ["registered", "teller"]


def nested(levels: int) -> Any:
    """Lists within one another."""
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.usefixtures("registered")
def test_an_event_stands_in_the_trail_in_the_form_of_our_own(teller: Actor) -> None:
    (taken,) = tell(EVENT, actor=teller)

    shown = personal.opened(Entry.objects.get(pk=taken.entry_id))
    assert (shown["source"], shown["action"], shown["category"], shown["severity"], shown["outcome"]) == (
        "product", "invoice.paid", "data", 2, "success",
    )  # fmt: skip
    assert shown["occurred_at"] == "2026-01-31T10:59:58.250000Z"
    assert (shown["actor"]["kind"], shown["actor"]["id"], shown["actor"]["label"]) == ("person", "u-93", "Olive Owner")
    assert shown["subject"] == {"id": "inv-4711", "kind": "invoice", "label": "Invoice 4711"}
    assert shown["details"] == {"number": "4711", "payer": "Pia Payer"}
    assert shown["changes"] == {"state": ["open", "paid"]}
    assert (shown["context"]["address"], shown["context"]["told_by"]) == ("192.0.2.7", teller.id)


@pytest.mark.usefixtures("registered")
def test_an_event_is_taken_once_for_ever(teller: Actor) -> None:
    (first,) = tell(EVENT, actor=teller)

    (again, other) = tell(EVENT, {**EVENT, "id": "paid-4712"}, actor=teller)
    twice = tell({**EVENT, "id": "paid-4713"}, {**EVENT, "id": "paid-4713"}, actor=teller)

    assert (again.entry_id, again.is_new, other.is_new) == (first.entry_id, False, True)
    assert twice[0].entry_id == twice[1].entry_id
    assert len(product_entries()) == 3


@pytest.mark.usefixtures("registered")
def test_the_same_id_with_another_content_is_refused_and_nothing_of_the_message_is_taken(teller: Actor) -> None:
    tell(EVENT, actor=teller)

    with pytest.raises(EventChanged) as refusal:
        tell({**EVENT, "id": "new"}, {**EVENT, "outcome": "failure"}, actor=teller)

    assert refusal.value.fields["errors"][0]["pointer"] == "/events/1/id"


@pytest.mark.usefixtures("registered")
def test_events_without_an_id_are_each_taken(teller: Actor) -> None:
    nameless = {name: value for name, value in EVENT.items() if name != "id"}

    taken = tell(nameless, nameless, actor=teller)

    assert [one.is_new for one in taken] == [True, True]
    assert IngestedKey.objects.count() == 0


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"actor": {"id": ""}}, "/events/1/actor/id"),
        ({"actor": {"id": "x", "kind": "robot"}}, "/events/1/actor/kind"),
        ({"colour": "red"}, "/events/1"),
        ({"subject": {"id": "x" * 81}}, "/events/1/subject/id"),
        ({"occurred_at": "yesterday"}, "/events/1/occurred_at"),
        ({"occurred_at": "2026-01-31T10:59:58"}, "/events/1/occurred_at"),
        ({"occurred_at": "1969-12-31T23:59:59.999999Z"}, "/events/1/occurred_at"),
        ({"occurred_at": "0999-01-01T00:00:00Z"}, "/events/1/occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+05:00"}, "/events/1/occurred_at"),
        ({"occurred_at": "9999-12-31T23:59:59-05:00"}, "/events/1/occurred_at"),
        ({"occurred_at": "-0100-01-01T00:00:00Z"}, "/events/1/occurred_at"),
        ({"context": {"address": "192.0.2.777"}}, "/events/1/context/address"),
        ({"details": {}}, "/events/1/details"),
        ({"details": {"number": "4711", "amount": "9"}}, "/events/1/details/amount"),
        ({"details": {"number": "4711", "amount": 2**60}}, "/events/1/details"),
        ({"details": {"number": "4711", "amount": 2**70}}, "/events/1/details"),
        ({"changes": {"amount": [1, -(10**400)]}}, "/events/1/details"),
        ({"details": {"number": "4711", "tree": nested(300)}}, "/events/1/details"),
        ({"details": {"number": "4711", "tree": nested(900)}}, "/events/1/details"),
        ({"details": {"number": "4711", "tree": float("inf")}}, "/events/1/details"),
        ({"details": {"number": "4711", "tree": float("nan")}}, "/events/1/details"),
        ({"details": {"number": "4711", "tree": ["x" * 4000] * 17}}, "/events/1/details"),
        ({"details": {"number": "x" * 5000}}, "/events/1/details"),
        ({"details": {"number": "1", "tree": [[[[[[[[[[1]]]]]]]]]]}}, "/events/1/details"),
        ({"details": {"number": "1", "tree": 1.5}}, "/events/1/details"),
        ({"details": {"number": "1", "tree": {"Ü": 1}}}, "/events/1/details"),
        ({"changes": {"state": ["open"]}}, "/events/1/changes"),
        ({"changes": {"state": ["x" * 4000, ["olive@shop.example " + "x" * 3900] * 12]}}, "/events/1/details"),
    ],
)
def test_one_bad_event_refuses_the_message_by_its_pointer(change: dict[str, Any], pointer: str, teller: Actor) -> None:
    with pytest.raises(Invalid) as refusal:
        tell({**EVENT, "id": "good"}, {**EVENT, **change}, actor=teller)

    assert refusal.value.fields["errors"][0]["pointer"] == pointer
    assert product_entries() == []
    assert IngestedKey.objects.count() == 0


@pytest.mark.usefixtures("registered")
def test_a_sender_whose_clock_is_ahead_is_refused_beyond_five_minutes(teller: Actor) -> None:
    soon, late = (clock.rfc3339(clock.now() + timedelta(minutes=minutes)) for minutes in (4, 6))

    tell({**EVENT, "occurred_at": soon}, actor=teller)

    with pytest.raises(Invalid) as refusal:
        tell({**EVENT, "id": "late", "occurred_at": late}, actor=teller)
    assert refusal.value.fields["errors"][0]["pointer"] == "/events/0/occurred_at"


@pytest.mark.usefixtures("registered")
def test_an_event_for_another_tenant_is_refused(acme: TenantRef, teller: Actor) -> None:
    assert tell({**EVENT, "tenant": acme.slug}, actor=teller)[0].is_new

    with pytest.raises(WrongTrail):
        tell({**EVENT, "id": "other", "tenant": "globex"}, actor=teller)


@pytest.mark.usefixtures("registered")
@pytest.mark.parametrize("change", [{"action": "invoice.sent"}, {"version": 2}])
def test_what_the_vendor_did_not_register_is_refused(change: dict[str, Any], teller: Actor) -> None:
    with pytest.raises(ActionUnknown):
        tell({**EVENT, **change}, actor=teller)

    assert product_entries() == []


@pytest.mark.usefixtures("registered")
def test_who_may_not_tell_is_refused() -> None:
    reader = makers.person_actor(grants=frozenset({"read:*"}))

    with pytest.raises(Forbidden):
        tell(EVENT, actor=reader)

    assert product_entries() == []


def test_a_message_holds_between_one_and_five_hundred_events() -> None:
    with pytest.raises(Invalid):
        reading.events_in({"events": []})
    with pytest.raises(Invalid):
        reading.events_in({"events": [EVENT] * 501})

    assert len(reading.events_in({"events": [EVENT] * 500})) == 500


@pytest.mark.usefixtures("registered")
def test_over_http_events_come_alone_and_in_batches(acme: TenantRef) -> None:
    api = Caller(host="acme.localhost", key=makers.make_key(email="teller@acme.example").secret)

    one = api.post("/v1/audit/events", EVENT)
    batch = api.post("/v1/audit/events", {"events": [EVENT, {**EVENT, "id": "second"}]})
    refused = api.post("/v1/audit/events", {"events": [{**EVENT, "action": "invoice.sent", "id": "third"}]})

    assert (one.status_code, batch.status_code, refused.status_code) == (201, 201, 422)
    assert [row["is_new"] for row in batch.json()["events"]] == [False, True]
    assert one.json()["events"][0]["entry"] == batch.json()["events"][0]["entry"]
    assert refused.json()["type"].endswith("audit-action-unknown")


@pytest.mark.usefixtures("registered")
def test_by_command_a_file_is_sent_and_sending_it_again_is_harmless(acme: TenantRef, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(orjson.dumps({**EVENT, "id": f"line-{number}"}) for number in range(501)))

    with tenancy.outside():
        dry = run("event", "send", "--tenant", acme.slug, "--file", str(file), "--dry-run", "--json")
        sent = run("event", "send", "--tenant", acme.slug, "--file", str(file), "--json")
        again = run("event", "send", "--tenant", acme.slug, "--file", str(file), "--json")

    assert (dry.data["dry_run"], dry.data["taken"]) == (True, 501)
    assert [(one.data["taken"], one.data["known"]) for one in (sent, again)] == [(501, 0), (0, 501)]
    assert len(product_entries()) == 501


@pytest.mark.usefixtures("registered")
def test_by_command_a_bad_line_is_named(acme: TenantRef, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(orjson.dumps(EVENT) + b"\n{broken\n")

    with tenancy.outside():
        refused = run("event", "send", "--tenant", acme.slug, "--file", str(file))

    assert refused.code == 2
    assert product_entries() == []
