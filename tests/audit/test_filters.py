"""Which entries are meant: reading filters, and the same answer from the database and without it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import finding, queries, words
from audit.filters import EVERYTHING, Filters, lowest_id
from audit.models import Entry
from audit.problems import SearchTooLong
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Invalid
from tests import makers
from tests.audit.conftest import happen

LABELS = st.text(alphabet=st.sampled_from("aäbcdeÉxyzÅßσΣİı019 .-_@/'\"\\&<>:|()*!=%\t#"), max_size=24)  # noqa: RUF001  (letters whose small form is odd)


def found(**filters: Any) -> list[str]:
    return [entry.subject for entry in queries.newest(Filters(**filters), limit=50)]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"colour": "red"}, "/colour"),
        ({"severity": 6}, "/severity"),
        ({"severity": True}, "/severity"),
        ({"category": "gossip"}, "/category"),
        ({"outcome": ["success"]}, "/outcome"),
        ({"action": "Robert'); DROP"}, "/action"),
        ({"action": "a*b"}, "/action"),
        ({"q": "x" * 201}, "/q"),
        ({"q": "nul\0"}, "/q"),
        ({"actor": 7}, "/actor"),
        ({"since": "2026-01-01T00:00:00"}, "/since"),
        ({"until": "tomorrow"}, "/until"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-02T00:00:00Z"}, "/until"),
    ],
)
def test_filters_that_make_no_sense_are_refused_by_name(given: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        Filters.parse(given)

    assert [fault["pointer"] for fault in refused.value.fields["errors"]] == [pointer]


def test_filters_come_back_from_their_json_as_they_were() -> None:
    filters = Filters.parse(
        {"q": " ada ", "severity": "3", "outcome": "denied", "actor": "", "since": "2026-01-01T01:00:00+01:00", "until": None}
    )

    assert filters.as_dict() == {"q": "ada", "severity": 3, "outcome": "denied", "since": "2026-01-01T00:00:00.000000Z"}
    assert Filters.parse(filters.as_dict()) == filters
    assert Filters.parse({}) == EVERYTHING


def test_words_beginnings_addresses_and_ids_are_found_and_middles_are_not(owner: Actor) -> None:
    happen(actor=owner, subject="thing_77", label="Quarterly Report (Ångström) 2026/R&D")

    for q in (
        "quarterly",
        "REPORT",
        "quart repo",
        "ångström",
        "r&d",
        "2026/r&d",
        "thing_77",
        "thing.happened",
        "tests.thing.happened",
    ):
        assert found(q=q) == ["thing_77"], q
    for q in ("uarterly", "quarterly missing", "thing_8", "ing_77", "port", "&", "!!"):
        assert found(q=q) == [], q


def test_mail_addresses_network_addresses_and_request_ids_are_found(owner: Actor) -> None:
    happen(actor=owner, subject="thing_mail")

    for q in ("owner@acme.example", "owner@acme", "acme.example", "192.0.2.7", "192.0.2.", "test-request", owner.id, owner.id[:12]):
        assert "thing_mail" in found(q=q), q
    for q in ("192.0.2.70", "2.7", "owner@globex.example"):
        assert "thing_mail" not in found(q=q), q


def test_what_people_type_never_becomes_part_of_the_query_language(owner: Actor) -> None:
    happen(actor=owner, subject="thing_quote", label="O'Brien \\ back")

    for q in ("o'brien", "O'Bri", "o'brien | nothing", "a & b", "x:*", "!thing", "(", "')", "\\", "'", "<->", "o'brien\\"):
        assert set(found(q=q)) <= {"thing_quote"}
    assert found(q="o'brien") == ["thing_quote"]
    assert found(q="nothing | thing") == []


@pytest.mark.parametrize(
    "filters",
    [
        Filters(q="report"),
        Filters(address="203.0.113.9"),
        Filters(category="security", source="product"),
        Filters(q="ada@acme.example", source="product"),
    ],
)
def test_what_is_rare_is_collected_by_index_and_never_by_walking_through_all(filters: Filters, acme: tenancy.TenantRef) -> None:
    rows = filters.narrowed(Entry.objects.all()).order_by(finding.AFTER_COLLECTING)[:26]
    sql, params = rows.query.sql_with_params()

    with connections[acme.cell].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "Bitmap Index Scan on audit_entry_y" in plan, plan
    assert "array_to_tsvector_idx" in plan, plan


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(label=LABELS, q=LABELS)
def test_the_database_and_the_comparison_without_it_agree(label: str, q: str, owner: Actor) -> None:
    entry = queries.entry(happen(actor=makers.OPERATOR, subject="thing_both", label=label))
    filters = Filters(q=q)

    in_database = filters.apply(Entry.objects.filter(pk=entry.pk)).exists()

    assert in_database == (filters.matches(queries.opened(entry)))


@pytest.mark.parametrize(
    ("filters", "is_meant"),
    [
        ({}, True),
        ({"action": "tests.thing.happened"}, True),
        ({"action": "tests.*"}, True),
        ({"action": "*"}, True),
        ({"action": "tests.thing"}, False),
        ({"outcome": "success", "source": "freehold"}, True),
        ({"outcome": "denied"}, False),
        ({"source": "product"}, False),
        ({"category": "security"}, False),
        ({"severity": 1}, True),
        ({"severity": 2}, False),
        ({"subject": "thing_each", "address": "192.0.2.7"}, True),
        ({"actor": "usr_somebody"}, False),
        ({"since": datetime(2020, 1, 1, tzinfo=UTC)}, True),
        ({"until": datetime(2020, 1, 1, tzinfo=UTC)}, False),
    ],
)
def test_each_filter_means_the_same_in_a_list_and_for_a_follower(filters: dict[str, Any], is_meant: bool, owner: Actor) -> None:  # noqa: FBT001
    entry = queries.entry(happen(actor=owner, subject="thing_each"))
    chosen = Filters(**filters)

    listed = entry in queries.newest(chosen, limit=50)

    assert listed is is_meant
    assert chosen.matches(queries.opened(entry)) is is_meant


def test_a_span_includes_its_beginning_and_not_its_end_for_both(owner: Actor) -> None:
    entry = queries.entry(happen(actor=owner, subject="thing_span"))
    moment, document = entry.received_at, queries.opened(entry)

    inside = Filters(since=moment, until=moment + timedelta(microseconds=1))
    before = Filters(since=moment - timedelta(days=1), until=moment)

    assert entry in queries.newest(inside, limit=50)
    assert entry not in queries.newest(before, limit=50)
    assert (inside.matches(document), before.matches(document)) == (True, False)


def test_rare_entries_deep_in_the_past_are_found_behind_many_others(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "LOOKED_THROUGH", (2, 4))
    old = datetime.now(UTC) - timedelta(days=200)
    rare = _at(old, subject="thing_old", label="Needle", owner=owner)
    middle = _at(old + timedelta(days=150), subject="thing_middle", label="Needle", owner=owner)
    for number in range(12):
        happen(actor=owner, subject=f"thing_{number}", label="Hay")

    everything = queries.newest(Filters(q="needle"), limit=10)
    one = queries.newest(Filters(q="needle"), limit=1)
    further = queries.newest(Filters(q="needle"), before=one[0].pk, limit=10)
    newer = queries.newest(Filters(q="needle", since=old + timedelta(days=100)), limit=10)

    assert [entry.pk for entry in everything] == [middle, rare]
    assert [entry.pk for entry in one] == [middle]
    assert [entry.pk for entry in further] == [rare]
    assert [entry.pk for entry in newer] == [middle]


def test_a_hopeless_search_is_stopped_and_says_what_helps(
    owner: Actor, acme: tenancy.TenantRef, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PATIENCE_MS", 1)
    monkeypatch.setattr(words.Known, "template", "pg_sleep(%(expressions)s) IS NULL")
    monkeypatch.setattr(words, "wanted", lambda _: "1")
    happen(actor=owner)

    with pytest.raises(SearchTooLong) as refused:
        queries.newest(Filters(q="anything"), limit=10)

    assert refused.value.fields == {"patience_ms": 1}
    with connections[acme.cell].cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def _at(moment: datetime, *, subject: str, label: str, owner: Actor) -> Any:
    """An entry whose id was given at another moment."""
    entry = queries.entry(happen(actor=owner, subject=subject, label="Hay"))
    entry.pk, entry.received_at = UUID(int=lowest_id(moment).int | (ids.new_id().int & (2**80 - 1))), moment
    entry.subject_label = label
    entry.save(force_insert=True)
    return entry.pk
