"""Months of the trail: every entry finds its own, whenever it is told and however long nobody made any."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as some

from audit import partitions, tasks
from audit.partitions import Month
from config.celery import TIMETABLE
from kernel import clock, ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import places as tenant_places
from tenants import provisioning
from tenants import spares as pool
from tenants.models import Cell, Spare, SpareState
from tenants.moves import servers
from tests import makers
from tests.audit import places
from tests.audit.conftest import seal

CELL = "cell-1"


def month_of(moment: datetime, *, later: int) -> tuple[int, int]:
    """Year and month so many months later."""
    months = moment.year * 12 + moment.month - 1 + later
    return months // 12, months % 12 + 1


def names(ref: TenantRef) -> list[str]:
    with places.owning(ref):
        return [month.name for month in partitions.months()]


def expected(*, ahead: int) -> list[str]:
    """The names of the months from now on, and of the rest."""
    found = [month_of(clock.now(), later=later) for later in range(ahead + 1)]
    return [*(f"audit_entry_y{year:04}m{month:02}" for year, month in found), "audit_entry_later"]


@pytest.fixture
def place() -> TenantRef:
    """A place of nobody, undone with the test."""
    tenant_id = ids.new_id()
    ref = tenant_places.ref_of(CELL, schema=f"t_{tenant_id.hex}", tenant_id=tenant_id)
    provisioning.build_place(ref, on_progress=tenant_places.quietly)
    return ref


def forget_months(ref: TenantRef, *, but: int) -> None:
    """Leave a place with its first months only, as if nobody had made any since."""
    with places.owning(ref):
        for month in partitions.months()[but:]:
            if not month.is_rest:
                places.run(ref, f"DROP TABLE {month.name}")


def test_a_new_place_has_the_running_month_two_more_and_a_rest(place: TenantRef) -> None:
    assert names(place) == expected(ahead=2)


def test_months_follow_each_other_without_a_gap(place: TenantRef) -> None:
    with places.owning(place):
        made = partitions.make(ahead=14)
        months = partitions.months()

    assert (made, len(months)) == (12, 16)
    assert months[0].low is None
    assert [month.low for month in months[1:-1]] == [month.high for month in months[:-2]]
    assert months[-1] == Month("audit_entry_later", None, None)
    year, month = month_of(clock.now(), later=15)
    assert months[-2].high == partitions.lowest_id(datetime(year, month, 1, tzinfo=UTC))


def test_nothing_is_made_twice(place: TenantRef) -> None:
    with places.owning(place):
        assert (partitions.make(), partitions.make(ahead=0)) == (0, 0)

    assert names(place) == expected(ahead=2)


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "America/Los_Angeles", "Asia/Kathmandu"])
def test_months_are_those_of_utc_wherever_the_session_thinks_it_is(place: TenantRef, zone: str) -> None:
    with places.owning(place):
        places.run(place, f"SET LOCAL timezone = '{zone}'")
        partitions.make(ahead=12)
        ends = [month.high for month in partitions.months() if month.high is not None]

    found = [month_of(clock.now(), later=later) for later in range(1, 14)]
    assert ends == [partitions.lowest_id(datetime(year, month, 1, tzinfo=UTC)) for year, month in found]


@pytest.mark.parametrize(("later", "name"), [(-300, 0), (0, 0), (1, 1), (2, 2), (3, 3), (90, 3)])
def test_an_entry_lies_in_the_month_of_its_id(place: TenantRef, later: int, name: int) -> None:
    entry_id = places.id_at(*month_of(clock.now(), later=later))

    places.run(place, places.insert("audit_entry", entry_id=entry_id), purpose=Purpose.OPERATOR)

    (found,) = places.run(place, f"SELECT tableoid::regclass::text FROM audit_entry WHERE id = '{entry_id}'")
    assert found == (expected(ahead=2)[name],)


def test_what_came_before_its_month_moves_into_it_and_stays_as_it_was(place: TenantRef) -> None:
    forget_months(place, but=1)
    told = [places.id_at(*month_of(clock.now(), later=later), number=number) for later in (1, 2, 40) for number in (1, 2)]
    for entry_id in told:
        places.run(place, places.insert("audit_entry", entry_id=entry_id), purpose=Purpose.OPERATOR)
    rows = "SELECT id, e::text FROM audit_entry e ORDER BY id"
    before, queued = places.run(place, rows), places.run(place, "SELECT count(*) FROM audit_queuedentry")

    with places.owning(place):
        made = partitions.make()

    assert made == 2
    found = places.run(place, "SELECT tableoid::regclass::text, count(*) FROM audit_entry GROUP BY 1 ORDER BY 1")
    assert found == sorted((name, 2) for name in expected(ahead=2)[1:])
    assert places.run(place, rows) == before
    assert places.run(place, "SELECT count(*) FROM audit_queuedentry") == queued == [(6,)]
    for name in expected(ahead=2):
        assert places.said(place, f"TRUNCATE {name}", purpose=Purpose.MIGRATE) == "the trail is append-only"
        assert places.said(place, f"SELECT FROM {name}", purpose=Purpose.OPERATOR) == f"permission denied for table {name}"
    assert places.said(place, f"DELETE FROM {expected(ahead=2)[1]}", purpose=Purpose.MIGRATE) == "the trail is append-only"


@given(moment=some.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(9000, 1, 1), timezones=some.just(UTC)))  # noqa: DTZ001
def test_the_database_and_the_product_cut_at_the_same_ids(acme: TenantRef, moment: datetime) -> None:
    moment = moment.replace(microsecond=0)

    (found,) = places.run(
        acme,
        f"SELECT audit_lowest_id('{moment.isoformat()}'), extract(epoch FROM audit_moment_of(audit_lowest_id('{moment.isoformat()}')))",
    )

    assert found == (partitions.lowest_id(moment), moment.timestamp())
    assert partitions.moment_of(partitions.lowest_id(moment)) == moment.timestamp()


@pytest.fixture
def committed_place() -> Iterator[TenantRef]:
    """A spare that waits for a tenant, with the running month only; gone afterwards."""
    spare_id = pool.free_id()
    spare = Spare.objects.create(
        id=spare_id, cell=Cell.objects.get(name=CELL), schema=f"t_{spare_id.hex}", template_state="older", state=SpareState.READY
    )
    ref = tenant_places.ref_of(CELL, schema=spare.schema, tenant_id=spare.id)
    provisioning.build_place(ref, on_progress=tenant_places.quietly)
    forget_months(ref, but=1)
    yield ref
    Spare.objects.filter(id=spare_id).delete()
    tenant_places.drop_place(CELL, ref.schema, on_progress=tenant_places.quietly)


@pytest.mark.committed
def test_the_daily_round_makes_the_months_of_tenants_and_of_places_that_wait_for_one(committed_place: TenantRef) -> None:
    with makers.passing_tenant("monthly") as tenant:
        forget_months(tenant, but=1)

        tasks.make_partitions()

        assert names(tenant) == expected(ahead=2)
    assert names(committed_place) == expected(ahead=2)


@pytest.mark.committed
def test_a_place_that_somebody_else_changes_is_left_to_the_next_round(committed_place: TenantRef) -> None:
    before = names(committed_place)
    with servers.opened(CELL) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [provisioning.lock_key(committed_place)])
        tasks.make_partitions()
        meanwhile = names(committed_place)

    tasks.make_partitions()

    assert (before, meanwhile) == (expected(ahead=0), expected(ahead=0))
    assert names(committed_place) == expected(ahead=2)


@pytest.mark.committed
def test_no_month_is_made_in_a_place_that_is_being_carried_away(committed_place: TenantRef) -> None:
    name = servers.name_of(committed_place.id)
    with servers.opened(CELL) as connection, servers.acting_as(connection, servers.OWNER_ROLE):
        connection.execute(f"CREATE PUBLICATION {name} FOR TABLE {committed_place.schema}.identity_user")
        tasks.make_partitions()
        meanwhile = names(committed_place)
        connection.execute(f"DROP PUBLICATION {name}")

    tasks.make_partitions()

    assert meanwhile == expected(ahead=0)
    assert names(committed_place) == expected(ahead=2)


def test_the_round_is_in_the_timetable() -> None:
    assert TIMETABLE["audit.make_partitions"]["task"] == "audit.make_partitions"
    assert settings.EACH_PLACE_ALONE == "tenants.places_alone.each"


def test_a_sealer_works_over_months(acme: TenantRef) -> None:
    later = places.id_at(*month_of(clock.now(), later=1))
    places.run(acme, places.insert("audit_entry", entry_id=later), purpose=Purpose.REQUEST)

    assert seal(acme) >= 1

    with tenancy.activate(acme, purpose=Purpose.OPERATOR):
        assert places.run(acme, f"SELECT count(*) FROM audit_seal WHERE entry_id = '{later}'", purpose=Purpose.OPERATOR) == [(1,)]
