"""Policies: written as checked drafts, put into force and out of it, within limits."""

from dataclasses import replace

import pytest

from identity import actions, queries
from identity.models import Policy, PolicyState
from identity.problems import (
    InputInvalid,
    PolicyFaulty,
    PolicyLocksOut,
    PolicyNotFound,
    PolicyTaken,
    TooManyPolicies,
)
from kernel import tenancy
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.policies import HOURS, NEVER, actor_by_session, admin, draft, enforced, set_clock_to, zone_where_it_is
from tests.identity.trail import newest, nothing_recorded, recorded_once


def test_a_policy_is_a_draft_first_and_its_text_stands_in_the_trail(owner: Actor) -> None:
    with recorded_once("identity.policy.created"):
        policy = actions.create_policy("hours", text=HOURS.replace("\n", "\r\n"), description="At night.", actor=owner)

    assert (policy.state, policy.text, policy.version) == (PolicyState.DRAFT, HOURS, 1)
    assert newest("identity.policy.created")["details"] == {"policy": "hours", "text": HOURS}


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("forbid(principal, action, resource)\n  when { context.hour >> 3 };", "not_cedar", 2, 24),
        ("forbid(principal, action, resource)\nwhen { context.moon };", "not_valid", 2, 16),
        ('forbid(principal, action, resource)\nunless { principal.getTag("d") == "x" };', "not_valid", 2, 27),
        ('forbid(principal, action == Action::"fly:identity.people", resource);', "not_valid", 1, 29),
        ("permit(principal, action, resource);", "not_forbid", 1, 1),
        ("forbid(principal == ?principal, action, resource);", "not_one_policy", 1, 1),
        (f"{NEVER}{NEVER}", "not_one_policy", 1, 1),
        ("", "not_one_policy", 1, 1),
        ("forbid(principal, action, resource);\0", "unseen_characters", 1, 37),
        ("forbid(principal, action, resource) when { " + "(" * 101 + "true", "too_large", 1, 142),
        ("//" + "x" * 4_000, "too_large", 1, 4_001),
        ("forbid(principal, action, resource) when { " + "(" * 1_500 + "true" + ")" * 1_500 + " };", "too_large", 1, 142),
        ("forbid(principal, action, resource) when { 1" + "+1" * 1_900 + " == 3 };", "too_large", 1, 1),
        ("forbid(principal, action, resource) when { true" + "||true" * 560 + " };", "too_large", 1, 1),
        ("forbid(principal, action, resource) when { context has hour" + ".hour" * 700 + " };", "too_large", 1, 1),
        (
            'forbid(principal, action, resource) when { "' + "]" * 2_000 + '" == "x" || true' + "||true" * 310 + " };",
            "too_large",
            1,
            1,
        ),
    ],
)
def test_a_text_that_is_no_policy_is_refused_with_its_place(owner: Actor, text: str, code: str, line: int, column: int) -> None:
    with nothing_recorded(), pytest.raises(PolicyFaulty) as refused:
        actions.create_policy("faulty", text=text, actor=owner)

    first = refused.value.fields["errors"][0]
    assert (first["code"], first["line"], first["column"]) == (code, line, column)
    assert not Policy.objects.exists()


def test_a_chain_of_200_conditions_is_a_policy() -> None:
    text = "forbid(principal, action, resource) when { true" + " || context.hour==1" * 200 + " };"

    assert queries.policy_faults(text) == []


def test_every_template_is_a_valid_policy_that_leaves_an_owner_a_way_back(owner: Actor) -> None:
    texts = [template.text for template in queries.policy_templates()]

    faults = [queries.policy_faults(text) for text in texts]

    assert (len(texts), faults) == (5, [[]] * 5)


def test_names_are_unique_and_policies_are_limited(owner: Actor) -> None:
    draft(name="twice")

    with nothing_recorded(), pytest.raises(PolicyTaken):
        actions.create_policy("twice", text=NEVER, actor=owner)
    Policy.objects.bulk_create(Policy(name=f"p{number}", text=NEVER) for number in range(queries.POLICIES_MAX - 1))
    with nothing_recorded(), pytest.raises(TooManyPolicies):
        actions.create_policy("one-more", text=NEVER, actor=owner)

    assert Policy.objects.count() == queries.POLICIES_MAX


def test_only_who_may_write_policies_writes_them() -> None:
    reader = makers.person_actor(grants=frozenset({"read:*"}))
    policy = draft()

    for act in (
        lambda: actions.create_policy("x1", text=NEVER, actor=reader),
        lambda: actions.change_policy(policy.id, text=HOURS, actor=reader),
        lambda: actions.enable_policy(policy.id, actor=reader),
        lambda: actions.disable_policy(policy.id, actor=reader),
        lambda: actions.delete_policy(policy.id, actor=reader),
        lambda: actions.set_policy_timezone("Europe/Berlin", actor=reader),
    ):
        with nothing_recorded(), pytest.raises(Forbidden):
            act()

    assert (Policy.objects.get().text, queries.policy_timezone()) == (NEVER, "UTC")


def test_a_changed_version_is_not_overwritten(owner: Actor) -> None:
    policy = draft()

    with nothing_recorded(), pytest.raises(PreconditionFailed):
        actions.change_policy(policy.id, text=HOURS, expected_version=7, actor=owner)

    assert Policy.objects.get().text == NEVER


def test_enabling_and_disabling_twice_is_recorded_once(owner: Actor) -> None:
    policy = draft()

    with recorded_once("identity.policy.enabled"):
        actions.enable_policy(policy.id, actor=owner)
        actions.enable_policy(policy.id, actor=owner)
    with recorded_once("identity.policy.disabled"):
        actions.disable_policy(policy.id, actor=owner)
        actions.disable_policy(policy.id, actor=owner)

    assert Policy.objects.get().state == PolicyState.DISABLED


def test_nobody_locks_themselves_out_of_the_policies() -> None:
    actor = actor_by_session(makers.make_person(roles=("owner",)))
    policy = draft('forbid(principal, action == Action::"write:identity.policies", resource);')

    with nothing_recorded(), pytest.raises(PolicyLocksOut) as refused, tenancy.atomic():
        actions.enable_policy(policy.id, actor=actor)
    active = enforced(NEVER, name="harmless")
    with nothing_recorded(), pytest.raises(PolicyLocksOut), tenancy.atomic():
        actions.change_policy(active.id, text="forbid(principal, action, resource);", actor=actor)

    assert refused.value.fields["policies"] == ["a-policy"]
    assert set(Policy.objects.values_list("name", "state")) == {("a-policy", "draft"), ("harmless", "active")}
    assert Policy.objects.get(name="harmless").text == NEVER


def test_a_key_does_not_lock_itself_out_either() -> None:
    key = makers.make_key()
    actor = queries.key_actor(key.secret)
    policy = draft("forbid(principal, action, resource) when { context.is_key };")

    with nothing_recorded(), pytest.raises(PolicyLocksOut), tenancy.atomic():
        actions.enable_policy(policy.id, actor=actor)

    assert Policy.objects.get().state == PolicyState.DRAFT


def test_a_key_that_signs_does_not_lock_itself_out_by_how_it_signs() -> None:
    actor = replace(queries.key_actor(makers.make_key().secret), auth_method="signature")
    policy = draft('forbid(principal, action, resource) when { context.method == "signature" };')

    with nothing_recorded(), pytest.raises(PolicyLocksOut), tenancy.atomic():
        actions.enable_policy(policy.id, actor=actor)

    assert Policy.objects.get().state == PolicyState.DRAFT


def test_the_clock_does_not_lock_its_author_out() -> None:
    actor = actor_by_session(admin())
    set_clock_to(12)
    enforced(HOURS)
    zone = queries.policy_timezone()

    with nothing_recorded(), pytest.raises(PolicyLocksOut), tenancy.atomic():
        actions.set_policy_timezone(zone_where_it_is(3), actor=actor)

    assert queries.policy_timezone() == zone


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../etc/passwd", "UTC\0"])
def test_the_clock_is_a_zone_of_the_iana_database(owner: Actor, zone: str) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid):
        actions.set_policy_timezone(zone, actor=owner)

    assert queries.policy_timezone() == "UTC"


def test_an_api_caller_writes_checks_enforces_and_deletes(root: Caller) -> None:
    bad = {"text": "forbid(principal, action, resource) when { context.moon };"}
    made = json_of(root.post("/v1/policies", {"name": "hours", "text": HOURS, "description": "At night."}))
    path = f"/v1/policies/{made['id']}"

    checked = json_of(root.post("/v1/policies/validation", bad))
    remarked = json_of(root.post("/v1/policies/validation", {"text": 'forbid(principal in Role::"nobody", action, resource);'}))
    active = json_of(root.put(f"{path}/enforcement"))
    stale = root.patch(path, {"description": "x"}, HTTP_IF_MATCH='"v1"')
    listed = json_of(root.get("/v1/policies?state=active&q=hours"))["data"]
    disabled = json_of(root.delete(f"{path}/enforcement"))
    gone = root.delete(path).status_code

    assert (made["state"], active["state"], disabled["state"]) == ("draft", "active", "disabled")
    assert (checked["is_valid"], checked["faults"][0]["detail"]) == (False, "Attribute `moon` not found.")
    assert remarked == {"is_valid": True, "faults": [], "remarks": ["There is no role 'nobody' here, so nobody is in it."]}
    assert stale.status_code == 412
    assert listed == [active]
    assert gone == 204
    is_problem(root.get(path), status=404, kind="policy-not-found")


def test_a_policy_in_the_api_is_refused_with_line_and_column(root: Caller) -> None:
    answer = is_problem(root.post("/v1/policies", {"name": "bad", "text": "forbid("}), status=422, kind="policy-faulty")

    assert answer["errors"] == [
        {"pointer": "/text", "code": "not_cedar", "detail": "Unexpected end of input.", "line": 1, "column": 8}
    ]


def test_the_words_of_policies_are_told(root: Caller) -> None:
    words = json_of(root.get("/v1/policies/words"))

    assert 'action "write:identity.people" in ["write", "identity.people", "identity"]' in words["schema"]
    assert {"hour", "mfa", "address"} <= {word["name"] for word in words["context"]}
    assert (len(words["templates"]), words["timezone"]) == (5, "UTC")


def test_a_policy_that_is_gone_is_not_found(owner: Actor) -> None:
    policy = draft()
    actions.delete_policy(policy.id, actor=owner)

    with nothing_recorded(), pytest.raises(PolicyNotFound):
        actions.enable_policy(policy.id, actor=owner)
