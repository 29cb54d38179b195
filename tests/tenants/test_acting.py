"""X-Tenant-ID: the operator's key in somebody else's tenant."""

from collections.abc import Iterator

import pytest

from identity import queries as people
from kernel import tenancy
from kernel.actors import Actor
from tenants import actions, resolving
from tenants.models import Tenant
from tests import makers
from tests.caller import Caller


@pytest.fixture
def operator_key(platform: tenancy.TenantRef, ground: None) -> str:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        return makers.make_key(email="keys@platform.example").secret


@pytest.fixture
def weak_key(platform: tenancy.TenantRef, ground: None) -> str:
    """A key of platform that may read everything and impersonate nobody."""
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        return makers.make_key(email="reader@platform.example", scopes=("read:*",)).secret


@pytest.fixture(autouse=True)
def clean_end() -> Iterator[None]:
    yield
    resolving.forget_all()


def operators(key: str) -> Caller:
    return Caller(host="platform.localhost", key=key)


@pytest.mark.parametrize("name", ["slug", "id"])
def test_a_platform_key_acts_in_the_tenant_that_it_names(name: str, operator_key: str, acme: tenancy.TenantRef) -> None:
    row = Tenant.objects.get(id=acme.id)

    answer = operators(operator_key).get("/v1/tenant", HTTP_X_TENANT_ID=row.slug if name == "slug" else row.public_id)

    assert answer.status_code == 200
    assert (answer.json()["slug"], answer.json()["id"]) == ("acme", row.public_id)


def test_without_the_header_it_is_at_home(operator_key: str) -> None:
    assert operators(operator_key).get("/v1/tenant").json()["slug"] == "platform"


def test_what_it_does_stands_in_the_tenant(operator_key: str, acme: tenancy.TenantRef, globex: tenancy.TenantRef) -> None:
    body = {"email": "new@acme.example", "name": "New Person", "roles": ["member"]}

    answer = operators(operator_key).post("/v1/people", body, HTTP_X_TENANT_ID="acme")

    assert answer.status_code == 201, answer.content
    with tenancy.activate(acme, purpose=tenancy.Purpose.REQUEST):
        assert people.people(q="new@acme.example").count() == 1
    with tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST):
        assert people.people(q="new@acme.example").count() == 0


def test_the_permission_is_needed(weak_key: str) -> None:
    answer = operators(weak_key).get("/v1/people", HTTP_X_TENANT_ID="acme")

    assert answer.status_code == 403
    assert answer.json()["permission"] == "execute:tenants.impersonation"


def test_an_unknown_tenant_is_not_found(operator_key: str) -> None:
    for name in ("nobody", "ten_00000000000000000000000000", "", "a b", "x" * 500):
        answer = operators(operator_key).get("/v1/people", HTTP_X_TENANT_ID=name)

        assert (answer.status_code, answer.json()["type"]) == (404, "/problems/tenant-not-found")


def test_a_suspended_tenant_is_closed_to_the_operators_key_too(
    operator_key: str, platform: tenancy.TenantRef, globex: tenancy.TenantRef, operator: Actor
) -> None:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        actions.suspend_tenant(globex.id, reason="Not paid.", actor=operator)
    resolving.forget_all()

    answer = operators(operator_key).get("/v1/people", HTTP_X_TENANT_ID="globex")

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/tenant-suspended")


def test_nobody_acts_without_a_key() -> None:
    assert operators("").get("/v1/tenant", HTTP_X_TENANT_ID="acme").status_code == 401


def test_a_tenants_own_key_never_crosses(globex: tenancy.TenantRef) -> None:
    key = makers.make_key().secret

    for name in ("globex", "acme", "platform"):
        answer = Caller(host="acme.localhost", key=key).get("/v1/tenant", HTTP_X_TENANT_ID=name)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/acting-refused")
    assert operators(key).get("/v1/tenant", HTTP_X_TENANT_ID="acme").status_code == 401


def test_acting_in_a_tenant_opens_nothing_in_the_registry(operator_key: str) -> None:
    target = Tenant.objects.get(slug="globex")

    answer = operators(operator_key).put(
        f"/v1/tenants/{target.public_id}/suspension", {"reason": "Mischief"}, HTTP_X_TENANT_ID="acme"
    )

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/registry-closed")
    target.refresh_from_db()
    assert target.state == "active"
