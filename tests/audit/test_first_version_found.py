"""Entries of the first version have no category and no severity in their columns; every way of choosing finds them by their action all the same."""

from typing import Any

import orjson
import pytest
from django.db import connections

from audit import actions, finding, following, queries
from audit.drafting import Prepared
from audit.filters import Filters
from audit.models import Entry
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.events import CATALOGUE
from tests.audit.conftest import Happened, happen, seal

ADDED, LOCKED, UNKNOWN = "identity.person.added", "identity.sign_in.locked", "old.thing.forgotten"


def of_the_first_version(action: str, *, owner: Actor) -> Entry:
    """Put an entry on the trail as releases before version 2 did."""
    fresh = actions.prepare(Happened(subject="thing_old"), actor=owner)
    document = {
        "v": 1, "av": 1, "action": action, "outcome": "success", "occurred_at": clock.rfc3339(fresh.received_at),
        "actor": {"kind": "person", "id": owner.id, "label": owner.label, "auth_method": "password"},
        "subject": {"id": "thing_old", "label": "Thing"}, "details": {},
        "context": {"request_id": "r-1", "address": "192.0.2.9", "user_agent": "curl/8", "route": "POST /v1/people"},
    }  # fmt: skip
    actions.append(Prepared(fresh.id, fresh.received_at, document))
    return queries.entry(fresh.id)


@pytest.fixture
def grave() -> str:
    """An action of the catalogue that is more than informational."""
    return next(name for name, event in sorted(CATALOGUE.items()) if event.severity >= 4 and event.category == "security")


def found(**filters: Any) -> list[str]:
    return [entry.action for entry in queries.newest(Filters(subject="thing_old", **filters), limit=50)]


@pytest.mark.parametrize(
    "filters",
    [
        {"category": "people"},
        {"category": "data"},
        {"category": "security", "severity": 4},
        {"severity": 1},
        {"severity": 2},
        {"severity": 4},
        {"severity": 5},
        {"category": "people", "source": "freehold", "outcome": "success"},
        {"category": "people", "action": "identity.*"},
        {"q": "category:people"},
        {"q": "thing_old", "category": "people"},
    ],
)
def test_lists_searches_and_followers_choose_the_same(filters: dict[str, Any], grave: str, owner: Actor) -> None:
    old = [of_the_first_version(action, owner=owner) for action in (ADDED, grave, UNKNOWN)]
    old.append(queries.entry(happen(actor=owner, subject="thing_old")))
    chosen = Filters(**filters)

    followed = {entry.pk for entry in old if chosen.matches(queries.opened(entry))}

    among = Entry.objects.filter(pk__in=[entry.pk for entry in old])
    assert set(chosen.apply(among).values_list("pk", flat=True)) == followed
    assert set(chosen.narrowed(among).values_list("pk", flat=True)) == followed
    assert {entry.pk for entry in queries.newest(chosen, limit=500)} & {entry.pk for entry in old} == followed


def test_they_are_found_by_category_and_severity(grave: str, owner: Actor) -> None:
    for action in (ADDED, grave, UNKNOWN):
        of_the_first_version(action, owner=owner)

    assert found(category="people") == [ADDED]
    assert found(category="security") == [grave]
    assert found(category="data") == []
    assert found(severity=4) == [grave]
    assert set(found(severity=1)) == {ADDED, grave, UNKNOWN}


def test_they_are_found_deep_in_the_past_too(owner: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "LOOKED_THROUGH", (1, 2))
    old = of_the_first_version(ADDED, owner=owner)
    for number in range(5):
        happen(actor=owner, number=number)

    assert old in queries.newest(Filters(category="people"), limit=50)


def test_an_export_holds_them(owner: Actor, acme: tenancy.TenantRef, tmp_path: Any, settings: Any) -> None:
    settings.EXPORT_FOLDER = str(tmp_path)
    old = of_the_first_version(ADDED, owner=owner)
    seal(acme)

    export = actions.start_export("jsonl", filters={"category": "people", "subject": "thing_old"}, actor=owner)
    assert export.operation_id is not None
    actions.work_on_export(export.operation_id, actor=owner)

    (line,) = [orjson.loads(text) for text in b"".join(queries.pieces_of(queries.export(export.id))).splitlines()]
    assert (line["entry"]["id"], line["entry"]["category"]) == (old.public_id, "people")
    assert line["seq"] <= following.log_size()


def test_a_category_is_collected_by_indexes_alone(acme: tenancy.TenantRef) -> None:
    rows = Filters(category="people").narrowed(Entry.objects.all()).order_by(finding.AFTER_COLLECTING)[:26]
    sql, params = rows.query.sql_with_params()

    with connections[acme.cell].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off")
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert "BitmapOr" in plan, plan
    assert "array_to_tsvector_idx" in plan, plan
    assert "action_id_idx" in plan, plan
