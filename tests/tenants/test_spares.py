"""Spare places: built beforehand, claimed once, finished after a death. Most of these tests commit, and clear the pool before and after."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connections, transaction

from audit import queries as audit
from identity import queries as people
from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose
from operations import queries as operations
from tenants import actions, places, provisioning, queries, spares, tasks, template
from tenants.models import Cell, Spare, SpareState, Tenant, schema_of
from tests import makers
from tests.caller import Caller
from tests.tenants.commands import run
from tests.tenants.spare_pool import ask_for, clear_pool, commits, in_threads
from tests.tenants.test_provisioning import finished, picture

CELL = "cell-1"
STATEMENTS = 45
"""What it takes to make a tenant from a spare, in both databases together; may only fall. One of them makes the key of the owner's data in the trail,
seven give the owner their role, whoever else gives or deletes it at that moment.

The entries that go out with a COMMIT are no statements of their own (ADR 30).
"""


@commits
def test_each_open_cell_gets_its_spares_and_a_second_round_finds_nothing_to_do(operator: Actor) -> None:
    assert actions.refill_spares(actor=operator) == 2
    assert actions.refill_spares(actor=operator) == 0

    (pool,) = [pool for pool in queries.pools(template_state=template.current_state()) if pool.cell == CELL]
    assert (pool.ready, pool.building, pool.outdated) == (2, 0, 0)
    assert audit.entries(action="tenants.spare.built").count() >= 2


@commits
def test_a_spare_is_complete_before_anybody_asks_for_it(operator: Actor) -> None:
    actions.refill_spares(actor=operator)

    spare = Spare.objects.order_by("id")[0]
    ref = places.ref_of(CELL, schema=spare.schema, tenant_id=spare.id)
    assert spare.schema == schema_of(spare.id)
    assert provisioning.behind([ref]) == []
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        assert sorted(people.roles().values_list("name", flat=True)) == sorted(role.name for role in people.builtin_roles())
        assert list(audit.entries().values_list("action", flat=True)) == ["identity.role.installed"]


@commits
def test_a_tenant_takes_a_spare_and_is_open_when_the_call_returns(operator: Actor) -> None:
    actions.refill_spares(actor=operator)
    spare = Spare.objects.order_by("id")[0]

    requested = ask_for("spare-born", actor=operator)

    assert (requested.is_open, requested.is_new, requested.tenant.id, requested.tenant.schema) == (
        True,
        True,
        spare.id,
        spare.schema,
    )
    assert not Spare.objects.filter(id=spare.id).exists()
    assert picture(requested.tenant) == finished("spare-born")
    operation = requested.operation
    assert (operation.state, operation.step, operation.attempts) == ("succeeded", 5, 0)
    result = operations.result_of(operation, actor=operator)
    assert (result["tenant"], result["owner_email"]) == (requested.tenant.public_id, "owner@spare-born.example")
    token = result["invitation_url"].rpartition("/")[2]
    assert "invitation_url" not in operation.result
    with tenancy.activate(requested.tenant.ref(), purpose=Purpose.OPERATOR):
        assert people.invitation(token).user.email == "owner@spare-born.example"


@commits
def test_the_number_of_statements_that_a_tenant_costs_is_known(operator: Actor) -> None:
    actions.refill_spares(actor=operator)
    ask_for("spare-warm", actor=operator)
    statements: list[str] = []

    def count(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in (tenancy.HOME, CELL):
            stack.enter_context(connections[alias].execute_wrapper(count))
        ask_for("spare-cost", actor=operator)

    assert len(statements) == STATEMENTS


class Killed(BaseException):
    """The process dies here: nothing that is open is committed, nothing that follows is done."""


def die_at(number: int) -> Callable[..., Any]:
    """Lets statements through up to a number, and dies at it."""
    done = 0

    def step(execute: Any, sql: str, params: Any, many: Any, context: Any) -> Any:
        nonlocal done
        done += 1
        if done == number:
            raise Killed
        return execute(sql, params, many, context)

    return step


@commits
@pytest.mark.parametrize("number", [*range(1, STATEMENTS, 3), STATEMENTS])
def test_a_death_at_any_statement_leaves_either_a_clean_spare_or_a_tenant_that_is_finished(
    number: int, operator: Actor, settings: Any
) -> None:
    settings.SPARE_TENANTS = 1
    actions.refill_spares(actor=operator)
    slug, die = f"spare-dies-{number:02}", die_at(number)
    connections.close_all()

    with ExitStack() as stack:
        for alias in (tenancy.HOME, CELL):
            stack.enter_context(connections[alias].execute_wrapper(die))
        with pytest.raises(Killed):
            ask_for(slug, actor=operator)
    connections.close_all()

    tenant = Tenant.objects.filter(slug=slug).first()
    if tenant is None:
        assert ask_for(slug, actor=operator).is_open
    else:
        tasks.sweep()
        operation = queries.making_of(tenant.id)
        assert operation is not None
        actions.provision_tenant(operation.id, actor=operator)
    made = queries.tenant_by_slug(slug)
    assert (made.state, queries.making_of(made.id).state) == ("active", "succeeded")  # type: ignore[union-attr]  # looked at above
    assert picture(made) == finished(slug)


@commits
def test_the_same_request_gets_its_tenant_again_when_the_first_answer_was_lost(operator: Actor) -> None:
    actions.refill_spares(actor=operator)
    with pytest.raises(Killed), connections[CELL].execute_wrapper(die_at(12)):
        ask_for("spare-again", actor=operator, request="one")
    connections.close_all()
    tenant = Tenant.objects.get(slug="spare-again")
    assert (tenant.state, queries.making_of(tenant.id)) == ("provisioning", None)

    with pytest.raises(Exception, match="belongs to another tenant"):
        ask_for("spare-again", actor=operator, request="two")
    with pytest.raises(Exception, match="belongs to another tenant"):
        ask_for("spare-again", actor=operator)
    again = ask_for("spare-again", actor=operator, request="one")

    assert (again.tenant.id, again.is_new) == (tenant.id, False)
    actions.provision_tenant(again.operation.id, actor=operator)
    assert picture(queries.tenant(tenant.id)) == finished("spare-again")
    assert ask_for("spare-again", actor=operator, request="one").is_open


@commits
def test_two_that_ask_at_once_get_two_spares(operator: Actor) -> None:
    actions.refill_spares(actor=operator)
    wanted = set(Spare.objects.values_list("id", flat=True))

    made = in_threads(lambda: ask_for("spare-left", actor=operator), lambda: ask_for("spare-right", actor=operator))

    assert {requested.tenant.id for requested in made} == wanted
    assert all(requested.is_open for requested in made)
    assert Spare.objects.count() == 0


def claim_within(cell: Cell, *, patience: str) -> Any:
    """Claim on a connection that waits for no lock longer than this."""
    with connections[tenancy.HOME].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [patience])
    return spares.claim(cell)


@commits
def test_a_spare_that_another_transaction_holds_is_passed_by_without_waiting(operator: Actor) -> None:
    actions.refill_spares(actor=operator)
    first, second = Spare.objects.order_by("id")
    cell = Cell.objects.get(name=CELL)
    with transaction.atomic():
        Spare.objects.select_for_update().get(id=first.id)

        (claimed,) = in_threads(lambda: claim_within(cell, patience="2s"))

    assert claimed == second.id


@commits
def test_a_dry_run_leaves_nobody_in_a_spare_of_another_cell(second_cell: str, operator: Actor) -> None:
    actions.refill_spares(actor=operator)
    spare = Spare.objects.filter(cell_id=second_cell).order_by("id")[0]

    ran = run("tenant", "create", "spare-dry", "--name", "Dry", "--owner-email", "o@dry.example", "--owner-name", "Olive", "--cell",
              second_cell, "--dry-run", "--json")  # fmt: skip

    assert (ran.code, ran.data["dry_run"]) == (0, True)
    assert Spare.objects.filter(id=spare.id, state=SpareState.READY).exists()
    with tenancy.activate(places.ref_of(second_cell, schema=spare.schema, tenant_id=spare.id), purpose=Purpose.OPERATOR):
        assert people.people().count() == 0
    made = ask_for("spare-there", actor=operator, cell=second_cell)
    assert (made.is_open, made.tenant.cell_id) == (True, second_cell)
    assert picture(made.tenant) == finished("spare-there")
    clear_pool()


@commits
def test_the_api_answers_201_when_a_spare_waits_and_202_when_it_must_be_built(operator: Actor) -> None:
    key = makers.make_key(email=f"{ids.new_id().hex}@platform.example").secret
    api = Caller(host="platform.localhost", key=key)
    body = {"name": "Spare", "owner_email": "ada@spare.example", "owner_name": "Ada"}
    actions.refill_spares(actor=operator)

    made = api.post("/v1/tenants", {**body, "slug": "spare-made"}, HTTP_IDEMPOTENCY_KEY="spare-made-1")
    again = api.post("/v1/tenants", {**body, "slug": "spare-made"}, HTTP_IDEMPOTENCY_KEY="spare-made-1")
    clear_pool()
    asked = api.post("/v1/tenants", {**body, "slug": "spare-asked"})

    assert (made.status_code, made.json()["state"], made["Location"]) == (201, "active", f"/v1/tenants/{made.json()['id']}")
    assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (201, made.json(), "true")
    invitation = api.get(f"/v1/operations/{made.json()['operation']}").json()["result"]["invitation_url"]
    assert invitation.startswith("http://spare-made.localhost")
    assert (asked.status_code, asked.json()["state"], asked["Location"]) == (
        202,
        "provisioning",
        f"/v1/operations/{asked.json()['operation']}",
    )
    actions.provision_tenant(ids.parse("op", asked.json()["operation"]), actor=operator)
