"""Hosts over HTTP: by the operator for any tenant, by a tenant's own people for theirs."""

import pytest

from audit import queries as audit
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import actions
from tenants.models import Domain, Tenant
from tests import makers
from tests.caller import Caller
from tests.domains.steps import HOST, claimed, come_due, proof, proven, trusted, way
from tests.nameserver import NameServer
from tests.tenants.registry import registry_unchanged


@pytest.fixture
def operators(platform: TenantRef, ground: None) -> Caller:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        return Caller(host="platform.localhost", key=makers.make_key(email="keys@platform.example").secret)


@pytest.fixture
def admins(globex: TenantRef, ground: None) -> Caller:
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        return Caller(
            host="globex.localhost",
            key=makers.make_key(email="admin@globex.example", roles=("admin",), scopes=("read:*", "write:*")).secret,
        )


@pytest.fixture
def path(globex: TenantRef) -> str:
    return f"/v1/tenants/{Tenant.objects.get(id=globex.id).public_id}/domains"


def test_a_tenant_claims_proves_uses_and_gives_back_a_host_by_itself(
    admins: Caller, globex: TenantRef, platform: TenantRef, dns: NameServer
) -> None:
    claimed = admins.post("/v1/domains", {"host": "ID.Globex.com"})
    assert (claimed.status_code, claimed.json()["state"], claimed["Location"]) == (
        201,
        "claimed",
        f"/v1/domains/{claimed.json()['id']}",
    )
    own = claimed["Location"]
    unproven = admins.put(f"{own}/verification")
    assert (unproven.status_code, unproven.json()["type"]) == (409, "/problems/domain-unproven")
    assert unproven.json()["records"] == claimed.json()["records"]

    dns.serve(proof(globex), way(globex))
    come_due(Domain.objects.get(host=HOST))
    proven = admins.put(f"{own}/verification")
    assert (proven.status_code, proven.json()["state"], proven.json()["findings"]) == (200, "active", [])
    assert admins.put(f"{own}/primary").json()["is_primary"]
    assert Caller(host=HOST, key=admins.key).get("/v1/tenant").json()["host"] == HOST
    assert admins.delete(own).status_code == 204
    assert admins.get(own).json()["state"] == "released"
    assert [row["host"] for row in admins.get("/v1/domains?state=active").json()["data"]] == ["globex.localhost"]

    told = ["tenants.domain.released", "tenants.domain.made_primary", "tenants.domain.activated", "tenants.domain.claimed"]
    for tenant in (globex, platform):
        with tenancy.activate(tenant, purpose=Purpose.OPERATOR):
            entries = [entry for entry in audit.entries().order_by("-id")[:50] if entry.action.startswith("tenants.domain.")]
            assert [entry.action for entry in entries][:4] == told
            assert (entries[0].actor_kind, entries[0].actor_label) == ("key", "test key")


def test_who_may_see_people_alone_may_not_touch_hosts(globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        member = Caller(
            host="globex.localhost",
            key=makers.make_key(email="m@globex.example", scopes=("read:identity.people",)).secret,
        )

    with registry_unchanged():
        assert member.get("/v1/domains").status_code == 403
        assert member.post("/v1/domains", {"host": HOST}).status_code == 403


def test_who_may_read_everything_sees_hosts_and_changes_none(globex: TenantRef) -> None:
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        auditor = Caller(host="globex.localhost", key=makers.make_key(email="a@globex.example", scopes=("read:*",)).secret)

    with registry_unchanged():
        assert [row["host"] for row in auditor.get("/v1/domains").json()["data"]] == ["globex.localhost"]
        assert auditor.post("/v1/domains", {"host": HOST}).status_code == 403


def test_a_tenant_reaches_no_host_of_another(admins: Caller, acme: TenantRef, platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        foreign = f"/v1/domains/{proven(acme, host='id.acme.com').public_id}"

    with registry_unchanged():
        answers = [
            admins.get(foreign),
            admins.delete(foreign),
            *(admins.put(f"{foreign}/{state}") for state in ("verification", "check", "primary", "redirect")),
            admins.delete(f"{foreign}/redirect"),
        ]

    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(404, "/problems/domain-not-found")}


def test_the_operators_key_claims_a_host_while_it_acts_in_a_tenant(operators: Caller, globex: TenantRef) -> None:
    claimed = operators.post("/v1/domains", {"host": HOST}, HTTP_X_TENANT_ID="globex")

    assert claimed.status_code == 201
    assert Domain.objects.get(host=HOST).tenant_id == globex.id


def test_the_operator_claims_and_vouches_and_ends_a_quarantine(operators: Caller, path: str) -> None:
    claimed = operators.post(path, {"host": HOST})
    own = claimed["Location"]
    assert (claimed.status_code, own) == (201, f"{path}/{claimed.json()['id']}")

    assert operators.put(f"{own}/trust", {}).status_code == 422
    trusted = operators.put(f"{own}/trust", {"reason": "Inner network."}, HTTP_IF_MATCH=claimed["ETag"])
    assert (trusted.status_code, trusted.json()["is_trusted"]) == (200, True)
    assert operators.put(f"{own}/redirect", HTTP_IF_MATCH='"v9"').status_code == 412
    assert operators.put(f"{own}/redirect").json()["redirects"]
    assert not operators.delete(f"{own}/redirect").json()["redirects"]
    assert operators.delete(own).status_code == 204
    assert operators.delete(f"{own}/quarantine").status_code == 422
    assert operators.delete(f"{own}/quarantine?reason=Sold.").status_code == 204
    assert operators.get(own).status_code == 404


def test_hosts_of_all_tenants_are_searched_by_host_slug_and_state(
    operators: Caller, acme: TenantRef, globex: TenantRef, platform: TenantRef
) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        claimed(globex)
        trusted(acme, host="id.acme.com")

    def found(query: str) -> list[tuple[str, str]]:
        return [(row["host"], row["tenant_slug"]) for row in operators.get(f"/v1/hosts?{query}").json()["data"]]

    assert found("state=claimed") == found("q=globex.co") == [(HOST, "globex")]
    assert found("q=acme&state=active") == [("id.acme.com", "acme"), ("acme.localhost", "acme")]
    assert operators.get("/v1/hosts?state=odd").status_code == 422


def test_hosts_of_all_tenants_are_paged(operators: Caller, globex: TenantRef, platform: TenantRef) -> None:
    with tenancy.activate(platform, purpose=Purpose.OPERATOR):
        for number in range(4):
            actions.claim_domain(globex.id, host=f"n{number}.globex.com", actor=makers.OPERATOR)

    answer = operators.get("/v1/hosts?limit=2")

    assert (len(answer.json()["data"]), answer.json()["has_more"]) == (2, True)
    rest = operators.get(f"/v1/hosts?limit=2&cursor={answer.json()['next_cursor']}").json()["data"]
    assert {row["id"] for row in rest}.isdisjoint({row["id"] for row in answer.json()["data"]})
