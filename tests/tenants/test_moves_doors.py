"""Asking for a move: who may, what is refused before anything is made, and what the API and the commands say."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.conf import settings

from config.embedded import addresses as addressing
from config.embedded import keys, postgres
from identity import actions as identity
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, Problem
from kernel.tenancy import Purpose, TenantRef
from operations.models import Operation
from tenants import actions
from tenants.models import Cell, Tenant
from tenants.moves import ability, servers
from tenants.problems import MoveRunning
from tests import makers, places
from tests.caller import Caller
from tests.tenants import moving
from tests.tenants.commands import run
from tests.tenants.registry import registry_unchanged

pytestmark = pytest.mark.committed


@pytest.fixture
def traveller(second_cell: str) -> Iterator[TenantRef]:
    """A tenant in the first cell, while there is a second."""
    ref = moving.make_traveller()
    yield ref
    moving.remove(ref)


@pytest.fixture
def operators_key(platform: TenantRef) -> Iterator[str]:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        created = makers.make_key(email=f"moves-{ids.new_id().hex}@platform.example")
        yield created.secret
        identity.revoke_api_key(created.key.id, reason="The test is over.", actor=moving.OPERATOR)


def _refused(tenant_id: object, *, cell: str) -> str:
    """The type of the problem with which a move is refused; nothing has changed."""
    with tenancy.activate(moving.at_platform(), purpose=Purpose.OPERATOR):
        before = Operation.objects.count()
        with registry_unchanged(), pytest.raises(Problem) as refusal:
            actions.move_tenant(tenant_id, cell=cell, actor=moving.OPERATOR)  # type: ignore[arg-type]  # a UUID of a fixture
        assert Operation.objects.count() == before
    return refusal.value.type


def test_a_move_to_where_the_tenant_is_is_refused(traveller: TenantRef) -> None:
    assert _refused(traveller.id, cell="cell-1") == "tenant-already-there"


def test_a_move_to_an_unknown_cell_is_refused(traveller: TenantRef) -> None:
    assert _refused(traveller.id, cell="nowhere") == "cell-unknown"


@pytest.mark.parametrize("change", [{"state": "draining"}, {"state": "closed"}, {"capacity": 0}])
def test_a_move_to_a_cell_that_takes_nobody_is_refused(change: dict[str, object], traveller: TenantRef, second_cell: str) -> None:
    Cell.objects.filter(name=second_cell).update(**change)

    assert _refused(traveller.id, cell=second_cell) == "cell-unknown"


def test_a_move_out_of_the_tenants_jurisdiction_is_refused(traveller: TenantRef, second_cell: str) -> None:
    Tenant.objects.filter(id=traveller.id).update(residency="US")

    assert _refused(traveller.id, cell=second_cell) == "residency-forbids"


@pytest.mark.parametrize("state", ["provisioning", "failed", "archived", "deleting"])
def test_a_tenant_that_is_not_at_rest_is_not_moved(state: str, traveller: TenantRef, second_cell: str) -> None:
    Tenant.objects.filter(id=traveller.id).update(state=state)

    assert _refused(traveller.id, cell=second_cell) == "tenant-state"


def test_the_operators_own_tenant_stays(platform: TenantRef, second_cell: str) -> None:
    assert _refused(platform.id, cell=second_cell) == "tenant-reserved"


def test_a_second_address_of_the_same_database_is_no_other_cell(traveller: TenantRef) -> None:
    where = addressing.at(settings.VAR)
    password = quote(keys.secret(where, keys.DATABASE_PASSWORD), safe="")
    url = f"postgres://freehold:{password}@{quote(str(where.postgres_sockets), safe='')}:5432/cell_1"

    with places.second_cell(url, name="cell-9"):
        assert _refused(traveller.id, cell="cell-9") == "move-impossible"


def test_a_table_without_a_key_is_named(traveller: TenantRef, second_cell: str) -> None:
    with servers.opened("cell-1") as source, servers.acting_as(source, servers.OWNER_ROLE):
        source.execute(f'CREATE TABLE "{traveller.schema}".keyless (word text)')

    assert ability.problems_between(traveller, target=second_cell) == ["The table keyless has no primary key."]
    assert _refused(traveller.id, cell=second_cell) == "move-impossible"


def test_a_move_needs_its_permission(traveller: TenantRef, second_cell: str, platform: TenantRef) -> None:
    reader = makers.person_actor(grants=frozenset({"read:*", "write:*"}), tenant_id=platform.id)

    with tenancy.activate(platform, purpose=Purpose.OPERATOR), registry_unchanged(), pytest.raises(Forbidden):
        actions.move_tenant(traveller.id, cell=second_cell, actor=reader)


def test_both_servers_are_able(second_cell: str) -> None:
    assert (ability.problems_of("cell-1"), ability.problems_of(second_cell)) == ([], [])


def test_a_server_that_was_not_prepared_says_what_it_lacks(second_cell: str) -> None:
    where = places.second_addresses()
    with postgres.connected_as_superuser(where, places.DATABASE) as superuser:
        superuser.execute("ALTER ROLE freehold_mover NOREPLICATION")
        superuser.execute("REVOKE pg_create_subscription FROM freehold_mover")

    found = ability.problems_of(second_cell)
    postgres.prepare(where)

    assert [text.partition(". ")[0] for text in found] == [
        "freehold_mover may not log in and replicate",
        "freehold_mover may not create subscriptions (pg_create_subscription)",
    ]
    assert ability.problems_of(second_cell) == []


def test_nobody_can_log_in_as_the_mover_between_moves(installation: None) -> None:
    with makers.superuser("cell-1") as superuser:
        postgres.prepare(addressing.at(settings.VAR))
        superuser.execute("ALTER ROLE freehold_mover PASSWORD NULL")
        row = superuser.execute("SELECT rolpassword IS NULL, rolsuper FROM pg_authid WHERE rolname = 'freehold_mover'").fetchone()

    assert row == (True, False)


def test_the_api_moves_and_tells_of_it(traveller: TenantRef, second_cell: str, operators_key: str) -> None:
    caller = Caller(host="platform.localhost", key=operators_key)
    shown = Tenant.objects.get(id=traveller.id).public_id

    asked = caller.put(f"/v1/tenants/{shown}/placement", {"cell": second_cell})
    again = caller.put(f"/v1/tenants/{shown}/placement", {"cell": second_cell})
    elsewhere = caller.put(f"/v1/tenants/{shown}/placement", {"cell": "cell-7"})
    with tenancy.activate(moving.at_platform(), purpose=Purpose.OPERATOR):
        moving.work(Operation.objects.get(subject=shown, kind="tenants.move"))
    listed = caller.get("/v1/moves?q=traveller&limit=1").json()["data"][0]

    assert (asked.status_code, again.status_code) == (202, 202)
    assert asked["Location"] == f"/v1/operations/{asked.json()['operation']}"
    assert asked.json()["operation"] == again.json()["operation"] == listed["operation"]
    assert (elsewhere.status_code, elsewhere.json()["type"]) == (409, "/problems/move-running")
    assert (listed["from_cell"], listed["to_cell"], listed["state"], listed["progress_percent"]) == (
        "cell-1",
        second_cell,
        "succeeded",
        100,
    )
    assert listed["freeze_ms"] > 0


def test_the_api_heeds_the_version(traveller: TenantRef, second_cell: str, operators_key: str) -> None:
    shown = Tenant.objects.get(id=traveller.id).public_id

    answer = Caller(host="platform.localhost", key=operators_key).put(
        f"/v1/tenants/{shown}/placement", {"cell": second_cell}, HTTP_IF_MATCH='"v99"'
    )

    assert (answer.status_code, answer.json()["type"]) == (412, "/problems/precondition-failed")


def test_the_command_moves_and_waits(traveller: TenantRef, second_cell: str) -> None:
    tried = run("tenant", "move", "traveller", "--to", second_cell, "--dry-run", "--json")
    untouched = moving.fresh(traveller).cell

    done = run("tenant", "move", "traveller", "--to", second_cell, "--inline", "--json")
    listed = run("tenant", "moves", "--q", "traveller", "--json")
    left = run("tenant", "leftovers", "--cell", "cell-1", "--json")

    assert (tried.code, tried.data["dry_run"], untouched) == (0, True, "cell-1")
    assert (done.code, done.data["state"], done.data["tenant"]["cell"]) == (0, "succeeded", second_cell)
    assert listed.data["moves"][0]["operation"] == done.data["operation"]
    assert traveller.id.hex in left.data["leftovers"][0]["schema"]


def test_the_command_refuses_in_words_and_code(traveller: TenantRef) -> None:
    ended = run("tenant", "move", "traveller", "--to", "cell-1", "--json")

    assert (ended.code, ended.data["problem"]["type"]) == (5, "/problems/tenant-already-there")


def test_a_move_elsewhere_is_refused_while_one_is_underway(traveller: TenantRef, second_cell: str, operator: Actor) -> None:
    operation = moving.start(traveller.id, to=second_cell)

    with tenancy.activate(moving.at_platform(), purpose=Purpose.OPERATOR), pytest.raises(MoveRunning) as refusal:
        actions.move_tenant(traveller.id, cell="cell-7", actor=operator)

    assert refusal.value.fields["operation"] == operation.public_id
    moving.cancel(operation)
