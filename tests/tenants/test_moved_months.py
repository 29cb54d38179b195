"""Months and moves: the new place has the old one's, every entry lies where it lay, and none is made or lost on the way."""

from collections.abc import Iterator

import pytest

from audit import doctor, tasks
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import partitions
from tenants.backups import connecting
from tenants.moves import copying
from tests.audit import places as logs
from tests.tenants import moving

pytestmark = pytest.mark.committed

SLOW = {"checkpoint", "queue", "cursor", "clock"}


@pytest.fixture
def traveller(second_cell: str) -> Iterator[TenantRef]:
    """A tenant of the first cell whose log has an old month of its own and lacks the last one, with entries in three partitions."""
    ref = moving.make_traveller("monthly")
    *_, last, _ = cut(ref)
    logs.run(ref, f"DROP TABLE {last.name}")
    first, bound = cut(ref)[0], logs.id_at(2024, 3)
    logs.run(ref, f"ALTER TABLE audit_entry DETACH PARTITION {first.name}")
    logs.run(ref, f"ALTER TABLE audit_entry ATTACH PARTITION {first.name} FOR VALUES FROM ('{bound}') TO ('{first.high}')")
    logs.run(ref, f"SELECT audit_add_partition('audit_entry_first', NULL, '{bound}')")
    for entry_id in (logs.id_at(2024, 2), logs.id_at(2099, 1)):
        logs.run(ref, logs.insert("audit_entry", entry_id=entry_id), purpose=Purpose.OPERATOR)
    yield ref
    moving.remove(ref)


def cut(ref: TenantRef) -> tuple[partitions.Partition, ...]:
    with connecting.owning(ref) as connection, connection.cursor() as cursor:
        return partitions.read(cursor, schema=ref.schema)


def lying(ref: TenantRef) -> list[tuple[object, ...]]:
    return logs.run(ref, "SELECT tableoid::regclass::text, id FROM audit_entry WHERE action = 'tests.thing.happened' ORDER BY id")


def test_the_new_place_has_the_months_of_the_old_one(traveller: TenantRef, second_cell: str) -> None:
    before, lay = cut(traveller), lying(traveller)

    operation = moving.move(traveller.id, to=second_cell)

    assert (operation.state, operation.problem) == ("succeeded", None)
    there = moving.fresh(traveller)
    assert (there.cell, cut(there), lying(there)) == (second_cell, before, lay)
    assert [name for name, _ in lay] == ["audit_entry_first", "audit_entry_later"]
    assert {(lack.check, lack.what) for lack in doctor.examine(there).lacks if lack.check not in SLOW} == {
        ("months", "audit_entry_later"),
    }


def test_no_month_is_made_on_the_way_and_the_next_round_makes_it(
    traveller: TenantRef, second_cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The daily round comes while rows are copied: it leaves both places alone."""
    before, met = cut(traveller), []
    wait = copying.wait_for_copy

    def round_comes(*given: object, **named: object) -> None:
        wait(*given, **named)  # type: ignore[arg-type]
        tasks.make_partitions()
        met.append(cut(traveller))

    monkeypatch.setattr(copying, "wait_for_copy", round_comes)
    operation = moving.move(traveller.id, to=second_cell)
    there = moving.fresh(traveller)
    arrived = cut(there)

    tasks.make_partitions()

    assert (operation.state, operation.problem) == ("succeeded", None)
    assert met == [before]
    assert arrived == before
    assert len(cut(there)) == len(before) + 1


def test_a_month_that_somebody_makes_by_hand_on_the_way_stops_the_move(
    traveller: TenantRef, second_cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is told in a month that only the old place has would be lost; the tenant stays where it is."""
    wait = copying.wait_for_copy

    def month_is_made(*given: object, **named: object) -> None:
        wait(*given, **named)  # type: ignore[arg-type]
        logs.run(traveller, "SELECT audit_make_partitions(1)")
        logs.run(traveller, "SELECT audit_make_partitions(4)")

    monkeypatch.setattr(copying, "wait_for_copy", month_is_made)

    operation = moving.move(traveller.id, to=second_cell)

    assert operation.state == "failed"
    assert operation.problem is not None
    assert operation.problem["type"].endswith("/move-impossible")
    assert moving.fresh(traveller).cell == traveller.cell
    with tenancy.activate(moving.fresh(traveller), purpose=Purpose.OPERATOR):
        assert len(lying(traveller)) == 2


def test_nothing_of_the_old_places_rights_is_lost(traveller: TenantRef, second_cell: str) -> None:
    before = moving.rights(traveller, alias=traveller.cell)

    moving.move(traveller.id, to=second_cell)

    assert moving.rights(moving.fresh(traveller), alias=second_cell) == before
    assert ("audit_entry_first", "{}") not in before
