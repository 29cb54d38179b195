"""What an installation needs before anybody can ask for anything: cells, tenant zero, tables in the state of the code."""

import time

from django.conf import settings
from django.db import transaction

from identity import actions as identity
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import PLATFORM_SLUG, Purpose, TenantRef
from tenants import events, outbox, provisioning, registration
from tenants.actions.life import activate_tenant
from tenants.fleet import states
from tenants.fleet.compiling import compiled
from tenants.fleet.members import Member, of_tenant
from tenants.fleet.replaying import bring
from tenants.models import Cell, Domain, DomainKind, Region, Tenant, TenantState
from tenants.provisioning import Progress

PLATFORM_NAME = "Platform"
DEFAULT_REGION = "local"


def update_home(*, on_progress: Progress) -> int:
    """Bring the registry's own tables to the state of the code; returns how many migrations were run.

    Idempotent. Told on no trail: it runs before there is one, and it changes no row. Home is left as it was when a migration fails.
    """
    return provisioning.migrate_home(on_progress=on_progress)


def establish_platform(*, on_progress: Progress, actor: Actor) -> TenantRef:
    """Make tenant zero whole: its row and address, its schema and tables, its roles; and a row for each configured cell.

    Idempotent, and in steps that commit by themselves, since the trail that would tell of it is only being made. Tables that are there are
    migrated as the fleet's are, so that platform goes on serving. The last step, opening the tenant, is an action like any other. Nobody but
    the system may do this.
    """
    tenant = _registered()
    ref = tenant.ref()
    updated = _update(of_tenant(tenant), on_progress=on_progress)
    if updated is None:
        with provisioning.alone(ref):
            provisioning.build_place(ref, on_progress=on_progress)
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        identity.install_builtin_roles(actor=actor)
        if updated:
            _record_update(tenant, migrations=updated, actor=actor)
        return activate_tenant(ref.id, actor=actor).ref()


def _update(member: Member, *, on_progress: Progress) -> int | None:
    """Bring tables that are there to the state of the code; how many migrations were run, None when there are no tables."""
    applied = states.one(member)
    if applied is None:
        return None
    script = compiled(member, applied=applied)
    if script.steps:
        on_progress(0, len(script.steps), f"{script.steps[0].app}.{script.steps[0].name}")
        bring(member, script=script, pause=time.sleep)
        on_progress(len(script.steps), len(script.steps), "")
    return len(script.steps)


@tenancy.atomic
@transaction.atomic(using=tenancy.HOME)
def _record_update(tenant: Tenant, *, migrations: int, actor: Actor) -> None:
    outbox.record(
        events.TenantUpdated(subject=tenant.public_id, subject_label=tenant.name, migrations=migrations),
        actor=actor,
        tenant_id=tenant.id,
    )


@transaction.atomic(using=tenancy.HOME)
def _registered() -> Tenant:
    """The rows of the cells and of tenant zero, made or brought to what the settings say."""
    region, _ = Region.objects.get_or_create(
        code=DEFAULT_REGION, defaults={"jurisdiction": DEFAULT_REGION, "label": "This machine"}
    )
    for alias in settings.CELLS:
        Cell.objects.get_or_create(name=alias, defaults={"region": region})
    tenant = Tenant.objects.select_for_update().filter(slug=PLATFORM_SLUG).first()
    if tenant is None:
        cell = registration.choose_cell(None)
        return registration.insert(
            PLATFORM_SLUG, name=PLATFORM_NAME, cell=cell, state=TenantState.PROVISIONING, host=settings.OPERATOR_HOST
        )
    Domain.objects.filter(tenant=tenant, kind=DomainKind.PLATFORM).exclude(host=settings.OPERATOR_HOST).update(
        host=settings.OPERATOR_HOST
    )
    return tenant
