"""A worker is killed in the middle of making a tenant; another finishes it, and nothing is doubled."""

from config.embedded import addresses as addressing
from config.embedded import postgres
from tests.flows.product import Product, wait_until


def test_a_killed_worker_leaves_a_tenant_that_another_finishes(product: Product) -> None:
    key = product.key("platform", owner="operator@platform.localhost")
    body = {"slug": "umbrella", "name": "Umbrella", "owner_email": "alice@umbrella.example", "owner_name": "Alice"}

    with postgres.connected_as_superuser(addressing.at(product.var), "cell_1") as held:
        # Nobody can create a table while this is held: the worker gets stuck after the schema was made.
        held.autocommit = False
        held.execute("LOCK TABLE pg_catalog.pg_class IN SHARE MODE")
        asked = product.call("POST", "platform.localhost", "/v1/tenants", body, key=key)
        assert asked.status == 202, asked.body
        location = asked.headers["location"]
        stuck = wait_until(lambda: _at_step(product, location, key=key), timeout_s=30, what="the worker is in the middle")
        assert stuck["state"] == "running"
        for worker in product.processes("celery"):
            if "worker" in worker.cmdline():
                worker.kill()
        held.rollback()

    operation = wait_until(lambda: _over(product, location, key=key), timeout_s=90, what="another worker takes over")
    assert operation["state"] == "succeeded", operation
    assert operation["attempts"] >= 2

    trail = product.call("GET", "platform.localhost", f"/v1/audit/entries?subject={operation['subject']}", key=key).json()["data"]
    actions = sorted(entry["document"]["action"] for entry in trail)
    assert actions == ["tenants.tenant.activated", "tenants.tenant.requested"]
    people = product.call("GET", "platform.localhost", "/v1/people", key=key, headers={"X-Tenant-ID": "umbrella"}).json()["data"]
    assert [person["email"] for person in people] == ["alice@umbrella.example"]
    roles = product.call("GET", "platform.localhost", "/v1/roles", key=key, headers={"X-Tenant-ID": "umbrella"}).json()["data"]
    assert len({role["name"] for role in roles}) == len(roles) == 4


def _at_step(product: Product, location: str, *, key: str) -> dict[str, object] | None:
    operation = _operation(product, location, key=key)
    return operation if operation["state"] == "running" else None


def _over(product: Product, location: str, *, key: str) -> dict[str, object] | None:
    operation = _operation(product, location, key=key)
    return operation if operation["state"] in {"succeeded", "failed", "cancelled"} else None


def _operation(product: Product, location: str, *, key: str) -> dict[str, object]:
    path = location if location.startswith("/") else "/" + location.split("/", 3)[3]
    operation: dict[str, object] = product.call("GET", "platform.localhost", path, key=key).json()
    return operation
