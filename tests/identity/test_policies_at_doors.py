"""Policies in force, as every door meets them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import settings as django_settings

from identity import actions, queries
from identity.access import asking, cedar, compiled
from identity.access.facts import Facts
from identity.models import Policy, PolicyState, User
from identity.pipeline import SignedIn
from identity.problems import (
    PolicyForbids,
)
from kernel import clock, tenancy
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem
from tests.identity.policies import HOURS, NEVER, actor_by_session, admin, draft, enforced, key_of, session_of, set_clock_to
from tests.identity.trail import recorded


def test_outside_business_hours_the_same_act_is_refused_in_api_and_console_and_the_trail_names_the_policy(client: Caller) -> None:
    """ASVS 5.0.0-8.1.3, 8.2.4: the environment takes part in the decision, at each door alike."""
    ada = admin()
    set_clock_to(12)
    enforced(HOURS, name="business-hours")
    client.key, session = key_of(ada), session_of(ada)
    body = {"name": "one-role", "label": "One", "permissions": ["read:audit.entries"]}
    by_day = client.post("/v1/roles", body).status_code
    set_clock_to(3)

    by_key = client.post("/v1/roles", body | {"name": "two-role"})
    client.client.cookies[django_settings.SESSION_COOKIE_NAME] = session
    form = {"name": "three-role", "label": "Three", "description": "", "permissions": ["read:audit.entries"]}
    with tenancy.outside():
        by_page = client.client.post("/roles/new", form)

    assert by_day == 201
    assert is_problem(by_key, status=403, kind="policy-forbids")["policies"] == ["business-hours"]
    assert by_page.status_code == 403
    assert set(queries.roles().filter(name__endswith="-role").values_list("name", flat=True)) == {"one-role"}
    told = recorded("audit.request.refused")
    assert [entry["details"]["problem"] for entry in told] == ["policy-forbids", "policy-forbids"]
    assert all("business-hours" in entry["details"]["detail"] and entry["outcome"] == "denied" for entry in told)


def test_a_change_counts_from_the_next_request_on(client: Caller) -> None:
    client.key = key_of(admin())
    policy = draft('forbid(principal, action in Action::"read", resource);')
    codes = [client.get("/v1/roles").status_code]

    for step in (actions.enable_policy, actions.disable_policy, actions.enable_policy, actions.delete_policy):
        step(policy.id, actor=makers.OPERATOR)
        codes.append(client.get("/v1/roles").status_code)

    assert codes == [200, 403, 200, 403, 200]


def test_a_policy_that_fails_refuses_and_is_named(client: Caller) -> None:
    """A `forbid` that errors would be skipped by Cedar; here it counts as a refusal."""
    client.key = key_of(admin())
    enforced("forbid(principal, action, resource) when { context.mfa_age_s * 9223372036854775807 == 1 };", name="overflowing")

    answer = is_problem(client.get("/v1/roles"), status=403, kind="policy-forbids")

    assert answer["policies"] == ["overflowing"]
    assert "did not work" in answer["detail"]


def test_a_stored_text_that_cannot_be_read_allows_nothing(client: Caller) -> None:
    client.key = key_of(admin())
    policy = enforced(NEVER, name="spoiled")
    Policy.objects.filter(id=policy.id).update(text="(" * 3_000, version=9)

    answer = is_problem(client.get("/v1/roles"), status=403, kind="policy-forbids")

    assert answer["policies"] == ["spoiled"]


def test_attributes_of_a_person_decide_and_a_missing_one_refuses(client: Caller) -> None:
    """ASVS 5.0.0-8.3.2: a changed attribute counts at once."""
    ada = admin()
    client.key = key_of(ada)
    enforced(
        'forbid(principal, action, resource) unless { principal.hasTag("department") && principal.getTag("department") == "it" };'
    )
    codes = [client.get("/v1/roles").status_code]

    for attributes in ({"department": "it"}, {"department": "sales"}, {"Department": "it"}):
        User.objects.filter(id=ada.id).update(attributes=attributes)
        codes.append(client.get("/v1/roles").status_code)

    assert codes == [403, 200, 403, 403]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('forbid(principal, action, resource) when { context.address.isInRange(ip("127.0.0.0/8")) };', 403),
        ('forbid(principal, action, resource) unless { context.address.isInRange(ip("127.0.0.0/8")) };', 200),
        ("forbid(principal, action, resource) unless { context.mfa };", 403),
        ("forbid(principal, action, resource) when { context.is_key };", 403),
        ('forbid(principal, action, resource) when { context.method == "api_key" };', 403),
        ('forbid(principal in Role::"admin", action, resource);', 403),
        ('forbid(principal in Role::"owner", action, resource);', 200),
        ('forbid(principal, action in Action::"audit", resource);', 200),
        ('forbid(principal, action in Action::"identity.roles", resource);', 403),
        ('forbid(principal, action == Action::"read:identity.roles", resource);', 403),
        ('forbid(principal, action, resource == Tenant::"acme");', 403),
        ('forbid(principal, action, resource == Tenant::"globex");', 200),
        ("forbid(principal is ServiceAccount, action, resource);", 200),
        ('forbid(principal, action, resource) when { context.roles.contains("admin") };', 403),
    ],
)
def test_what_a_policy_may_ask_about(client: Caller, text: str, expected: int) -> None:
    client.key = key_of(admin())
    enforced(text)

    assert client.get("/v1/roles").status_code == expected


def test_policies_of_one_tenant_are_no_others(globex: tenancy.TenantRef) -> None:
    """ASVS 5.0.0-8.4.1."""
    enforced("forbid(principal, action, resource);", name="all-shut")
    ada = actor_by_session(admin())

    with tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST):
        bob = actor_by_session(makers.make_person("bob@globex.example", roles=("admin",)))
        may_bob = bob.may("read:identity.roles")

    assert (ada.may("read:identity.roles"), ada.is_granted("read:identity.roles")) == (False, True)
    assert (may_bob, bob.facts) == (True, None)


def test_what_is_kept_is_known_by_tenant(globex: tenancy.TenantRef) -> None:
    enforced("forbid(principal, action, resource);", name="all-shut")
    here = compiled.in_force("the-same-stamp")

    with tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST):
        there = compiled.in_force("the-same-stamp")

    assert (here.names, there.names) == (("all-shut",), ())


def test_a_state_is_known_by_what_is_in_force_and_not_by_clocks(client: Caller) -> None:
    """Two machines whose clocks differ: the newest change has not the newest moment."""
    client.key = key_of(admin())
    moment = clock.now()
    harmless = [enforced(NEVER, name=name) for name in ("first", "second")]
    Policy.objects.update(changed_at=moment)
    before = client.get("/v1/roles").status_code

    actions.delete_policy(harmless[0].id, actor=makers.OPERATOR)
    late = enforced('forbid(principal, action in Action::"read", resource);', name="late")
    Policy.objects.filter(id=late.id).update(changed_at=moment - timedelta(hours=1))

    assert (before, client.get("/v1/roles").status_code) == (200, 403)


def test_a_policy_is_asked_about_its_actions_alone_and_the_answer_is_cedars() -> None:
    texts = {
        'forbid(principal, action == Action::"read:identity.roles", resource);': {"read:identity.roles"},
        'forbid(principal, action in [Action::"read:identity.roles", Action::"audit"], resource);': {
            "read:identity.roles",
            "read:audit.entries",
        },
        'forbid(principal, action in Action::"write", resource);': {"write:identity.roles"},
        'forbid(principal, action in Action::"identity.roles", resource);': {"read:identity.roles", "write:identity.roles"},
        "forbid(principal, action in [], resource);": set(),
        "forbid(principal, action, resource);": {"read:identity.roles", "write:identity.roles", "read:audit.entries", "fly:away"},
    }
    asked = ("read:identity.roles", "write:identity.roles", "read:audit.entries", "fly:away")
    told = asking.principal(admin())
    for text, forbidden in texts.items():
        policies = compiled.of([Policy(name="one", text=text)])
        whole = replace(policies, scope=None)

        found = [cedar.ask(Facts(told, one, "password"), permission=name).allowed for one in (policies, whole) for name in asked]

        assert {name for name in asked[:3] if policies.concern(name)} == forbidden - {"fly:away"}
        assert found[:4] == found[4:] == [name not in forbidden | {"fly:away"} for name in asked]


def test_a_tenant_without_policies_in_force_pays_nothing() -> None:
    draft("forbid(principal, action, resource);")

    actor = actor_by_session(admin())

    assert actor.facts is None


def test_the_system_is_the_way_out() -> None:
    policy = enforced("forbid(principal, action, resource);")

    actions.disable_policy(policy.id, actor=makers.OPERATOR)

    assert Policy.objects.get().state == PolicyState.DISABLED


def test_support_is_known_to_policies() -> None:
    ada = admin()
    enforced('forbid(principal, action in Action::"write", resource) when { context.is_support };', name="no-support")
    outcome = actions.sign_in(ada.email, password=makers.PASSWORD)
    assert isinstance(outcome, SignedIn)
    own = queries.session_actor(outcome.session_token)
    assert own is not None

    as_support = replace(own.actor, facts=replace(own.actor.facts, is_support=True))

    assert (own.actor.may("write:identity.people"), as_support.may("write:identity.people")) == (True, False)
    with pytest.raises(PolicyForbids, match="no-support"):
        as_support.require("write:identity.people")


def test_a_policy_that_takes_the_place_of_another_counts(client: Caller) -> None:
    client.key = key_of(admin())
    first = enforced('forbid(principal, action in Action::"read", resource);', name="first")
    before = client.get("/v1/roles").status_code

    actions.delete_policy(first.id, actor=makers.OPERATOR)
    enforced(NEVER, name="second")

    assert (before, client.get("/v1/roles").status_code) == (403, 200)


def test_an_answer_is_kept_for_the_same_question_alone() -> None:
    """Each of these differs from another in one circumstance only, and most of them turn the answer."""
    told, noon = asking.principal(admin()), clock.now().replace(hour=12, minute=0)
    texts = (
        "forbid(principal, action, resource) when { context.minute_of_day == 721 };",
        'forbid(principal, action, resource) when { context.address.isInRange(ip("203.0.113.0/24")) };',
        "forbid(principal, action, resource) when { context.mfa && context.mfa_age_s > 60 };",
        "forbid(principal, action, resource) when { context.is_support };",
        'forbid(principal, action, resource) when { context.method == "api_key" };',
        'forbid(principal, action == Action::"write:identity.roles", resource);',
    )
    policies = compiled.of(Policy(name=f"p{number}", text=text) for number, text in enumerate(texts))
    usual = Facts(told, policies, "password", mfa_at=noon, moment=noon, address="192.0.2.7")
    others = [
        replace(usual, moment=noon + timedelta(minutes=1)), replace(usual, address="203.0.113.9"), replace(usual, mfa_at=None),
        replace(usual, mfa_at=noon - timedelta(seconds=61)), replace(usual, is_support=True), replace(usual, method="api_key"),
        replace(usual, policies=compiled.of([])),
    ]  # fmt: skip
    questions = [(one, name) for one in (usual, *others) for name in ("read:identity.roles", "write:identity.roles")]

    cold = []
    for one, name in questions:
        cedar.forget_all()
        cold.append(cedar.ask(one, permission=name))
    warm = [cedar.ask(one, permission=name) for _ in range(2) for one, name in questions]

    assert [verdict.allowed for verdict in cold[::2]] == [True, False, False, True, False, False, False, True]
    assert warm == cold * 2
