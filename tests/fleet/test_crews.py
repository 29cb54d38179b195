"""The threads of a run: what they hold while they go from tenant to tenant."""

from typing import Any

import pytest
from django.db import connections

from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants.fleet.crews import Crew

pytestmark = pytest.mark.committed


def backend(ref: TenantRef) -> int:
    """Which process of the server answers in a tenant."""
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_thread_replaces_its_connection_after_as_many_tenants_as_the_settings_say(
    acme: TenantRef, globex: TenantRef, platform: TenantRef, settings: Any
) -> None:
    settings.TENANTS_PER_CONNECTION = 2
    backends: list[int] = []

    Crew(backend, jobs=1).work({acme.cell: [acme, globex, platform]}, watch=backends.extend)

    assert len(backends) == 3
    assert backends[0] == backends[1] != backends[2]
