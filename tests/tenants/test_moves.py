"""A tenant goes to another cell and takes everything along; nobody notices but for a moment."""

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import ProgrammingError, connections

from identity import actions as identity
from identity import queries as people
from kernel import tenancy
from kernel.problems import TenantMoving
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from tenants import actions, provisioning, resolving
from tenants.actions import relocation
from tenants.models import Leftover, Tenant
from tenants.moves import copying, meeting, servers, walls
from tests import makers
from tests.caller import Caller
from tests.tenants import moving

pytestmark = pytest.mark.committed

NEWCOMER = {"email": "new@traveller.example", "name": "New Person", "roles": ["member"]}
ADVANCE = "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, 4711) FROM pg_sequences WHERE schemaname = %s"
SEQUENCES = "SELECT sequencename::text, last_value FROM pg_sequences WHERE schemaname = %s ORDER BY 1"


@pytest.fixture
def traveller(second_cell: str) -> Iterator[TenantRef]:
    """A tenant with people in the first cell, while there is a second."""
    ref = moving.make_traveller()
    moving.add_people(ref, number=3)
    yield ref
    moving.remove(ref)


def test_a_tenant_lives_in_the_new_cell_with_all_its_rows(traveller: TenantRef, second_cell: str) -> None:
    before = moving.emails(traveller)

    operation = moving.move(traveller.id, to=second_cell)

    assert (operation.state, operation.problem) == ("succeeded", None)
    assert (operation.result["cell"], operation.result["is_compared_at_the_change"]) == (second_cell, True)
    there = Tenant.objects.get(id=traveller.id)
    assert (there.cell_id, there.state, there.previous_state) == (second_cell, "active", "")
    assert moving.emails(traveller) == before
    assert moving.told(traveller)[-3:] == ["tenants.tenant.move_requested", "tenants.tenant.moving", "tenants.tenant.moved"]


def test_it_can_be_written_to_in_the_new_cell(traveller: TenantRef, second_cell: str) -> None:
    moving.move(traveller.id, to=second_cell)

    moving.add_people(moving.fresh(traveller), number=2, prefix="later")

    assert [email for email in moving.emails(traveller) if email.startswith("later")] == [
        "later0@traveller.example",
        "later1@traveller.example",
    ]


def test_sequences_go_on_counting(traveller: TenantRef, second_cell: str) -> None:
    with servers.opened("cell-1") as source, servers.acting_as(source, servers.OWNER_ROLE):
        source.execute(ADVANCE, [traveller.schema])
        before = source.execute(SEQUENCES, [traveller.schema]).fetchall()

    moving.move(traveller.id, to=second_cell)

    with servers.opened(second_cell) as target, servers.acting_as(target, servers.OWNER_ROLE):
        after = target.execute(SEQUENCES, [traveller.schema]).fetchall()
    assert after == before
    assert {last for _, last in before} == {4711}


def test_rights_are_those_of_a_place_that_was_made_there(traveller: TenantRef, second_cell: str) -> None:
    before = moving.rights(traveller, alias="cell-1")

    moving.move(traveller.id, to=second_cell)

    assert moving.rights(traveller, alias=second_cell) == before


def test_nothing_of_the_move_is_left_but_the_old_place(traveller: TenantRef, second_cell: str) -> None:
    moving.move(traveller.id, to=second_cell)

    assert (moving.traces("cell-1"), moving.traces(second_cell)) == ([], [])
    left = Leftover.objects.get(tenant_id=traveller.id)
    assert (left.cell_id, left.schema.startswith(f"moved_{traveller.id.hex}_")) == ("cell-1", True)
    assert left.schema in moving.schemas("cell-1")
    assert traveller.schema not in moving.schemas("cell-1")


def test_a_tenant_that_comes_and_goes_is_the_same_to_connections_that_stayed_open(traveller: TenantRef, second_cell: str) -> None:
    before = moving.emails(traveller)

    for cell in (second_cell, "cell-1", second_cell):
        assert moving.move(traveller.id, to=cell).state == "succeeded"
        assert moving.emails(traveller) == before


def test_a_tenant_moves_between_two_databases_of_one_server_and_back(installation: None) -> None:
    with moving.neighbour_cell() as neighbour:
        ref = moving.make_traveller("commuter")
        try:
            there = moving.move(ref.id, to=neighbour)
            back = moving.move(ref.id, to="cell-1")

            assert (there.state, back.state, back.problem) == ("succeeded", "succeeded", None)
            assert moving.fresh(ref).cell == "cell-1"
            assert moving.emails(ref) == ["owner@commuter.example"]
            assert (moving.traces("cell-1"), moving.traces(neighbour)) == ([], [])
        finally:
            moving.remove(ref)


def test_nothing_that_was_acknowledged_is_lost(traveller: TenantRef, second_cell: str) -> None:
    acknowledged: list[str] = []
    is_explained: list[bool] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            email = f"w{len(acknowledged)}@traveller.example"
            stood = resolving.by_id(traveller.id)
            try:
                with tenancy.activate(stood, purpose=Purpose.REQUEST):
                    identity.add_person(email, "Writer", ["member"], actor=moving.OPERATOR)
            except TenantMoving:
                continue
            except ProgrammingError as fault:
                is_explained.append(meeting.met_by(fault, ref=stood) is not None)
                continue
            acknowledged.append(email)
        connections.close_all()

    writer = threading.Thread(target=write)
    writer.start()
    operation = moving.move(traveller.id, to=second_cell)
    stop.set()
    writer.join()

    assert operation.state == "succeeded", operation.problem
    assert len(acknowledged) > 10
    assert all(is_explained)
    assert set(acknowledged) <= set(moving.emails(traveller))


def test_a_process_that_has_not_heard_of_the_move_finds_out_by_itself(traveller: TenantRef, second_cell: str) -> None:
    """Redis may be away, and what is remembered is believed for five seconds."""
    with tenancy.activate(traveller, purpose=Purpose.OPERATOR):
        key = makers.make_key(email="keys@traveller.example").secret
    moving.move(traveller.id, to=second_cell)
    caller = Caller(host="traveller.localhost", key=key)

    _remember(traveller)
    read = caller.get("/v1/people?limit=1")
    _remember(traveller)
    refused = caller.post("/v1/people", NEWCOMER)
    written = caller.post("/v1/people", NEWCOMER)

    assert read.status_code == 200
    assert (refused.status_code, refused.json()["type"], refused["Retry-After"]) == (503, "/problems/tenant-moving", "1")
    assert written.status_code == 201
    assert moving.emails(traveller).count("new@traveller.example") == 1


def test_a_tenant_that_stands_still_can_be_read_and_tells_writers_to_come_back(
    traveller: TenantRef, second_cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meeting, "PATIENCE_S", 0.1)
    with tenancy.activate(traveller, purpose=Purpose.OPERATOR):
        key = makers.make_key(email="keys@traveller.example").secret
    operation = moving.start(traveller.id, to=second_cell)
    moving.work_until_death(operation, at="after:tenants.moves.walls.stop_writers")
    caller = Caller(host="traveller.localhost", key=key)

    read, refused = caller.get("/v1/people?limit=1"), caller.post("/v1/people", NEWCOMER)
    moving.work(operation)
    makers.forget_caches()
    written = caller.post("/v1/people", NEWCOMER)

    assert read.status_code == 200
    assert (refused.status_code, refused.json()["type"]) == (503, "/problems/tenant-moving")
    assert written.status_code == 201
    assert moving.fresh(traveller).cell == second_cell


def test_a_suspended_tenant_moves_and_stays_suspended(traveller: TenantRef, second_cell: str) -> None:
    with tenancy.activate(moving.at_platform(), purpose=Purpose.OPERATOR):
        actions.suspend_tenant(traveller.id, reason="Not paid.", actor=moving.OPERATOR)

    operation = moving.move(traveller.id, to=second_cell)

    there = Tenant.objects.get(id=traveller.id)
    assert (operation.state, there.cell_id, there.state, there.state_reason) == ("succeeded", second_cell, "suspended", "Not paid.")


def test_a_transaction_that_goes_on_keeps_the_tenant_where_it_is(
    traveller: TenantRef, second_cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relocation, "PAUSES_S", (0.0,))
    before = moving.rights(traveller, alias="cell-1")
    copied = moving.start(traveller.id, to=second_cell)
    moving.work_until_death(copied, at="after:tenants.moves.copying.wait_for_changes")

    with servers.opened("cell-1") as writer, servers.acting_as(writer, traveller.schema), writer.transaction():
        writer.execute(f'UPDATE "{traveller.schema}".identity_user SET name = name')
        operation = moving.work(copied)

    assert (operation.state, (operation.problem or {})["type"]) == ("failed", "/problems/move-held-up")
    here = Tenant.objects.get(id=traveller.id)
    assert (here.cell_id, here.state) == ("cell-1", "active")
    assert moving.rights(traveller, alias="cell-1") == before
    assert moving.told(traveller)[-5:] == [
        "tenants.tenant.moving",
        "tenants.tenant.move_postponed",
        "tenants.tenant.moving",
        "tenants.tenant.move_postponed",
        "tenants.tenant.move_failed",
    ]
    assert (moving.traces("cell-1"), moving.traces(second_cell)) == ([], [])
    assert traveller.schema not in moving.schemas(second_cell)
    assert not Leftover.objects.filter(tenant_id=traveller.id).exists()


def test_a_move_that_failed_is_resumed_from_the_beginning(
    traveller: TenantRef, second_cell: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        monkeypatch.context() as impatient,
        servers.opened("cell-1") as writer,
        servers.acting_as(writer, traveller.schema),
        writer.transaction(),
    ):
        # Only here: a busy machine needs longer than this for the slot of the move that is to succeed.
        impatient.setattr(copying, "SLOT_TIMEOUT_MS", 100)
        writer.execute(f'UPDATE "{traveller.schema}".identity_user SET name = name')
        failed = moving.move(traveller.id, to=second_cell)
    with tenancy.activate(moving.at_platform(), purpose=Purpose.OPERATOR):
        resumed = operations.resume(failed.id, actor=moving.OPERATOR)

    again = moving.work(resumed)

    assert (failed.state, (failed.problem or {})["type"], failed.step) == ("failed", "/problems/move-held-up", 2)
    assert (again.state, moving.fresh(traveller).cell) == ("succeeded", second_cell)


def test_nobody_writes_behind_the_wall_and_taking_it_down_gives_every_right_back(traveller: TenantRef) -> None:
    before = moving.rights(traveller, alias="cell-1")
    with servers.opened("cell-1") as source:
        walls.stop_writers(source, traveller.schema)

        with tenancy.activate(traveller, purpose=Purpose.REQUEST):
            assert people.people().count() == 4
            with pytest.raises(ProgrammingError, match="permission denied"):
                makers.make_person("late@traveller.example")

        walls.stop_readers(source, traveller.schema)
        with tenancy.activate(traveller, purpose=Purpose.READ), pytest.raises(ProgrammingError, match="does not exist"):
            people.people().count()

        walls.take_down(source, traveller.schema)
    assert moving.rights(traveller, alias="cell-1") == before


def test_a_writer_that_passed_before_the_wall_is_waited_for(traveller: TenantRef) -> None:
    with servers.opened("cell-1") as source, servers.opened("cell-1") as writer:
        with servers.acting_as(writer, traveller.schema), writer.transaction():
            writer.execute(f'UPDATE "{traveller.schema}".identity_user SET name = name')
            walls.stop_writers(source, traveller.schema)
            assert walls.wait_for_writers(source, traveller.schema, patience_s=0.05) is False
        assert walls.wait_for_writers(source, traveller.schema, patience_s=5.0) is True
        walls.take_down(source, traveller.schema)


def test_two_who_ask_at_once_get_one_move(traveller: TenantRef, second_cell: str) -> None:
    found: list[str] = []

    def ask() -> None:
        found.append(moving.start(traveller.id, to=second_cell).public_id)
        connections.close_all()

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()

    assert (len(found), len(set(found))) == (3, 1)


def test_a_tenant_that_is_being_migrated_is_not_moved_meanwhile(traveller: TenantRef, second_cell: str) -> None:
    operation = moving.start(traveller.id, to=second_cell)
    held = threading.Event()
    done = threading.Event()

    def migrate() -> None:
        with provisioning.alone(traveller):
            held.set()
            done.wait(30)
        connections.close_all()

    migration = threading.Thread(target=migrate)
    migration.start()
    held.wait(30)
    left = moving.work(operation)
    done.set()
    migration.join()

    assert (left.state, left.step) == ("running", 0)
    assert traveller.schema not in moving.schemas(second_cell)


def _remember(ref: TenantRef) -> None:
    """Let this process believe what was so before the move."""
    resolving._memory.keep(f"{ref.slug}.localhost", ref, generation=resolving._memory.generation, asked_at=time.monotonic())
