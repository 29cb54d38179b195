"""No policy shuts a tenant up for good: owners always reach the policies, in person; nobody else does, and nothing else opens."""

from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from django.test import Client

from identity import actions, queries
from identity.access import decide
from identity.models import Policy, PolicyState, User
from identity.problems import PolicyForbids
from kernel import tenancy
from kernel.actors import Actor
from tests import makers
from tests.caller import Caller
from tests.console.browser import Browser
from tests.identity.answers import is_problem
from tests.identity.policies import actor_by_session, admin, enforced, key_of
from tests.identity.trail import nothing_recorded, recorded_once

ALL_SHUT = "forbid(principal, action, resource);"
OVERFLOWING = "forbid(principal, action, resource) when { context.mfa_age_s * 9223372036854775807 == 1 };"


def _shut(text: str) -> Policy:
    """A policy against everybody, put into force by whoever it is not about."""
    return enforced(text, name="all-shut")


@pytest.mark.parametrize("text", [ALL_SHUT, OVERFLOWING, "(" * 3_000])
def test_an_owner_takes_back_in_the_console_what_shuts_everybody_out(text: str) -> None:
    makers.make_person("dana@acme.example", roles=("owner",))
    policy = _shut(ALL_SHUT)
    Policy.objects.filter(id=policy.id).update(text=text, version=9)
    browser = Browser().signed_in("dana@acme.example")
    people_before = browser.get("/people/").status_code
    listed = browser.get("/policies/")

    with recorded_once("identity.policy.disabled"):
        taken_back = browser.post(f"/policies/{policy.public_id}/disablement")

    assert (people_before, listed.status_code, "all-shut" in listed.content.decode()) == (403, 200, True)
    assert (taken_back.status_code, taken_back["Location"]) == (302, f"/policies/{policy.public_id}")
    assert Policy.objects.get().state == PolicyState.DISABLED
    assert browser.get("/people/").status_code == 200


def test_an_owner_in_person_takes_it_back_over_http_and_an_owners_key_does_not(client: Caller) -> None:
    dana = makers.make_person("dana@acme.example", roles=("owner",))
    client.key = key_of(dana)
    policy = _shut(ALL_SHUT)
    by_key = client.delete(f"/v1/policies/{policy.public_id}/enforcement")
    state = queries.policy(policy.id).state
    browser = Client(HTTP_HOST="acme.localhost", raise_request_exception=False)
    browser.cookies[django_settings.SESSION_COOKIE_NAME] = makers.signed_in(dana.email).session_token

    with tenancy.outside():
        in_person = browser.delete(f"/v1/policies/{policy.public_id}")

    is_problem(by_key, status=403, kind="policy-forbids")
    assert (state, in_person.status_code, Policy.objects.exists()) == ("active", 204, False)


def test_nobody_else_and_nothing_else_gets_past_the_policy() -> None:
    owner = actor_by_session(makers.make_person("dana@acme.example", roles=("owner",)))
    other = actor_by_session(admin())
    _shut(ALL_SHUT)
    owner, other = _seen_again(owner), _seen_again(other)
    visited = replace(owner, facts=replace(owner.facts, is_support=True))
    everything = [permission for permission in queries.permissions() if permission not in decide.REPAIRS]

    reached = {permission for permission in queries.permissions() if owner.may(permission)}

    assert reached == {"read:identity.policies", "write:identity.policies"} == decide.REPAIRS
    assert not any(actor.may(permission) for actor in (other, visited) for permission in decide.REPAIRS)
    assert len(everything) > 50
    with nothing_recorded(), pytest.raises(PolicyForbids):
        actions.create_role("one-role", label="One", permissions=["read:audit.entries"], actor=owner)


def test_an_owner_through_a_team_counts_and_one_whose_time_is_over_does_not() -> None:
    makers.make_person("olga@acme.example", roles=("owner",))
    dana = makers.make_person("dana@acme.example", roles=("admin",))
    team = actions.create_team("owners", label="Owners", actor=makers.OPERATOR)
    actions.add_team_members(team.id, members=[dana.public_id], actor=makers.OPERATOR)
    binding = actions.grant_role(team.public_id, role_id=queries.role_by_name("owner").id, actor=makers.OPERATOR)
    _shut(ALL_SHUT)

    through_team = actor_by_session(dana).may("write:identity.policies")
    actions.withdraw_role(binding.id, actor=makers.OPERATOR)

    assert (through_team, actor_by_session(dana).may("write:identity.policies")) == (True, False)


def test_the_simulator_tells_that_owners_keep_the_policies_and_what_stood_against_it() -> None:
    dana = makers.make_person("dana@acme.example", roles=("owner",))
    _shut(ALL_SHUT)

    found = queries.simulate(dana, permission="write:identity.policies", given=queries.Circumstances())
    other = queries.simulate(dana, permission="write:identity.people", given=queries.Circumstances())

    assert (found.allowed, found.reason, found.policies) == (True, "owners_keep_the_policies", ("all-shut",))
    assert (other.allowed, other.reason) == (False, "a_policy_forbids_it")


def _seen_again(actor: Actor) -> Actor:
    """The same person with their next request."""
    return actor_by_session(User.objects.get(email=actor.label))
