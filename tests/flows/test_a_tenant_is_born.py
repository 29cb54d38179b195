"""The main job: a tenant is born, its owner comes in, gets a key, calls the API, and the trail proves it."""

from tests.flows.product import Product, wait_until

PASSWORD = "a long sentence nobody guesses 9"


def test_a_tenant_is_born_and_its_trail_proves_it(product: Product) -> None:
    operator = product.key("platform", owner="operator@platform.localhost")
    wait_until(lambda: product.ready_spares() > 0, timeout_s=60, what="a place waits for a tenant")

    asked = product.call(
        "POST",
        "platform.localhost",
        "/v1/tenants",
        {"slug": "initech", "name": "Initech", "owner_email": "peter@initech.example", "owner_name": "Peter Gibbons"},
        key=operator,
        headers={"Idempotency-Key": "initech-1"},
    )
    assert (asked.status, asked.json()["state"]) == (201, "active"), asked.body
    assert asked.headers["location"] == f"/v1/tenants/{asked.json()['id']}"
    operation = product.call("GET", "platform.localhost", f"/v1/operations/{asked.json()['operation']}", key=operator).json()
    assert (operation["state"], operation["step"]) == ("succeeded", len(operation["steps"])), operation

    token = operation["result"]["invitation_url"].rpartition("/")[2]
    _accept(product, token=token)
    key = product.key("initech", owner="peter@initech.example")
    me = product.call("GET", "initech.localhost", "/v1/me", key=key)
    assert me.status == 200
    added = product.call(
        "POST",
        "initech.localhost",
        "/v1/people",
        {"email": "milton@initech.example", "name": "Milton", "roles": ["member"]},
        key=key,
    )
    assert added.status == 201

    entries = product.call("GET", "initech.localhost", "/v1/audit/entries?action=identity.person.added", key=key).json()["data"]
    assert [entry["document"]["subject"]["label"] for entry in entries] == ["milton@initech.example", "peter@initech.example"]
    wait_until(lambda: _is_sealed(product, key=key), timeout_s=30, what="every entry is sealed")
    verified = product.call("POST", "initech.localhost", "/v1/audit/verification", key=key).json()
    assert verified["ok"] is True
    assert verified["checked"] >= len(entries)

    assert product.call("GET", "globex.localhost", "/v1/me", key=key).status == 401


def test_a_platform_key_acts_in_a_tenant_and_both_trails_tell(product: Product) -> None:
    operator = product.key("platform", owner="operator@platform.localhost")

    added = product.call(
        "POST",
        "platform.localhost",
        "/v1/people",
        {"email": "support@globex.example", "name": "Support", "roles": ["member"]},
        key=operator,
        headers={"X-Tenant-ID": "globex"},
    )

    assert added.status == 201, added.body
    found = f"/v1/audit/entries?action=identity.person.added&subject={added.json()['id']}"
    there = product.call("GET", "platform.localhost", found, key=operator, headers={"X-Tenant-ID": "globex"}).json()["data"]
    assert len(there) == 1
    mirrored = wait_until(
        lambda: [
            entry
            for entry in product.call(
                "GET", "platform.localhost", "/v1/audit/entries?action=audit.tenant.acted_in", key=operator
            ).json()["data"]
            if entry["document"]["details"]["entry"] == there[0]["id"]
        ],
        timeout_s=30,
        what="the platform's own trail tells of it",
    )
    assert len(mirrored) == 1


def _accept(product: Product, *, token: str) -> None:
    _, cookie, csrf = product.form("initech.localhost", f"/invitation/{token}")
    secret = PASSWORD.replace(" ", "+")
    form = f"csrfmiddlewaretoken={csrf}&name=Peter+Gibbons&password={secret}&password_again={secret}"
    answer = product.submit("initech.localhost", f"/invitation/{token}", form, cookie=cookie)
    assert answer.status == 302, answer.body[:3000]


def _is_sealed(product: Product, *, key: str) -> bool:
    chain = product.call("GET", "initech.localhost", "/v1/audit/chain", key=key).json()
    return bool(chain["sealed"]) and chain["pending"] == 0
