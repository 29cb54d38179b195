"""A worker is killed in the middle of making a tenant; another finishes it, and nothing is doubled."""

from collections.abc import Iterator
from contextlib import contextmanager

from config.embedded import addresses as addressing
from config.embedded import postgres
from tests.flows.product import Product, wait_until

SPARES = 2
"""What SPARE_TENANTS is when nobody sets it."""


def test_a_killed_worker_leaves_a_tenant_that_another_finishes(product: Product) -> None:
    key = product.key("platform", owner="operator@platform.localhost")
    body = {"slug": "umbrella", "name": "Umbrella", "owner_email": "alice@umbrella.example", "owner_name": "Alice"}

    with _no_spare(product), _no_new_table(product):
        asked = product.call("POST", "platform.localhost", "/v1/tenants", body, key=key)
        assert (asked.status, asked.json()["state"]) == (202, "provisioning"), asked.body
        location = asked.headers["location"]
        stuck = wait_until(lambda: _in_the_middle(product, location, key=key), timeout_s=30, what="the worker is in the middle")
        assert stuck["attempts"] == 1
        workers = [process for process in product.processes("celery") if "worker" in process.cmdline()]
        assert workers, "somebody is there to be killed"
        for worker in workers:
            worker.kill()
        assert _operation(product, location, key=key)["state"] == "running", "nobody has noticed yet"

    operation = wait_until(lambda: _over(product, location, key=key), timeout_s=90, what="another worker takes over")
    assert operation["state"] == "succeeded", operation
    assert operation["attempts"] >= 2

    trail = product.call("GET", "platform.localhost", f"/v1/audit/entries?subject={operation['subject']}", key=key).json()["data"]
    actions = sorted(entry["document"]["action"] for entry in trail)
    assert actions == ["tenants.tenant.activated", "tenants.tenant.requested"]
    people = product.call("GET", "platform.localhost", "/v1/people", key=key, headers={"X-Tenant-ID": "umbrella"}).json()["data"]
    assert [person["email"] for person in people] == ["alice@umbrella.example"]
    roles = product.call("GET", "platform.localhost", "/v1/roles", key=key, headers={"X-Tenant-ID": "umbrella"}).json()["data"]
    assert len({role["name"] for role in roles}) == len(roles) == 7


@contextmanager
def _no_spare(product: Product) -> Iterator[None]:
    """As if others were taking every spare place at this moment, so that a new tenant's place has to be built."""
    wait_until(lambda: product.ready_spares() >= SPARES, timeout_s=60, what="all spare places are ready")
    with postgres.connected_as_superuser(addressing.at(product.var), "home") as held, held.transaction():
        taken = held.execute("SELECT state FROM tenants_spare FOR UPDATE").fetchall()
        assert taken == [("ready",)] * SPARES
        yield


@contextmanager
def _no_new_table(product: Product) -> Iterator[None]:
    """Nobody can create a table in the cell: a worker gets stuck after it has made the schema."""
    with postgres.connected_as_superuser(addressing.at(product.var), "cell_1") as held, held.transaction():
        held.execute("LOCK TABLE pg_catalog.pg_class IN SHARE MODE")
        yield


def _in_the_middle(product: Product, location: str, *, key: str) -> dict[str, object] | None:
    """The operation, once its schema is made and its tables are not."""
    operation = _operation(product, location, key=key)
    return operation if (operation["state"], operation["step"]) == ("running", 1) else None


def _over(product: Product, location: str, *, key: str) -> dict[str, object] | None:
    operation = _operation(product, location, key=key)
    return operation if operation["state"] in {"succeeded", "failed", "cancelled"} else None


def _operation(product: Product, location: str, *, key: str) -> dict[str, object]:
    path = location if location.startswith("/") else "/" + location.split("/", 3)[3]
    operation: dict[str, object] = product.call("GET", "platform.localhost", path, key=key).json()
    return operation
