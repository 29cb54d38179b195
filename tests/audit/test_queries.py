"""Finding entries, by function and over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from audit import queries
from audit.models import Entry
from audit.problems import EntryNotFound
from kernel import clock, ids, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal
from tests.caller import Caller

ACTION = "tests.thing.happened"


def test_a_search_covers_actor_subject_action_and_request(owner: Actor) -> None:
    identifier = happen(actor=owner, subject="thing_77", label="A Peculiar Thing")

    for q in ("peculiar", "thing_77", "thing.happened", "test-request", "OWNER@acme"):
        assert identifier in {entry.pk for entry in queries.entries(q=q)}
    assert not queries.entries(q="hing_77", subject="thing_77").exists()
    assert not queries.entries(q="nowhere to be found").exists()


def test_filters_take_what_they_say(owner: Actor) -> None:
    first, second = happen(actor=owner, subject="thing_1"), happen(actor=makers.OPERATOR, subject="thing_2")

    def found(**filters: Any) -> set[UUID]:
        return {entry.pk for entry in queries.entries(**filters)} & {first, second}

    assert found(action=ACTION) == found(action="tests.*") == found(outcome="success") == {first, second}
    assert found(action="tests.thing") == found(outcome="denied") == set()
    assert found(actor_id=owner.id) == found(subject="thing_1") == {first}
    assert found(actor_id="command:test", subject="thing_2") == {second}


def test_a_span_includes_its_beginning_and_not_its_end(owner: Actor) -> None:
    entry = queries.entry(happen(actor=owner))
    moment = entry.received_at

    assert queries.entries(since=moment, until=moment + timedelta(microseconds=1), action=ACTION).get() == entry
    assert not queries.entries(until=moment, since=moment - timedelta(seconds=1), action=ACTION).exists()


def test_an_entry_of_another_tenant_is_not_found(globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.OPERATOR):
        theirs = Entry.objects.order_by("-id")[0].pk

    with pytest.raises(EntryNotFound):
        queries.entry(theirs)


@pytest.fixture
def reader(client: Caller) -> Caller:
    """A program that may read and check the trail."""
    client.key = makers.make_key(scopes=("read:audit.entries", "verify:audit.entries")).secret
    return client


def test_an_entry_is_shown_with_its_text_and_its_seal(reader: Caller, acme: TenantRef, owner: Actor) -> None:
    identifier = happen(actor=owner)
    path = f"/v1/audit/entries/{ids.show('ent', identifier)}"
    waiting = reader.get(path).json()
    seal(acme)

    shown = reader.get(path).json()

    entry, kept = queries.entry(identifier), queries.seal_of(queries.entry(identifier))
    assert kept is not None
    assert (waiting["seal"], waiting["canonical"]) == (None, entry.canonical)
    assert shown == {
        "id": entry.public_id,
        "received_at": clock.rfc3339(entry.received_at),
        "document": queries.opened(entry),
        "canonical": entry.canonical,
        "seal": {
            "seq": kept.seq,
            "leaf": bytes(kept.leaf).hex(),
            "chain": bytes(kept.chain).hex(),
            "sealed_at": clock.rfc3339(kept.sealed_at),
        },
    }


def test_the_list_filters_and_pages(reader: Caller, owner: Actor) -> None:
    made = [ids.show("ent", happen(actor=owner, subject="thing_list")) for _ in range(3)]

    first = reader.get("/v1/audit/entries?subject=thing_list&limit=2").json()
    second = reader.get(f"/v1/audit/entries?subject=thing_list&limit=2&cursor={first['next_cursor']}").json()

    assert [entry["id"] for entry in first["data"] + second["data"]] == made[::-1]
    assert second["has_more"] is False


@pytest.mark.parametrize("query", ["outcome=lost", "since=yesterday", "until=x", "since=0001-01-01T00:00:00%2B14:00", "colour=red"])
def test_a_filter_that_makes_no_sense_is_refused(reader: Caller, query: str) -> None:
    assert reader.get(f"/v1/audit/entries?{query}").status_code == 422


def test_the_end_of_the_chain_is_told(reader: Caller, acme: TenantRef) -> None:
    seal(acme)

    told = reader.get("/v1/audit/chain").json()

    assert told == {"sealed": Entry.objects.count(), "pending": 0, "head": queries.chain().head_hex}


def test_a_check_over_http_is_recorded(reader: Caller, acme: TenantRef) -> None:
    seal(acme)

    told = reader.post("/v1/audit/verification").json()

    assert (told["answer"], told["ok"], told["broken_at"], told["reason"]) == ("sound", True, 0, "")
    assert told["size"] == queries.chain().sealed
    assert queries.entries(action="audit.chain.verified").count() == 1


def test_a_page_takes_the_same_queries_however_long_it_is(reader: Caller, owner: Actor, acme: TenantRef) -> None:
    for _ in range(10):
        happen(actor=owner)
    seal(acme)

    numbers = []
    reader.get("/v1/audit/entries?limit=1")  # from now on the keys of the persons are remembered
    for limit in (2, 10):
        with CaptureQueriesContext(connections[acme.cell]) as captured:
            assert len(reader.get(f"/v1/audit/entries?limit={limit}").json()["data"]) == limit
        numbers.append(len(captured))

    # One page of entries, and their seals; who asks is a prepared statement, which Django does not count.
    assert numbers == [2, 2]
