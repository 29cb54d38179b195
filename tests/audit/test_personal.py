"""What is personal in an entry: sealed under the person's own key, opened for readers, gone with the key, and useless anywhere else."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from audit import actions, drafting, likeness, person_keys, personal, queries
from audit.canonical import OutsideDomain
from audit.models import Entry, PersonKey
from kernel import clock, context, ids, tenancy
from kernel.actors import Actor, ActorKind
from kernel.events import Event
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import Happened, happen, seal
from tests.wire import traced

ADDRESS = "192.0.2.7"


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcomed(Event):
    """Something that happened to a person."""

    category = "people"
    severity = 2
    subject_kind = "person"
    personal = frozenset({"email", "old_name", "new_name"})

    email: str = ""
    old_name: str = ""
    new_name: str = ""
    note: str = ""
    number: int = 0


Welcomed.name = "tests.person.welcomed"


def welcome(subject: str, *, actor: Actor, **fields: Any) -> Entry:
    """Record one; the entry."""
    event = Welcomed(subject=subject, subject_label=fields.pop("label", "Milo Member"), **fields)
    return queries.entry(actions.record(event, actor=actor))


def person(label: str = "Ada") -> str:
    """The ref of a person who exists in no table: the trail asks for none."""
    return ids.show("usr", ids.new_id())


def test_nothing_personal_stands_in_the_text_that_is_hashed(owner: Actor) -> None:
    milo = person()

    entry = welcome(milo, actor=owner, email="milo@acme.example", old_name="Milo", new_name="Milou", note="hello", number=3)

    for text in ("milo", "Milo", owner.label, ADDRESS, "pytest"):
        assert text not in entry.canonical
    assert entry.document["details"] == {"note": "hello", "number": 3}
    assert entry.document["changes"] == {}
    assert entry.document["personal"].keys() == {milo, owner.id}


def test_who_reads_an_entry_sees_all_of_it(owner: Actor) -> None:
    milo = person()
    entry = welcome(milo, actor=owner, email="milo@acme.example", old_name="Milo", new_name="Milou", note="hello", number=3)

    shown = queries.opened(entry)

    moment = clock.rfc3339(entry.received_at)
    assert shown == {
        "id": entry.public_id, "v": 2, "av": 1, "source": "freehold", "action": "tests.person.welcomed", "crud": "other", "category": "people",
        "severity": 2, "outcome": "success", "reason": "", "occurred_at": moment, "received_at": moment,
        "actor": {"kind": "person", "id": owner.id, "label": owner.label, "auth_method": "password", "on_behalf_of": "", "session": ""},
        "subject": {"id": milo, "kind": "person", "label": "Milo Member"},
        "details": {"email": "milo@acme.example", "old_name": "Milo", "new_name": "Milou", "note": "hello", "number": 3},
        "changes": {"name": ["Milo", "Milou"]},
        "context": {
            "request_id": "test-request", "address": ADDRESS, "user_agent": "pytest", "route": "test", "app_version": "0.1.0", "task_id": "",
            "trace_id": "",
        },
        "is_forgotten": False,
    }  # fmt: skip
    assert (entry.actor_label, entry.subject_label, entry.address) == (owner.label, "Milo Member", ADDRESS)


def test_an_entry_by_a_person_about_themself_is_sealed_once(owner: Actor) -> None:
    entry = welcome(owner.id, actor=owner, label=owner.label, email=owner.label)

    assert list(entry.document["personal"]) == [owner.id]
    shown = queries.opened(entry)
    assert (shown["actor"]["label"], shown["subject"]["label"], shown["details"]["email"]) == (owner.label,) * 3


def test_what_is_about_nobody_known_is_sealed_under_the_day() -> None:
    entry = queries.entry(happen(actor=actions.ANONYMOUS))

    day = f"day_{entry.received_at:%Y-%m-%d}"
    assert list(entry.document["personal"]) == [day]
    assert entry.document["actor"]["label"] == "anonymous"
    assert ADDRESS not in entry.canonical
    assert queries.opened(entry)["context"]["address"] == ADDRESS


def test_a_key_is_named_and_its_callers_address_is_not(owner: Actor) -> None:
    entry = queries.entry(happen(actor=replace(owner, kind=ActorKind.KEY, id="key_1", label="ci")))

    assert entry.document["actor"]["label"] == "ci"
    assert list(entry.document["personal"]) == [drafting.day_ref(entry.received_at)]
    assert (queries.opened(entry)["context"]["address"], entry.address) == (ADDRESS, ADDRESS)


def test_a_key_that_is_named_after_a_person_has_its_name_sealed(owner: Actor) -> None:
    key = replace(owner, kind=ActorKind.KEY, id="key_1", label="Script of ada@acme.example")

    entry = welcome(person(), actor=key)

    shown = queries.opened(entry)
    assert entry.document["actor"] | {"session": ""} == {
        "kind": "key", "ref": "key_1", "label": "", "auth_method": "password", "on_behalf_of": "", "session": "",
    }  # fmt: skip
    assert "ada@acme.example" not in entry.canonical
    assert (shown["actor"]["label"], shown["context"]["address"], entry.actor_label) == (key.label, ADDRESS, key.label)
    assert shown["details"]["sealed_fields"] == ["actor.label"]


def test_the_system_without_an_address_has_nothing_to_seal(operator: Actor) -> None:
    with context.bound(context.RequestContext("cmd-1")):
        entry = queries.entry(happen(actor=operator))

    assert entry.document["personal"] == {}
    assert not queries.opened(entry)["is_forgotten"]


@pytest.mark.parametrize(
    "text",
    ["ask bob@acme.example", "call +49 30 901820 now", "pay DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
)
def test_what_looks_personal_is_sealed_although_nobody_declared_it(owner: Actor, text: str) -> None:
    milo = person()

    entry = welcome(milo, actor=owner, note=text)

    assert text not in entry.canonical
    assert entry.document["details"] == {"email": "", "old_name": "", "new_name": "", "number": 0, "sealed_fields": ["note"]}
    assert queries.opened(entry)["details"]["note"] == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "3 of 5",
        "2026-11-21T10:00:00+00:00",
        "DE89 3704 0044 0532 0130 01",
        "user@",
        "a+b",
        "+12",
        "fh_4NIsuuuwDZEur9QS",
        "1.0+4915112345",
    ],
)
def test_what_does_not_is_left_in_the_open(text: str) -> None:
    assert not likeness.is_personal(text)


@pytest.mark.parametrize("value", [["x", "a@b.example"], {"x": {"y": ["a@b.example"]}}, {"a@b.example": 1}])
def test_it_is_found_inside_lists_and_maps(value: Any) -> None:
    assert likeness.is_personal(value)
    assert not likeness.is_personal([1, None, True, "x", {"y": 2}])


def test_a_label_of_a_thing_that_looks_personal_is_sealed_too(owner: Actor) -> None:
    entry = queries.entry(happen(actor=owner, label="for bob@acme.example"))

    assert "bob@" not in entry.canonical
    assert queries.opened(entry)["subject"]["label"] == "for bob@acme.example"
    assert entry.document["details"]["sealed_fields"] == ["label"]


def test_a_sealed_part_opens_for_its_entry_and_its_person_alone(owner: Actor) -> None:
    first, second = welcome(person(), actor=owner), welcome(person(), actor=owner)
    key = person_keys.for_reading([owner.id])[owner.id]
    assert key is not None
    text = first.document["personal"][owner.id]

    assert personal.unsealed(text, entry_id=first.public_id, ref=owner.id, key=key)["actor"]["label"] == owner.label
    for entry_id, ref in ((second.public_id, owner.id), (first.public_id, "usr_other")):
        with pytest.raises(personal.Refused):
            personal.unsealed(text, entry_id=entry_id, ref=ref, key=key)
    altered = ("A" if text[20] != "A" else "B").join((text[:20], text[21:]))
    with pytest.raises(personal.Refused):
        personal.unsealed(altered, entry_id=first.public_id, ref=owner.id, key=key)


def test_a_part_that_was_pasted_from_another_entry_is_not_shown(owner: Actor) -> None:
    first, second = welcome(person(), actor=owner), welcome(person(), actor=owner)
    second.canonical = second.canonical.replace(second.document["personal"][owner.id], first.document["personal"][owner.id])

    shown = queries.opened(second)

    assert (shown["actor"]["label"], shown["context"]["address"], shown["is_forgotten"]) == ("", "", True)
    assert shown["subject"]["label"] == "Milo Member"


def test_a_person_has_one_key_for_all_entries_and_a_key_row_opens_for_its_person_alone(owner: Actor) -> None:
    milo = person()
    welcome(milo, actor=owner)
    row = PersonKey.objects.get(ref=milo)
    welcome(milo, actor=owner)

    assert PersonKey.objects.get(ref=milo).sealed == row.sealed
    PersonKey.objects.filter(ref=owner.id).update(sealed=row.sealed)
    person_keys.forget_all()
    with pytest.raises(Exception, match="does not belong here"):
        person_keys.for_reading([owner.id])


def test_a_known_person_costs_no_statement_more(acme: TenantRef, owner: Actor) -> None:
    with tenancy.atomic():
        happen(actor=owner)
    keys = person_keys.for_reading([owner.id])
    person_keys._remember({person_keys._place(owner.id): keys[owner.id]})

    with tenancy.atomic(), traced(acme.cell) as messages:
        happen(actor=owner)

    assert [message for message in messages if "personkey" in message or "INSERT" in message] == []


@pytest.fixture(scope="module")
def lasting(installation: None) -> Iterator[TenantRef]:
    """A tenant of this file's own, since its entries are committed."""
    with makers.passing_tenant("lasting") as ref:
        yield ref


@pytest.mark.committed
def test_a_key_is_remembered_once_it_is_committed_and_not_when_it_is_rolled_back(lasting: TenantRef) -> None:
    ada = makers.person_actor()
    with tenancy.activate(lasting, purpose=Purpose.REQUEST):
        with transaction.atomic(using=lasting.cell):
            happen(actor=ada)
            connections[lasting.cell].set_rollback(True)
        assert person_keys._recalled([ada.id]) == ({}, [ada.id])

        entry = queries.entry(happen(actor=ada))

        keys, unknown = person_keys._recalled([ada.id])
        assert (list(keys), unknown) == ([ada.id], [])
        person_keys.forget_all()
        assert queries.opened(entry)["actor"]["label"] == ada.label


def test_the_memory_of_keys_is_bounded_and_short(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(person_keys, "REMEMBERED", 3)
    person_keys._remember({person_keys._place(f"usr_{number}"): None for number in range(9)})
    assert len(person_keys._remembered) == 3

    monkeypatch.setattr(person_keys, "REMEMBERED_S", -1.0)
    person_keys._remember({person_keys._place("usr_old"): None})
    assert person_keys._recalled(["usr_old"]) == ({}, ["usr_old"])


@pytest.mark.parametrize("ref", ["", "a b", "é", "x" * 81, "a\n"])
def test_a_ref_that_is_no_id_is_refused(owner: Actor, ref: str) -> None:
    with pytest.raises(OutsideDomain):
        actions.prepare(Happened(subject="thing_1"), actor=replace(owner, id=ref))


def test_many_entries_are_appended_with_one_statement_and_once(acme: TenantRef, owner: Actor) -> None:
    prepared = [actions.prepare(Happened(subject=f"thing_{number}", number=number), actor=owner) for number in range(30)]
    actions.append(prepared[7])

    with CaptureQueriesContext(connections[acme.cell]) as captured:
        added = actions.append_many(prepared)

    assert added == {one.id for one in prepared} - {prepared[7].id}
    assert actions.append_many(prepared) == set()
    assert [query["sql"].count("INSERT INTO audit_entry") for query in captured if "audit_entry" in query["sql"]] == [1]
    kept = Entry.objects.filter(pk__in=[one.id for one in prepared]).order_by("id")
    assert [entry.subject for entry in kept] == [f"thing_{number}" for number in range(30)]
    assert {shown["actor"]["label"] for shown in queries.opened_all(kept)} == {owner.label}
    seal(acme)
    assert queries.verify().ok


def test_an_entry_of_the_first_version_is_shown_in_the_same_shape(owner: Actor, acme: TenantRef) -> None:
    fresh = actions.prepare(Happened(subject="thing_1"), actor=owner)
    document = {
        "v": 1, "av": 1, "action": "identity.person.added", "outcome": "success", "occurred_at": clock.rfc3339(fresh.received_at),
        "actor": {"kind": "person", "id": owner.id, "label": owner.label, "auth_method": "password"},
        "subject": {"id": "usr_2", "label": "milo@acme.example"}, "details": {"email": "milo@acme.example"},
        "context": {"request_id": "r-1", "address": "192.0.2.9", "user_agent": "curl/8", "route": "POST /v1/people"},
    }  # fmt: skip

    actions.append(drafting.Prepared(fresh.id, fresh.received_at, document))

    entry = queries.entry(fresh.id)
    shown = queries.opened(entry)
    assert shown.keys() == queries.opened(queries.entry(happen(actor=owner))).keys()
    assert (shown["id"], shown["category"], shown["severity"], shown["source"]) == (entry.public_id, "people", 2, "freehold")
    assert shown["subject"] == {"id": "usr_2", "kind": "person", "label": "milo@acme.example"}
    assert (shown["context"]["address"], shown["actor"]["label"], shown["is_forgotten"]) == ("192.0.2.9", owner.label, False)
    seal(acme)
    assert queries.verify().ok
