"""What an installation needs before anybody can ask for anything: cells, tenant zero, tables in the state of the code."""

from uuid import UUID

from django.conf import settings
from django.db import transaction

from identity import actions as identity
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import PLATFORM_SLUG, Purpose, TenantRef
from tenants import events, operators, outbox, provisioning, queries, registration
from tenants.actions.life import activate_tenant
from tenants.models import Cell, Domain, DomainKind, Region, Tenant, TenantState
from tenants.permissions import Permission
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

    Idempotent, and in steps that commit by themselves, since the trail that would tell of it is only being made. The last one, opening the
    tenant, is an action like any other. Nobody but the system may do this.
    """
    ref = _registered().ref()
    with provisioning.alone(ref):
        provisioning.create_schema(ref)
        provisioning.migrate(ref, on_progress=on_progress)
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        identity.install_builtin_roles(actor=actor)
        return activate_tenant(ref.id, actor=actor).ref()


def update_tables(tenant_id: UUID, *, on_progress: Progress, actor: Actor) -> int:
    """Bring a tenant's schema, tables and built-in roles to the state of the code; returns how many migrations were run. Platform is active.

    Idempotent: nothing is recorded when nothing was to do. Raises RegistryClosed, Forbidden, TenantNotFound, BeingMade.
    """
    operators.require(Permission.WRITE_TENANTS, actor=actor)
    tenant = queries.tenant(tenant_id)
    ref = tenant.ref()
    with provisioning.alone(ref):
        provisioning.create_schema(ref)
        done = provisioning.migrate(ref, on_progress=on_progress)
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        identity.install_builtin_roles(actor=actor)
    if done:
        _record_update(tenant, migrations=done, actor=actor)
    return done


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
