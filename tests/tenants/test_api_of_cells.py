"""Cells, regions and whereabouts over HTTP, on the operator's host."""

import pytest

from kernel import tenancy
from tenants import queries
from tenants.models import Cell, Region, Tenant
from tests import makers
from tests.caller import Caller
from tests.tenants.commands import run
from tests.tenants.registry import registry_unchanged


@pytest.fixture
def api(platform: tenancy.TenantRef, ground: None) -> Caller:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        return Caller(host="platform.localhost", key=makers.make_key(email="keys@platform.example").secret)


@pytest.fixture
def north() -> Region:
    region = Region.objects.create(code="north", jurisdiction="EU", label="North")
    for number in range(1, 4):
        Cell.objects.create(name=f"north-{number}", region=region, state="draining" if number == 3 else "open")
    return region


def test_regions_are_made_read_listed_changed_and_removed(api: Caller) -> None:
    made = api.post("/v1/regions", {"code": "north", "jurisdiction": "EU", "label": "North"})
    assert (made.status_code, made["Location"], made["ETag"]) == (201, "/v1/regions/north", '"v1"')
    assert api.get("/v1/regions/north").json() == made.json()
    assert [row["code"] for row in api.get("/v1/regions?q=nor").json()["data"]] == ["north"]

    assert api.patch("/v1/regions/north", {"label": "Far north"}, HTTP_IF_MATCH='"v9"').status_code == 412
    changed = api.patch("/v1/regions/north", {"label": "Far north"}, HTTP_IF_MATCH='"v1"')
    assert (changed.json()["label"], changed["ETag"]) == ("Far north", '"v2"')

    assert api.delete("/v1/regions/north").status_code == 204
    assert (api.get("/v1/regions/north").status_code, api.delete("/v1/regions/local").status_code) == (404, 409)


def test_cells_are_listed_by_page_and_filtered(api: Caller, north: Region) -> None:
    first = api.get("/v1/cells?limit=2").json()
    second = api.get(f"/v1/cells?limit=2&cursor={first['next_cursor']}").json()

    assert [row["name"] for row in first["data"] + second["data"]] == ["cell-1", "north-1", "north-2", "north-3"]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert [row["name"] for row in api.get("/v1/cells?q=EU&state=draining").json()["data"]] == ["north-3"]
    assert [row["name"] for row in api.get("/v1/cells?region=local").json()["data"]] == ["cell-1"]
    assert api.get("/v1/cells?kind=dedicated").json()["data"] == []
    assert api.get("/v1/cells?state=asleep").status_code == 422
    assert api.get(f"/v1/regions?cursor={first['next_cursor']}").status_code == 400


def test_a_cell_drains_opens_and_changes_over_http(api: Caller, north: Region) -> None:
    version = Cell.objects.get(name="north-1").version
    assert api.put("/v1/cells/north-1/draining", {}, HTTP_IF_MATCH='"v99"').status_code == 412
    drained = api.put("/v1/cells/north-1/draining", {}, HTTP_IF_MATCH=f'"v{version}"')
    assert (drained.status_code, drained.json()["state"], drained.json()["operation"]) == (200, "draining", None)
    assert api.delete("/v1/cells/north-1/draining").json()["state"] == "open"

    changed = api.patch("/v1/cells/north-1", {"capacity": 5, "kind": "dedicated"})
    assert (changed.json()["capacity"], changed.json()["kind"]) == (5, "dedicated")
    assert api.patch("/v1/cells/north-1", {"capacity": 0}).status_code == 422
    assert api.patch("/v1/cells/north-1", {"region": "mars"}).status_code == 422

    assert api.put("/v1/cells/north-1/closing").json()["state"] == "closed"
    assert api.delete("/v1/cells/north-1/closing").json()["state"] == "open"
    assert api.delete("/v1/cells/north-1").status_code in {204, 409}
    assert api.delete("/v1/cells/cell-1").status_code == 409
    assert api.get("/v1/cells/mars").json()["type"] == "/problems/cell-not-found"


def test_draining_to_another_cell_starts_an_operation(api: Caller, north: Region) -> None:
    answer = api.put("/v1/cells/north-1/draining", {"to": "auto"})
    again = api.put("/v1/cells/north-1/draining", {"to": "auto"})

    assert (answer.status_code, answer["Location"]) == (202, f"/v1/operations/{answer.json()['operation']}")
    assert again.json()["operation"] == answer.json()["operation"]
    assert api.get(answer["Location"]).json()["kind"] == "tenants.drain_cell"
    assert api.put("/v1/cells/north-2/draining", {"to": "north-3"}).status_code == 422


def test_the_address_of_a_cell_is_never_shown(api: Caller, north: Region) -> None:
    answer = api.post("/v1/cells", {"name": "x-1", "region": "north", "url": "postgres://u:hidden-word@127.0.0.1:1/x"})

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/cell-unfit")
    assert b"hidden-word" not in answer.content
    assert "url" not in api.get("/v1/cells/north-1").json()
    assert "sealed_url" not in api.get("/v1/cells/north-1").json()


def test_a_cell_is_checked_and_measured_over_http(api: Caller) -> None:
    check, capacity = api.get("/v1/cells/cell-1/check"), api.get("/v1/cells/cell-1/capacity")

    assert check.status_code == capacity.status_code == 200
    assert {"reachable", "version", "login", "connections"} <= {finding["check"] for finding in check.json()["findings"]}
    assert capacity.json()["tenant_count"] == queries.load("cell-1").tenant_count
    assert capacity.json()["catalog_bytes"] < capacity.json()["database_bytes"]


def test_residency_is_bound_and_freed_over_http(api: Caller, globex: tenancy.TenantRef, north: Region) -> None:
    path = f"/v1/tenants/{Tenant.objects.get(id=globex.id).public_id}"

    bound = api.put(f"{path}/residency", {"jurisdiction": "local"})
    with registry_unchanged():
        elsewhere = api.put(f"{path}/residency", {"jurisdiction": "EU"})
        unknown = api.put(f"{path}/residency", {"jurisdiction": "Mars"})
    freed = api.delete(f"{path}/residency")

    assert (bound.status_code, freed.status_code) == (200, 200)
    assert (elsewhere.status_code, elsewhere.json()["type"]) == (409, "/problems/residency-forbids")
    assert unknown.status_code == 422
    assert Tenant.objects.get(id=globex.id).residency == ""


def test_whereabouts_are_told_over_http(api: Caller, globex: tenancy.TenantRef) -> None:
    answer = api.get(f"/v1/tenants/{Tenant.objects.get(id=globex.id).public_id}/whereabouts").json()

    (schema,) = [place for place in answer["places"] if place["kind"] == "schema"]
    assert (answer["slug"], answer["state"]) == ("globex", "ok")
    assert (schema["where"], schema["evidence"]["schema"]) == ("cell-1", globex.schema)


def test_the_commands_say_where_a_tenant_is_and_bind_it(globex: tenancy.TenantRef) -> None:
    where = run("tenant", "where", "globex", "--json")
    bound = run("tenant", "residency", "globex", "local", "--json")
    freed = run("tenant", "residency", "globex", "--none", "--dry-run", "--json")
    check = run("cell", "check", "cell-1", "--json")

    assert (where.code, where.data["state"]) == (0, "ok")
    assert (bound.code, freed.code, freed.data["dry_run"]) == (0, 0, True)
    assert Tenant.objects.get(id=globex.id).residency == "local"
    assert check.data["cell"] == "cell-1"


def test_a_key_without_the_permission_sees_and_changes_nothing(platform: tenancy.TenantRef, north: Region) -> None:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        key = makers.make_key(email="weak@platform.example", scopes=("read:tenants.cells",)).secret
    weak = Caller(host="platform.localhost", key=key)

    with registry_unchanged():
        assert weak.get("/v1/cells").status_code == 200
        assert weak.post("/v1/regions", {"code": "a", "jurisdiction": "A", "label": "A"}).status_code == 403
        assert weak.patch("/v1/cells/north-1", {"capacity": 5}).status_code == 403
        assert weak.put("/v1/cells/north-1/draining", {}).status_code == 403
    assert Cell.objects.get(name="north-1").state == "open"
