"""Freehold inside a worker: the same outcome as stock's, and what the customer sees beyond it."""

import io
import time
from functools import cache

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client, override_settings

from bench.tenants_of_ours import ACTOR, OWNER, PASSWORD, platform
from identity import actions as identity
from kernel import tenancy
from kernel.tenancy import Purpose
from tenants import actions as registry
from tenants import places, provisioning, registration, spares
from tenants.models import Cell, Spare, TenantState

CREATED = 201


def spare(count: int) -> None:
    """Build spares until `count` are ready."""
    with tenancy.activate(platform(), purpose=Purpose.OPERATOR), override_settings(SPARE_TENANTS=count):
        registry.refill_spares(actor=ACTOR)


def claim(names: list[str]) -> list[float]:
    """Give spares to tenants, one after the other; the milliseconds of each: its row, schema, tables and host, as stock's.

    In which cell is decided before: stock has one place for all.
    """
    with transaction.atomic(using=tenancy.HOME):
        cell = registration.choose_cell(None)
    return [_claimed(name, cell=cell) for name in names]


def build(names: list[str]) -> list[float]:
    """The same without spares: each place is built from the script while the tenant waits."""
    with transaction.atomic(using=tenancy.HOME):
        cell = registration.choose_cell(None)
    return [_built(name, cell=cell) for name in names]


def create(names: list[str]) -> list[float]:
    """The whole action, with a spare: also checks, operation, trail, and the invitation of the first owner."""
    with tenancy.activate(platform(), purpose=Purpose.OPERATOR):
        return [_created(name) for name in names]


def create_by_api(names: list[str]) -> list[float]:
    """The same through the API, in process: host, key, checks, action, answer. Raises RuntimeError for any answer but 201."""
    client, key = Client(HTTP_HOST=settings.OPERATOR_HOST), _key()
    return [_posted(name, client=client, key=key) for name in names]


def create_by_command(names: list[str]) -> list[float]:
    """The same through the operator's command, in a process that runs already."""
    return [_commanded(name) for name in names]


@cache
def _key() -> str:
    """An API key of an operator who may everything."""
    with tenancy.activate(platform(), purpose=Purpose.OPERATOR):
        added = identity.add_person("operator@platform.example", OWNER, ["owner"], actor=ACTOR)
        owner = identity.accept_invitation(added.invitation_token, password=PASSWORD, name=OWNER)
        return identity.create_api_key("bench", scopes=["*"], owner_id=owner.id, actor=ACTOR).secret


def _posted(name: str, *, client: Client, key: str) -> float:
    body = {"slug": name, "name": name, "owner_email": f"owner@{name}.example", "owner_name": OWNER}
    started = time.perf_counter()
    answer = client.post("/v1/tenants", body, content_type="application/json", headers={"Authorization": f"Bearer {key}"})
    elapsed_ms = (time.perf_counter() - started) * 1000
    if answer.status_code != CREATED:
        raise RuntimeError(f"{name}: {answer.status_code} {answer.content[:300]!r}")
    return elapsed_ms


def _commanded(name: str) -> float:
    started = time.perf_counter()
    owner = ("--owner-email", f"owner@{name}.example", "--owner-name", OWNER)
    call_command("tenant", "create", name, "--name", name, *owner, "--json", stdout=io.StringIO())
    return (time.perf_counter() - started) * 1000


def _claimed(name: str, *, cell: Cell) -> float:
    started = time.perf_counter()
    with transaction.atomic(using=tenancy.HOME):
        tenant_id = spares.claim(cell)
        if tenant_id is None:
            raise RuntimeError(f"no spare is left of {Spare.objects.count()}; SPARE_TENANTS is {settings.SPARE_TENANTS}")
        tenant = registration.unsaved(name, name=name, cell=cell, state=TenantState.ACTIVE, tenant_id=tenant_id)
        registration.save_new(tenant)
    return (time.perf_counter() - started) * 1000


def _built(name: str, *, cell: Cell) -> float:
    started = time.perf_counter()
    with transaction.atomic(using=tenancy.HOME):
        tenant = registration.unsaved(name, name=name, cell=cell, state=TenantState.PROVISIONING, tenant_id=spares.free_id())
        registration.save_new(tenant)
    provisioning.build_place(tenant.ref(), on_progress=places.quietly)
    return (time.perf_counter() - started) * 1000


def _created(name: str) -> float:
    started = time.perf_counter()
    asked = registry.create_tenant(name, name=name, owner_email=f"owner@{name}.example", owner_name=OWNER, actor=ACTOR)
    elapsed_ms = (time.perf_counter() - started) * 1000
    if not asked.is_open:
        raise RuntimeError(f"{name} got no spare")
    return elapsed_ms
