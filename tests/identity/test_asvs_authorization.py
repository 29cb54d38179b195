"""OWASP ASVS 5.0, V8 (authorization): the items that no other test is about; `docs/asvs.md` names the test of each item."""

from collections import defaultdict

import pytest

from identity.actions import create_api_key
from identity.models import User
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem
from tests.isolation import asking


@pytest.fixture
def roleless(client: Caller) -> Caller:
    """A caller of acme's host with a key for everything, of a person who may nothing."""
    person = makers.make_person("nobody@acme.example", roles=())
    client.key = create_api_key("for nothing", scopes=["*"], owner_id=person.id, actor=makers.OPERATOR).secret
    return client


def test_v8_2_1_who_has_no_role_is_refused_by_every_route_that_needs_a_permission(roleless: Caller) -> None:
    asked = [route for route in asking.api("config.urls_tenant") if isinstance(route.access[route.method], str)]

    answers = [(route, roleless.call(route.method, route.at(defaultdict(lambda: "x")), {})) for route in asked]

    assert len(asked) >= 150
    assert "\n".join(asking.wrong(answers, wanted=asking.is_problem(403, "/problems/forbidden"))) == ""


@pytest.mark.parametrize(
    "field", ["id", "status", "epoch", "password", "email", "is_break_glass", "armed_until", "version", "grants"]
)
def test_v8_2_3_what_is_not_for_the_caller_to_write_is_refused(field: str, root: Caller) -> None:
    person = makers.make_person("ada@acme.example")
    before = User.objects.filter(id=person.id).values().get()

    answer = root.patch(f"/v1/people/{person.public_id}", {"name": "Another", field: "x"})

    assert [fault["pointer"] for fault in is_problem(answer, status=422, kind="invalid")["errors"]] == [f"/{field}"]
    assert User.objects.filter(id=person.id).values().get() == before


def test_v8_2_3_what_is_not_for_the_caller_to_read_is_not_shown(root: Caller) -> None:
    person = makers.make_person("ada@acme.example")

    shown = root.get(f"/v1/people/{person.public_id}").json()

    assert shown.keys().isdisjoint({"password", "epoch", "password_at", "mfa_grace_from"})
    assert person.password not in str(shown)
