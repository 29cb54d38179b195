"""What must stand in DNS: nobody else's record may do."""

import pytest

from kernel.tenancy import TenantRef
from tenants import hosts
from tenants.domains import records
from tenants.models import Domain
from tests.conftest import Settings


def test_the_proof_belongs_to_one_tenant_and_one_host(acme: TenantRef, globex: TenantRef) -> None:
    proofs = {records.challenge(tenant.id, host=host) for tenant in (acme, globex) for host in ("id.globex.com", "www.globex.com")}

    assert len(proofs) == 4
    assert all(len(proof) == 40 and proof == proof.lower() for proof in proofs)


def test_the_proof_changes_with_the_pepper_of_the_installation(acme: TenantRef, settings: Settings) -> None:
    before = records.challenge(acme.id, host="id.acme.com")

    settings.DIGEST_PEPPER = "another"

    assert records.challenge(acme.id, host="id.acme.com") != before


def test_the_target_is_each_tenants_own_in_whatever_case_dns_keeps_it(acme: TenantRef, globex: TenantRef) -> None:
    assert records.target(acme.id).lower() == records.target(acme.id) != records.target(globex.id)
    assert records.target(acme.id).endswith(".edge.localhost")
    assert hosts.normalise(records.target(acme.id)) == records.target(acme.id)


@pytest.mark.parametrize(
    ("host", "addresses", "wanted"),
    [
        ("id.acme.com", (), ["TXT", "CNAME"]),
        ("id.acme.com", ("192.0.2.1",), ["TXT", "CNAME"]),
        ("acme.com", (), ["TXT", "CNAME"]),
        ("acme.co.uk", ("192.0.2.1", "2001:db8::1"), ["TXT", "A", "AAAA"]),
    ],
)
def test_a_registered_name_gets_addresses_where_the_operator_named_them(
    host: str, addresses: tuple[str, ...], wanted: list[str], acme: TenantRef, settings: Settings
) -> None:
    settings.EDGE_ADDRESSES = addresses

    found = records.wanted(Domain(tenant_id=acme.id, host=host, kind="custom"))

    assert [record.type for record in found] == wanted
    assert (found[0].name, found[0].purpose) == (f"_freehold-challenge.{host}", "proof")


def test_a_platform_address_needs_no_records(acme: TenantRef) -> None:
    assert records.wanted(Domain.objects.get(tenant_id=acme.id, kind="platform")) == []
