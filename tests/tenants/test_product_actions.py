"""What the product may tell trails of: versions, what is refused, and the three doors."""

import json
from pathlib import Path
from typing import Any

import pytest

from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, Invalid
from tenants import actions, product_actions, queries
from tenants.models import ProductAction
from tenants.problems import ProductActionNotFound, RegistryClosed
from tests import makers
from tests.caller import Caller
from tests.tenants.commands import run
from tests.tenants.registry import pending, registry_unchanged

pytestmark = pytest.mark.usefixtures("at_platform")

SCHEMA = {"type": "object", "properties": {"number": {"type": "string"}, "payer": {"type": "string"}}, "required": ["number"]}


@pytest.fixture
def api(platform: tenancy.TenantRef, ground: None) -> Caller:
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        return Caller(host="platform.localhost", key=makers.make_key(email="keys@platform.example").secret)


def paid(actor: Actor, *, schema: dict[str, Any] = SCHEMA, personal: tuple[str, ...] = ("payer",)) -> ProductAction:
    return actions.register_product_action("invoice.paid", schema=schema, title="Invoice paid", personal=personal, actor=actor)


def test_another_schema_under_a_name_is_its_next_version(operator: Actor) -> None:
    first = paid(operator)

    second = paid(operator, schema={"type": "object"}, personal=())

    assert (first.version, second.version) == (1, 2)
    assert queries.product_action_named("invoice.paid") == second
    assert queries.product_action_named("invoice.paid", version=1) == first


def test_the_same_again_makes_no_version_and_tells_nothing(operator: Actor) -> None:
    first = paid(operator)
    before = len(pending())

    again = paid(operator)

    assert (again, len(pending())) == (first, before)


def test_a_version_that_ended_is_known_as_such_and_may_be_registered_anew(operator: Actor) -> None:
    first = paid(operator)
    actions.retire_product_action(first.id, actor=operator)
    product_actions.forget()

    found = product_actions.find("invoice.paid", version=None)

    assert found is not None
    assert (found["version"], found["is_retired"]) == (1, True)
    assert paid(operator).version == 2


def test_what_nobody_registered_is_not_found(operator: Actor) -> None:
    paid(operator)
    product_actions.forget()

    assert product_actions.find("invoice.sent", version=None) is None
    assert product_actions.find("invoice.paid", version=2) is None


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("paid", "/name"),
        ("Invoice.paid", "/name"),
        ("a" * 60 + ".paid", "/name"),
        ("audit.entry.made", "/name"),
        ("invoice.", "/name"),
    ],
)
def test_names_of_others_and_wrong_names_are_refused(name: str, pointer: str, operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(Invalid) as refusal:
        actions.register_product_action(name, schema=SCHEMA, actor=operator)

    assert refusal.value.fields["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "array"}, "describes an object"),
        ({"type": "object", "properties": {"a": {"$ref": "https://example.com/x.json"}}}, "references stay inside"),
        ({"type": "object", "properties": {"a": {"type": "strange"}}}, "not valid JSON Schema"),
        ({"type": "object", "description": "x" * 17_000}, "16384 are the limit"),
        ({"type": "object", "properties": {"a": {"type": "string", "pattern": "(?<=b)a"}}}, "not valid JSON Schema"),
    ],
)
def test_schemas_that_cannot_be_checked_at_once_are_refused(schema: dict[str, Any], words: str, operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(Invalid) as refusal:
        paid(operator, schema=schema, personal=())

    assert refusal.value.fields["errors"][0]["pointer"] == "/schema"
    assert words in refusal.value.detail


def test_a_personal_field_must_be_one_of_the_schema(operator: Actor) -> None:
    with registry_unchanged(), pytest.raises(Invalid) as refusal:
        paid(operator, personal=("colour",))

    assert refusal.value.fields["errors"][0]["pointer"] == "/personal"


def test_only_the_operator_registers(acme: tenancy.TenantRef, operator: Actor) -> None:
    nobody = makers.person_actor(grants=frozenset({"read:*"}), tenant_id=tenancy.current().id)

    with registry_unchanged(), pytest.raises(Forbidden):
        paid(nobody)
    with tenancy.activate(acme, purpose=tenancy.Purpose.OPERATOR), registry_unchanged(), pytest.raises(RegistryClosed):
        paid(operator)


def test_over_http_it_is_registered_listed_read_and_ended(api: Caller) -> None:
    made = api.post("/v1/product-actions", {"name": "invoice.paid", "schema": SCHEMA, "personal": ["payer"]})

    found = api.get("/v1/product-actions?q=invoice").json()["data"]
    ended = api.delete(f"/v1/product-actions/{made.json()['id']}")

    assert (made.status_code, ended.status_code) == (201, 204)
    assert [(row["name"], row["version"], row["personal"]) for row in found] == [("invoice.paid", 1, ["payer"])]
    assert api.get(f"/v1/product-actions/{made.json()['id']}").json()["retired_at"] is not None


def test_by_command_it_is_registered_tried_and_ended(tmp_path: Path) -> None:
    file = tmp_path / "paid.json"
    file.write_text(json.dumps(SCHEMA))

    dry = run("product_action", "register", "invoice.paid", "--schema", str(file), "--dry-run", "--json")
    made = run("product_action", "register", "invoice.paid", "--schema", str(file), "--personal", "payer", "--json")
    ended = run("product_action", "retire", made.data["action"]["id"], "--json")

    assert dry.data["dry_run"] is True
    assert (made.data["action"]["version"], made.data["action"]["personal"]) == (1, ["payer"])
    assert ended.data["action"]["retired_at"] is not None
    with pytest.raises(ProductActionNotFound):
        queries.product_action_named("invoice.sent")
