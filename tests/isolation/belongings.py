"""What a tenant owns, by the name that addresses give it, and whether any of it changed or shows."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db import connections

from audit import queries as audit
from identity import actions as identity
from identity import queries as people
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from operations import actions as operations
from tenants import queries as tenants
from tenants.models import Backup, BackupKind, BackupState, FleetRun, Plan, Region
from tests import makers

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
SHARED = frozenset({"token", "cell", "name"})
"""What stands in addresses and gives nobody away: a secret that is shown once, and the names of cells, which hold many."""
STATE = "SELECT count(*), md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t"


@dataclass(frozen=True, slots=True)
class Belongings:
    """One tenant with one thing of each kind: `parameters` are what stands in addresses, `traces` what must show nowhere else."""

    ref: TenantRef
    key: str
    session: str
    parameters: dict[str, str]
    traces: frozenset[str] = field(default_factory=frozenset)

    @property
    def host(self) -> str:
        """Where it answers."""
        return tenants.primary_host(self.ref.id)

    @property
    def cookie(self) -> str:
        """The session as a browser sends it."""
        return f"{settings.SESSION_COOKIE_NAME}={self.session}"


def of(ref: TenantRef) -> Belongings:
    """An owner with key and session, an invited person, a role, a long job, an entry: made in the running transaction."""
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        email = f"keeper@{ref.slug}.example"
        created = makers.make_key(email=email)
        invited = identity.add_person(f"guest@{ref.slug}.example", "Guest", ["member"], actor=makers.OPERATOR)
        role = identity.create_role(
            f"keepers-{ref.slug}", label="Keepers", permissions=["read:audit.entries"], actor=makers.OPERATOR
        )
        operation = operations.start(
            "tenants.provision", key=f"isolation:{ref.slug}", subject="nothing", label=f"Job of {ref.slug}", steps=["One"],
            arguments={}, actor=makers.OPERATOR,
        )  # fmt: skip
        session = identity.sign_in(email, password=makers.PASSWORD).session_token
        entry = audit.entries(action="identity.role.created")[0]
        keeper = people.person_by_email(email)
    domain = tenants.domains(ref.id)[0].public_id
    tenant = tenants.tenant(ref.id).public_id
    parameters = {
        "person_id": invited.person.public_id, "role_id": role.public_id, "key_id": created.key.public_id,
        "operation_id": operation.public_id, "entry_id": entry.public_id, "token": invited.invitation_token,
        "tenant": tenant, "tenant_id": tenant, "domain": domain, "domain_id": domain, **_registered(ref),
    }  # fmt: skip
    traces = {value for name, value in parameters.items() if name not in SHARED} | {
        keeper.public_id, email, created.key.key_id, ref.schema, f"keepers-{ref.slug}", f"{ref.slug}.example", f"Job of {ref.slug}",
    }  # fmt: skip
    return Belongings(ref=ref, key=created.secret, session=session, parameters=parameters, traces=frozenset(traces))


def _registered(ref: TenantRef) -> dict[str, str]:
    """What home knows beside the tenant: a copy of it, a run of the fleet, a plan and a region, which have one code so that both are found."""
    code = f"{ref.slug}-own"
    plan = Plan.objects.create(code=code, label=f"Plan of {ref.slug}")
    region = Region.objects.create(code=code, label=f"Region of {ref.slug}", jurisdiction="EU")
    run = FleetRun.objects.create(target="0" * 64, options={"until": "rest", "jobs": 1, "canaries": [], "cells": [], "go": 1})
    backup = Backup.objects.create(
        tenant_id=ref.id, kind=BackupKind.MANUAL, state=BackupState.READY, cell=ref.cell, region="local", path=f"{ref.slug}.fhb"
    )
    return {
        "backup": backup.public_id, "backup_id": backup.public_id, "run": run.public_id, "run_id": run.public_id,
        "plan": plan.code, "region": region.code, "code": code, "cell": ref.cell, "name": ref.cell,
    }  # fmt: skip


def state_of(ref: TenantRef) -> dict[str, tuple[int, str]]:
    """Number and digest of all rows of every table of a tenant, trail and chain included; seen by the owner of the tables."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(TABLES)
        tables = [row[0] for row in cursor.fetchall()]
        state = {}
        for table in tables:
            cursor.execute(STATE.format(table=table))
            state[table] = cursor.fetchone()
    return state
