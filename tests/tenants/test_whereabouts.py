"""Where a tenant is: every copy is found, and who could not be asked is told."""

from collections.abc import Iterator

import pytest
import redis
from django.conf import settings as django_settings

from config.embedded import postgres
from kernel import tenancy
from kernel.tenancy import Purpose
from tenants import queries
from tenants.backups import files
from tenants.models import Backup, Cell, Leftover, Region, Tenant
from tenants.whereabouts import report
from tenants.whereabouts.places import Place
from tests import places


@pytest.fixture(autouse=True)
def inside_platform(platform: tenancy.TenantRef, ground: None) -> Iterator[None]:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        yield


def gathered(tenant: tenancy.TenantRef) -> report.Whereabouts:
    return report.gather(queries.tenant(tenant.id))


def of_kind(found: report.Whereabouts, kind: str) -> list[Place]:
    return [place for place in found.places if place.kind == kind]


def test_a_tenant_is_found_in_its_cell_with_evidence(acme: tenancy.TenantRef) -> None:
    found = gathered(acme)

    (place,) = of_kind(found, "schema")
    assert (place.where, place.region, place.jurisdiction, place.state.value) == ("cell-1", "local", "local", "ok")
    assert (place.evidence["schema"], place.evidence["owner"]) == (acme.schema, "freehold_owner")
    assert place.evidence["tables"] > 10
    assert place.evidence["bytes"] > 0
    assert (place.evidence["has_role"], place.evidence["role_may_enter"]) == (True, True)
    assert place.evidence["server"].startswith("PostgreSQL 18")
    assert (found.state.value, found.is_complete) == ("ok", True)


def test_the_registry_and_what_passes_by_are_told(acme: tenancy.TenantRef) -> None:
    found = gathered(acme)

    (registry,) = of_kind(found, "registry")
    assert (registry.evidence["state"], registry.evidence["domains"]) == ("active", 1)
    assert {place.where for place in of_kind(found, "redis")} == {"redis", "queues"}
    assert of_kind(found, "operation")[0].evidence["operations"] == 1


def test_no_password_stands_in_the_report(acme: tenancy.TenantRef) -> None:
    text = str(report.document(gathered(acme)))

    assert django_settings.DATABASES["default"]["PASSWORD"] not in text


def test_a_place_under_another_law_violates_residency(acme: tenancy.TenantRef) -> None:
    Region.objects.create(code="north", jurisdiction="EU", label="North")
    Tenant.objects.filter(id=acme.id).update(residency="EU")

    found = gathered(acme)

    assert found.state.value == "violates residency"
    assert [place.where for place in found.places if place.state.value == "violates residency"] == ["cell-1"]


def test_a_schema_that_is_gone_is_told(acme: tenancy.TenantRef) -> None:
    Tenant.objects.filter(id=acme.id).update(schema="t_" + "0" * 32)

    place = next(place for place in of_kind(gathered(acme), "schema") if place.evidence["exists"] is False)

    assert place.where == "cell-1"


def test_copies_and_stray_files_are_found(acme: tenancy.TenantRef, settings: object, tmp_path: object) -> None:
    settings.BACKUP_FOLDER = tmp_path  # type: ignore[attr-defined]
    tenant = queries.tenant(acme.id)
    copy = Backup.objects.create(
        tenant=tenant, kind="manual", state="ready", cell="cell-1", region="local", path=f"{tenant.public_id}/one.copy"
    )
    path = files.path_of(copy)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"12345")
    (path.parent / "forgotten.copy").write_bytes(b"1")

    found = of_kind(gathered(acme), "backup")

    assert [(place.evidence["file"], place.evidence["bytes"], place.evidence["known"]) for place in found] == [
        ("one.copy", 5, True),
        ("forgotten.copy", 1, False),
    ]


def test_keys_in_redis_that_name_the_tenant_are_found(acme: tenancy.TenantRef) -> None:
    client = redis.Redis.from_url(django_settings.REDIS_URL)
    client.set(f"test:{acme.id}", "1", ex=30)
    try:
        place = next(place for place in of_kind(gathered(acme), "redis") if place.where == "redis")
    finally:
        client.delete(f"test:{acme.id}")

    # What other tests counted about this tenant may still lie there.
    assert f"test:{acme.id}" in place.evidence["names"]
    assert place.evidence["keys"] == len(place.evidence["names"])


def test_a_redis_that_is_away_is_told_as_not_asked(acme: tenancy.TenantRef, settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]

    found = gathered(acme)

    assert [place.where for place in found.places if place.state.value == "not asked"] == ["redis"]
    assert not found.is_complete


@pytest.mark.committed
def test_every_cell_is_asked_for_what_bears_the_tenants_id(
    second_cell: str, acme: tenancy.TenantRef, globex: tenancy.TenantRef
) -> None:
    with postgres.connected_as_superuser(places.second_addresses(), places.DATABASE) as server:
        server.execute(f'CREATE SCHEMA "{acme.schema}"')
        server.execute(f'CREATE SCHEMA "moved_{globex.id.hex}"')
    leftover = Leftover.objects.create(
        schema=f"moved_{globex.id.hex}", cell_id=second_cell, tenant_id=globex.id, reason="x", drop_after="2030-01-01T00:00:00Z"
    )
    try:
        stray, old = of_kind(gathered(acme), "stray"), of_kind(gathered(globex), "leftover")
    finally:
        leftover.delete()
        with postgres.connected_as_superuser(places.second_addresses(), places.DATABASE) as server:
            server.execute(f'DROP SCHEMA "{acme.schema}", "moved_{globex.id.hex}"')

    assert [(place.where, place.jurisdiction, place.evidence["has_role"]) for place in stray] == [(second_cell, "EU", False)]
    assert [(place.where, place.evidence["schema"]) for place in old] == [(second_cell, f"moved_{globex.id.hex}")]


def test_a_cell_that_cannot_be_asked_is_told_and_a_closed_one_is_not_asked(acme: tenancy.TenantRef) -> None:
    Cell.objects.create(name="dark", region_id="local")
    Cell.objects.create(name="shut", region_id="local", state="closed")

    found = gathered(acme)

    assert [place.where for place in found.places if place.state.value == "not asked"] == ["dark"]
    assert (found.is_complete, found.state.value) == (False, "ok")
