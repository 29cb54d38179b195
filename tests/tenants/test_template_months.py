"""The script and the months: it names none, so it never grows old; what makes them is called in the same transaction."""

from datetime import datetime

import pytest
from django.db import DatabaseError

from kernel import clock, ids
from kernel.tenancy import TenantRef
from tenants import partitions, places, provisioning, template
from tests.audit import places as logs

CELL = "cell-1"
YESTERYEAR = datetime(2024, 2, 29)  # noqa: DTZ001  (a day in SQL)


def place_of() -> TenantRef:
    tenant_id = ids.new_id()
    return places.ref_of(CELL, schema=f"t_{tenant_id.hex}", tenant_id=tenant_id)


@pytest.fixture
def empty() -> TenantRef:
    """A role and an empty schema; undone with the test."""
    ref = place_of()
    places.create_schema(ref)
    return ref


def test_the_script_names_no_month_and_ends_with_making_them() -> None:
    script = template.compiled(CELL).script

    assert "audit_entry_y2" not in script
    assert "PARTITION BY RANGE (id)" in script
    assert script.endswith("SELECT audit_make_partitions();\n")
    assert script.index("FUNCTION @place@.audit_make_partitions") < script.index("CREATE TABLE audit_entry")


def test_a_script_of_another_day_gives_the_months_of_today(empty: TenantRef) -> None:
    """The day is worked out where the script is replayed: with a clock of another year it gives that year's months."""
    script = template.compiled(CELL).script
    other_day = script.replace("clock_timestamp()", f"timestamptz '{YESTERYEAR:%Y-%m-%d} 00:00Z'")

    template.replay(other_day, ref=empty, on_progress=places.quietly)

    with_clock = [f"audit_entry_y2024m0{month}" for month in (2, 3, 4)]
    found = logs.run(empty, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass ORDER BY 1")
    assert [name for (name,) in found] == ["audit_entry_later", *with_clock]


def test_tables_and_months_come_together_or_not_at_all(empty: TenantRef) -> None:
    script = template.compiled(CELL).script.replace("SELECT audit_make_partitions();", "SELECT audit_make_partitions(1 / 0);")

    with pytest.raises(DatabaseError, match="division by zero"):
        template.replay(script, ref=empty, on_progress=places.quietly)

    assert not places.has_tables(empty)


def test_a_place_that_is_there_gets_the_months_that_it_lacks(empty: TenantRef) -> None:
    provisioning.create_tables(empty, on_progress=places.quietly)
    with logs.owning(empty):
        (*_, last) = logs.run(
            empty, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass ORDER BY 1"
        )
        logs.run(empty, f"DROP TABLE {last[0]}")

    provisioning.create_tables(empty, on_progress=places.quietly)

    found = logs.run(empty, "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass ORDER BY 1")
    assert found[-1] == last
    assert len(found) == 4
    assert found[1] == (f"audit_entry_y{clock.now():%Ym%m}",)


def test_a_place_without_such_tables_is_left_alone(empty: TenantRef) -> None:
    partitions.make(empty)

    assert not places.has_tables(empty)
