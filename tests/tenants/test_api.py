"""The registry over HTTP, on the operator's host."""

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from kernel import tenancy
from tenants.models import Domain, Tenant
from tests import makers
from tests.caller import Caller
from tests.tenants.registry import registry_unchanged

NEW = {"slug": "umbrella", "name": "Umbrella", "owner_email": "ada@umbrella.example", "owner_name": "Ada Lovelace"}


@pytest.fixture
def api(platform: tenancy.TenantRef, ground: None) -> Caller:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        return Caller(host="platform.localhost", key=makers.make_key(email="keys@platform.example").secret)


@pytest.fixture
def globex_path(globex: tenancy.TenantRef) -> str:
    return f"/v1/tenants/{Tenant.objects.get(id=globex.id).public_id}"


def test_a_tenant_is_asked_for_and_its_operation_named(api: Caller) -> None:
    answer = api.post("/v1/tenants", NEW)

    assert answer.status_code == 202, answer.content
    body, row = answer.json(), Tenant.objects.get(slug="umbrella")
    assert (body["id"], body["state"], body["host"], body["version"]) == (row.public_id, "provisioning", "umbrella.localhost", 1)
    assert answer["Location"] == f"/v1/operations/{body['operation']}"
    assert answer["ETag"] == '"v1"'
    assert api.get(answer["Location"]).json()["subject"] == row.public_id


def test_the_same_idempotency_key_makes_one_tenant(api: Caller) -> None:
    first = api.post("/v1/tenants", NEW, HTTP_IDEMPOTENCY_KEY="umbrella-1")
    second = api.post("/v1/tenants", NEW, HTTP_IDEMPOTENCY_KEY="umbrella-1")
    other = api.post("/v1/tenants", {**NEW, "slug": "umbrella-two"}, HTTP_IDEMPOTENCY_KEY="umbrella-1")

    assert (first.status_code, second.status_code, other.status_code) == (202, 202, 422)
    assert first.json() == second.json()
    assert Tenant.objects.filter(slug__startswith="umbrella").count() == 1


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"slug": "acme"}, 409, "slug-taken"),
        ({"slug": "acm-e"}, 409, "slug-lookalike"),
        ({"slug": "platform"}, 409, "slug-reserved"),
        ({"slug": "аcme"}, 422, "slug-invalid"),  # noqa: RUF001 - the first letter is Cyrillic
        ({"slug": ["acme"]}, 422, "invalid"),
        ({"slug": None}, 422, "invalid"),
        ({"owner_email": "nobody"}, 422, "invalid"),
        ({"name": "x" * 201}, 422, "invalid"),
        ({"cell": "cell-9"}, 422, "cell-unknown"),
        ({"colour": "red"}, 422, "invalid"),
        ({"name": "a\0b"}, 400, "malformed"),
    ],
)
def test_bad_input_is_a_problem_and_changes_nothing(change: dict[str, object], status: int, kind: str, api: Caller) -> None:
    with registry_unchanged():
        answer = api.post("/v1/tenants", {**NEW, **change})

    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


def test_tenants_are_listed_by_page_and_filtered(api: Caller) -> None:
    first = api.get("/v1/tenants?limit=2").json()
    second = api.get(f"/v1/tenants?limit=2&cursor={first['next_cursor']}").json()
    slugs = [row["slug"] for row in first["data"] + second["data"]]

    assert len(first["data"]) == 2
    assert first["has_more"]
    assert slugs == list(Tenant.objects.order_by("-id").values_list("slug", flat=True)[:4])
    assert [row["slug"] for row in api.get("/v1/tenants?q=glob").json()["data"]] == ["globex"]
    assert [row["slug"] for row in api.get("/v1/tenants?q=globex.localhost").json()["data"]] == ["globex"]
    assert api.get("/v1/tenants?state=suspended").json()["data"] == []
    assert api.get("/v1/tenants?state=asleep").status_code == 422
    assert api.get("/v1/tenants?colour=red").status_code == 422
    assert api.get("/v1/tenants?cursor=AAAA").status_code == 400


def test_listing_costs_the_same_for_one_and_for_three(api: Caller) -> None:
    counts = []
    for limit in (1, 3):
        api.get(f"/v1/tenants?limit={limit}")
        with CaptureQueriesContext(connections[tenancy.HOME]) as seen:
            api.get(f"/v1/tenants?limit={limit}")
        counts.append(len([q for q in seen if "SAVEPOINT" not in q["sql"]]))
    assert counts == [2, 2]


def test_a_tenant_is_read_with_its_etag(api: Caller, globex_path: str, globex: tenancy.TenantRef) -> None:
    answer = api.get(globex_path)

    assert (answer.status_code, answer["ETag"]) == (200, f'"v{globex.version}"')
    assert set(answer.json()) == {
        "id", "slug", "name", "host", "cell", "plan", "residency", "state", "state_reason", "state_since", "previous_state",
        "delete_after", "version", "created_at",
    }  # fmt: skip
    assert api.get(globex_path, HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304


@pytest.mark.parametrize("name", ["ten_00000000000000000000000000", "ten_x", "usr_00000000000000000000000000", "globex", "%20"])
def test_what_is_no_id_of_a_tenant_is_not_found(name: str, api: Caller) -> None:
    for path in (f"/v1/tenants/{name}", f"/v1/tenants/{name}/domains"):
        assert (api.get(path).status_code, api.get(path).json()["type"]) == (404, "/problems/tenant-not-found")


def test_a_rename_needs_the_version_that_it_names(api: Caller, globex_path: str, globex: tenancy.TenantRef) -> None:
    with registry_unchanged():
        stale = api.patch(globex_path, {"name": "Late"}, HTTP_IF_MATCH='"v999"')
    renamed = api.patch(globex_path, {"name": "Globex Group"}, HTTP_IF_MATCH=f'"v{globex.version}"')

    assert (stale.status_code, stale.json()["current_version"]) == (412, globex.version)
    assert (renamed.status_code, renamed.json()["name"], renamed["ETag"]) == (200, "Globex Group", f'"v{globex.version + 1}"')


def test_suspending_and_resuming_by_http(api: Caller, globex_path: str) -> None:
    suspended = api.put(f"{globex_path}/suspension", {"reason": "Not paid."})
    assert (suspended.status_code, suspended.json()["state"], suspended.json()["state_reason"]) == (200, "suspended", "Not paid.")
    assert Caller(host="globex.localhost").get("/v1/me").status_code == 403

    resumed = api.delete(f"{globex_path}/suspension")
    assert (resumed.status_code, resumed.json()["state"]) == (200, "active")
    assert Caller(host="globex.localhost").get("/v1/me").status_code == 401

    assert api.put(f"{globex_path}/suspension", {"reason": ""}).status_code == 422
    assert api.put(f"{globex_path}/suspension", {}).status_code == 422


def test_hosts_are_added_listed_read_and_removed(api: Caller, globex_path: str) -> None:
    added = api.post(f"{globex_path}/domains", {"host": "ID.Globex.com"})
    assert (added.status_code, added.json()["host"], added.json()["kind"]) == (201, "id.globex.com", "custom")
    assert [row["host"] for row in api.get(f"{globex_path}/domains").json()["data"]] == ["id.globex.com", "globex.localhost"]
    assert api.get(added["Location"]).json() == added.json()
    trusted = api.put(f"{added['Location']}/trust", {"reason": "No DNS here."})
    assert (trusted.status_code, trusted.json()["state"]) == (200, "active")
    assert Caller(host="id.globex.com").get("/v1/me").status_code == 401

    assert api.delete(added["Location"], HTTP_IF_MATCH='"v7"').status_code == 412
    assert api.delete(added["Location"], HTTP_IF_MATCH=trusted["ETag"]).status_code == 204
    assert api.get(added["Location"]).json()["state"] == "released"
    assert Caller(host="id.globex.com").get("/v1/me").status_code == 404


def test_a_host_of_another_tenant_is_not_found_below_this_one(api: Caller, globex_path: str, acme: tenancy.TenantRef) -> None:
    foreign = Domain.objects.get(tenant_id=acme.id).public_id

    with registry_unchanged():
        for answer in (api.get(f"{globex_path}/domains/{foreign}"), api.delete(f"{globex_path}/domains/{foreign}")):
            assert (answer.status_code, answer.json()["type"]) == (404, "/problems/domain-not-found")


def test_the_platform_address_cannot_be_removed(api: Caller, globex_path: str, globex: tenancy.TenantRef) -> None:
    own = Domain.objects.get(tenant_id=globex.id).public_id

    answer = api.delete(f"{globex_path}/domains/{own}")

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/domain-needed")


def test_cells_are_listed_with_their_load(api: Caller) -> None:
    (cell,) = api.get("/v1/cells").json()["data"]

    assert (cell["name"], cell["state"], cell["capacity"]) == ("cell-1", "open", 1000)
    assert cell["tenant_count"] == Tenant.objects.count()


def test_a_key_without_the_permission_sees_and_changes_nothing(platform: tenancy.TenantRef, globex_path: str) -> None:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        key = makers.make_key(email="weak@platform.example", scopes=("read:identity.*",)).secret
    weak = Caller(host="platform.localhost", key=key)

    with registry_unchanged():
        assert weak.get("/v1/tenants").status_code == 403
        assert weak.post("/v1/tenants", NEW).status_code == 403
        assert weak.put(f"{globex_path}/suspension", {"reason": "x"}).status_code == 403
        assert weak.post(f"{globex_path}/domains", {"host": "a.example.com"}).status_code == 403
        assert weak.get("/v1/cells").status_code == 403


def test_the_current_tenant_shows_its_domains() -> None:
    key = makers.make_key().secret

    answer = Caller(host="acme.localhost", key=key).get("/v1/tenant")

    assert answer.status_code == 200
    assert (answer.json()["slug"], [row["host"] for row in answer.json()["domains"]]) == ("acme", ["acme.localhost"])
    assert Caller(host="acme.localhost").get("/v1/tenant").status_code == 401
