"""Asking for tenants, renaming, suspending and resuming them, adding and removing their hosts."""

from typing import Any
from uuid import UUID

import pytest

from kernel import ids, tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid, PreconditionFailed
from operations.models import Operation
from tenants import actions
from tenants.models import Cell, PendingEntry, Tenant
from tenants.problems import (
    CellUnknown,
    DomainNotFound,
    NoCell,
    RegistryClosed,
    ReservedTenant,
    SlugInvalid,
    SlugLookalike,
    SlugReserved,
    SlugTaken,
    TenantNotFound,
    WrongState,
)
from tests import makers
from tests.tenants.registry import pending, registry_unchanged, told

pytestmark = pytest.mark.usefixtures("at_platform")

OWNER: dict[str, Any] = {"owner_email": "Ada@Umbrella.example", "owner_name": "Ada Lovelace"}


def ask_for(slug: str, *, actor: Actor) -> actions.Requested:
    return actions.create_tenant(slug, name="Umbrella", **OWNER, actor=actor)


def test_a_requested_tenant_stands_in_the_registry_and_waits_for_its_operation(operator: Actor) -> None:
    requested = ask_for("umbrella", actor=operator)

    tenant = Tenant.objects.get(slug="umbrella")
    assert (tenant.state, tenant.name, tenant.cell_id, tenant.slug_skeleton) == ("provisioning", "Umbrella", "cell-1", "umbrella")
    assert list(tenant.domains.values_list("host", "kind", "is_primary")) == [("umbrella.localhost", "platform", True)]
    operation = Operation.objects.get(key=f"tenants.provision:{tenant.id}")
    assert operation == requested.operation
    assert (operation.state, operation.subject, len(operation.steps)) == ("queued", tenant.public_id, 5)
    assert operation.arguments["owner_email"] == "ada@umbrella.example"
    assert told() == ["tenants.tenant.requested"]


def test_home_holds_nothing_readable_about_the_owner(operator: Actor) -> None:
    ask_for("umbrella", actor=operator)

    sealed = PendingEntry.objects.get().sealed
    assert "ada" not in sealed.lower()
    assert sealed.startswith("v1.")
    assert pending()[0]["operation"]["arguments"]["owner_email"] == "ada@umbrella.example"


@pytest.mark.parametrize(
    ("slug", "problem"),
    [
        ("acme", SlugTaken),
        ("ac-me", SlugLookalike),
        ("g1obex", SlugLookalike),
        ("platform", SlugReserved),
        ("Umbrella", SlugInvalid),
        ("аcme", SlugInvalid),  # noqa: RUF001 - the first letter is Cyrillic
    ],
)
def test_a_slug_that_cannot_be_had_changes_nothing(slug: str, problem: type[Exception], operator: Actor) -> None:
    operations = Operation.objects.count()

    with registry_unchanged(), pytest.raises(problem):
        ask_for(slug, actor=operator)

    assert Operation.objects.count() == operations


def test_a_lookalike_is_refused_without_naming_the_other_tenant(operator: Actor) -> None:
    with pytest.raises(SlugLookalike) as refused:
        ask_for("gl0bex", actor=operator)

    assert "globex" not in str(refused.value.document())


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("name", "", "/name"),
        ("name", "x" * 121, "/name"),
        ("name", "Acme\u202egrubnietsie", "/name"),
        ("owner_email", "nobody", "/owner_email"),
        ("owner_email", "a@b_c.example", "/owner_email"),
        ("owner_name", "Ada\nLovelace", "/owner_name"),
    ],
)
def test_a_bad_field_is_named_by_its_pointer(field: str, value: str, pointer: str, operator: Actor) -> None:
    fields = {"name": "Umbrella", **OWNER, field: value}

    with registry_unchanged(), pytest.raises(Invalid) as refused:
        actions.create_tenant("umbrella", **fields, actor=operator)

    assert refused.value.fields["errors"][0]["pointer"] == pointer


def test_the_owner_of_a_tenant_may_do_nothing_in_the_registry(acme: tenancy.TenantRef, globex: tenancy.TenantRef) -> None:
    stranger = makers.person_actor(tenant_id=acme.id)

    with registry_unchanged():
        for active in (acme, tenancy.current()):
            with tenancy.activate(active, purpose=tenancy.Purpose.REQUEST), pytest.raises(RegistryClosed):
                actions.suspend_tenant(globex.id, reason="Competition", actor=stranger)


def test_a_person_of_platform_needs_the_permission(globex: tenancy.TenantRef) -> None:
    reader = makers.person_actor(grants=frozenset({"read:*"}))

    with registry_unchanged(), pytest.raises(Forbidden) as refused:
        actions.suspend_tenant(globex.id, reason="Because", actor=reader)

    assert refused.value.fields["permission"] == "execute:tenants.suspension"


def test_the_emptiest_open_cell_with_room_is_taken(operator: Actor) -> None:
    Cell.objects.filter(name="cell-1").update(state="draining")

    with pytest.raises(NoCell):
        ask_for("umbrella", actor=operator)

    Cell.objects.filter(name="cell-1").update(state="open", capacity=Tenant.objects.count())
    with pytest.raises(NoCell):
        ask_for("umbrella", actor=operator)

    Cell.objects.filter(name="cell-1").update(capacity=Tenant.objects.count() + 1)
    assert ask_for("umbrella", actor=operator).tenant.cell_id == "cell-1"


def test_a_cell_that_is_not_there_is_refused(operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(CellUnknown):
        actions.create_tenant("umbrella", name="Umbrella", **OWNER, cell="cell-9", actor=operator)


def test_suspending_and_resuming_tell_why_and_count(globex: tenancy.TenantRef, operator: Actor) -> None:
    suspended = actions.suspend_tenant(globex.id, reason=" Not paid. ", expected_version=globex.version, actor=operator)
    assert (suspended.state, suspended.state_reason, suspended.version) == ("suspended", "Not paid.", globex.version + 1)

    resumed = actions.resume_tenant(globex.id, expected_version=suspended.version, actor=operator)
    assert (resumed.state, resumed.state_reason, resumed.version) == ("active", "", globex.version + 2)

    assert told() == ["tenants.tenant.suspended", "tenants.tenant.resumed"]
    assert pending()[0]["document"]["details"] == {"reason": "Not paid."}


def test_suspending_or_resuming_twice_records_once(globex: tenancy.TenantRef, operator: Actor) -> None:
    actions.resume_tenant(globex.id, actor=operator)
    for _ in range(2):
        actions.suspend_tenant(globex.id, reason="Not paid.", actor=operator)

    assert told() == ["tenants.tenant.suspended"]


def test_another_reason_is_recorded(globex: tenancy.TenantRef, operator: Actor) -> None:
    actions.suspend_tenant(globex.id, reason="Not paid.", actor=operator)

    assert actions.suspend_tenant(globex.id, reason="Abuse.", actor=operator).state_reason == "Abuse."
    assert told() == ["tenants.tenant.suspended"] * 2


def test_an_old_version_changes_nothing(globex: tenancy.TenantRef, operator: Actor) -> None:
    stale = globex.version - 1

    with registry_unchanged():
        with pytest.raises(PreconditionFailed):
            actions.suspend_tenant(globex.id, reason="Not paid.", expected_version=stale, actor=operator)
        with pytest.raises(PreconditionFailed):
            actions.resume_tenant(globex.id, expected_version=stale, actor=operator)
        with pytest.raises(PreconditionFailed):
            actions.rename_tenant(globex.id, name="Other", expected_version=stale, actor=operator)


def test_only_a_complete_tenant_can_be_suspended_or_resumed(operator: Actor) -> None:
    tenant_id = ask_for("umbrella", actor=operator).tenant.id

    with registry_unchanged():
        with pytest.raises(WrongState):
            actions.suspend_tenant(tenant_id, reason="Not paid.", actor=operator)
        with pytest.raises(WrongState):
            actions.resume_tenant(tenant_id, actor=operator)


def test_platform_cannot_be_suspended_or_renamed(platform: tenancy.TenantRef, operator: Actor) -> None:
    with registry_unchanged():
        with pytest.raises(ReservedTenant):
            actions.suspend_tenant(platform.id, reason="Experiment", actor=operator)
        with pytest.raises(ReservedTenant):
            actions.rename_tenant(platform.id, slug="operators-den", actor=operator)


def test_a_new_slug_moves_the_address_and_leaves_the_schema(globex: tenancy.TenantRef, operator: Actor) -> None:
    actions.claim_domain(globex.id, host="id.globex.com", actor=operator)

    renamed = actions.rename_tenant(globex.id, slug="globex-group", name="Globex Group", actor=operator)

    assert (renamed.slug, renamed.name, renamed.schema, renamed.version) == (
        "globex-group",
        "Globex Group",
        globex.schema,
        globex.version + 1,
    )
    assert sorted(renamed.domains.values_list("host", "state")) == [
        ("globex-group.localhost", "active"),
        ("globex.localhost", "released"),
        ("id.globex.com", "claimed"),
    ]
    assert renamed.host == "globex-group.localhost"
    assert pending()[-1]["document"]["details"] == {
        "old_slug": "globex",
        "new_slug": "globex-group",
        "old_name": "Globex",
        "new_name": "Globex Group",
    }


def test_renaming_to_the_same_is_not_recorded(globex: tenancy.TenantRef, operator: Actor) -> None:
    with registry_unchanged():
        actions.rename_tenant(globex.id, slug=globex.slug, name=globex.name, actor=operator)
        actions.rename_tenant(globex.id, actor=operator)


def test_a_tenant_may_take_a_slug_that_looks_like_its_own(globex: tenancy.TenantRef, operator: Actor) -> None:
    assert actions.rename_tenant(globex.id, slug="glo-bex", actor=operator).slug == "glo-bex"


@pytest.mark.parametrize(
    ("slug", "problem"), [("acme", SlugTaken), ("a-cme", SlugLookalike), ("www", SlugReserved), ("", SlugInvalid)]
)
def test_a_tenant_is_not_renamed_to_what_cannot_be_had(
    slug: str, problem: type[Exception], globex: tenancy.TenantRef, operator: Actor
) -> None:
    with registry_unchanged(), pytest.raises(problem):
        actions.rename_tenant(globex.id, slug=slug, actor=operator)


def test_what_is_not_there_is_not_found(operator: Actor) -> None:
    nowhere = UUID(int=ids.new_id().int + 1)

    for call in (
        lambda: actions.suspend_tenant(nowhere, reason="x", actor=operator),
        lambda: actions.resume_tenant(nowhere, actor=operator),
        lambda: actions.rename_tenant(nowhere, name="x", actor=operator),
        lambda: actions.claim_domain(nowhere, host="a.example.com", actor=operator),
    ):
        with pytest.raises(TenantNotFound):
            call()
    with pytest.raises(DomainNotFound):
        actions.release_domain(nowhere, actor=operator)
