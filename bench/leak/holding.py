"""What a connection's process on the server holds after it has served many tenants, and what a new one costs."""

import time
from pathlib import Path

import structlog
from django.apps import apps
from django.conf import settings
from django.db import connections
from django.test.utils import override_settings

from kernel import ids, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import provisioning

CELL = "cell-1"
CONNECTS = 40
KIB_PER_MIB = 1024

log = structlog.get_logger(__name__)


def build() -> TenantRef:
    """A tenant's place with all its tables, by the product's own way; nobody is in it, and the registry does not know it."""
    number = ids.new_id()
    ref = TenantRef(
        id=number,
        slug=f"m-{number.hex}",
        name="Measured",
        schema=f"t_{number.hex}",
        cell=CELL,
        state="active",
        state_reason="",
        version=1,
        code="Bench0",
    )
    provisioning.build_place(ref, on_progress=quietly)
    return ref


def visit(refs: list[TenantRef], *, limit: int) -> list[float]:
    """Read every table of every tenant in turn with TENANTS_PER_CONNECTION at `limit`; MiB that the server's process held after each."""
    models = [model for model in apps.get_models() if model._meta.app_label not in settings.HOME_APPS]
    held = []
    connections[CELL].close()
    with override_settings(TENANTS_PER_CONNECTION=limit):
        for ref in refs:
            with tenancy.activate(ref, purpose=Purpose.REQUEST):
                for model in models:
                    list(model._meta.base_manager.all()[:1])
                held.append(private_mib(connections[CELL].connection.info.backend_pid))
            tenancy.rest()
    connections[CELL].close()
    return held


def connecting(ref: TenantRef) -> list[float]:
    """Milliseconds from no connection to the first answer in a tenant, many times."""
    spent = []
    with tenancy.activate(ref, purpose=Purpose.REQUEST):
        for _ in range(CONNECTS):
            connections[CELL].close()
            started = time.perf_counter()
            with connections[CELL].cursor() as cursor:
                cursor.execute("SELECT count(*) FROM identity_user")
            spent.append((time.perf_counter() - started) * 1e3)
    return spent


def private_mib(pid: int) -> float:
    """Memory that a process of this machine shares with no other (Linux)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / KIB_PER_MIB


def quietly(done: int, of: int, what: str) -> None:
    """A progress that nobody watches."""
    log.debug("bench.building", done=done, of=of, what=what)
