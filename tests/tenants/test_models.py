"""What the registry's rows promise."""

from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from kernel import tenancy
from tenants import models
from tenants.models import Cell, Domain, Tenant
from tenants.models.tenant import ALPHABET

TENANT_ID = UUID("01930000-0000-7000-8000-000000000001")


def test_the_code_follows_from_the_id_and_is_six_signs_of_base_62() -> None:
    code = models.code_of(TENANT_ID)

    assert code == models.code_of(TENANT_ID)
    assert len(code) == 6
    assert set(code) <= set(ALPHABET)
    assert code != models.code_of(UUID(int=TENANT_ID.int + 1))


def test_the_schema_is_named_after_the_id() -> None:
    assert models.schema_of(TENANT_ID) == "t_01930000000070008000000000000001"


def test_a_ref_says_where_the_tenant_is(acme: tenancy.TenantRef) -> None:
    row = Tenant.objects.get(id=acme.id)

    assert row.ref() == acme
    assert (acme.slug, acme.cell, acme.state, acme.schema) == ("acme", "cell-1", "active", f"t_{acme.id.hex}")
    assert row.public_id.startswith("ten_")


def test_a_host_belongs_to_one_tenant(globex: tenancy.TenantRef) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(using=tenancy.HOME):
        Domain.objects.create(tenant_id=globex.id, host="acme.localhost")


def test_a_tenant_has_one_primary_and_one_platform_domain(acme: tenancy.TenantRef) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(using=tenancy.HOME):
        Domain.objects.create(tenant_id=acme.id, host="id.acme.com", is_primary=True)
    with pytest.raises(IntegrityError), transaction.atomic(using=tenancy.HOME):
        Domain.objects.create(tenant_id=acme.id, host="id.acme.com", kind="platform")


def test_a_cell_with_tenants_stays(acme: tenancy.TenantRef) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(using=tenancy.HOME):
        Cell.objects.filter(name=acme.cell).delete()
