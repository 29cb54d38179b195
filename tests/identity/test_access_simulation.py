"""The simulator: whether somebody would be allowed, and why; and who may do something."""

import io
import string
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.core.management import call_command
from hypothesis import given as for_all
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as some

from identity import actions, documents, queries
from identity.access import compiled, facts, schema
from identity.access.decide import can
from identity.access.facts import Facts
from identity.models import Policy, RoleBinding, ServiceAccount, Team, TeamMember, User
from identity.problems import InputInvalid, PersonNotFound
from identity.queries import Circumstances
from kernel import clock
from kernel.actors import Actor, ActorKind, allows
from kernel.problems import NotFound
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of

WRITE = "write:identity.people"
NIGHT = 'forbid(principal, action in Action::"write", resource) when { context.hour >= 22 || context.hour < 6 };'
ATTRIBUTE = 'forbid(principal, action, resource) unless { principal.hasTag("level") && principal.getTag("level") == "high" };'
WORDS = some.text(alphabet=string.ascii_lowercase, min_size=1, max_size=8)


def _enforced(text: str, *, name: str) -> Policy:
    policy = actions.create_policy(name, text=text, actor=makers.OPERATOR)
    return actions.enable_policy(policy.id, actor=makers.OPERATOR)


def _asked(principal: str, permission: str = WRITE, *, given: Circumstances = Circumstances(), **more: Any) -> dict[str, Any]:  # noqa: B008
    found = queries.simulate(queries.subject(principal), permission=permission, given=given, **more)
    return documents.of_explanation(found)


def test_the_answer_names_role_team_and_pattern() -> None:
    ada = makers.make_person(roles=("member",))
    team = Team.objects.create(name="admins", label="Admins")
    TeamMember.objects.create(team=team, user=ada)
    until = clock.now() + timedelta(days=1)
    role = queries.role_by_name("admin")
    binding = actions.grant_role(team.public_id, role_id=role.id, expires_at=until, actor=makers.OPERATOR)

    answer = _asked(ada.public_id)

    assert (answer["allowed"], answer["reason"]) == (True, "a_role_grants_it")
    assert answer["granted_by"] == [
        {
            "binding": binding.public_id,
            "role": "admin",
            "through": {"id": team.public_id, "kind": "team", "name": "admins"},
            "permissions": ["write:*"],
            "expires_at": clock.rfc3339(until),
        }
    ]


def test_time_address_and_second_factor_can_be_supposed() -> None:
    ada = makers.make_person(roles=("admin",))
    _enforced(NIGHT, name="night")
    _enforced(
        'forbid(principal, action in Action::"write", resource) unless { context.mfa && context.mfa_age_s <= 60 };', name="mfa"
    )
    noon = clock.now().replace(hour=12, minute=0)

    by_night = _asked(ada.public_id, given=Circumstances(noon.replace(hour=23), mfa_age_s=5))
    by_day = _asked(ada.public_id, given=Circumstances(noon, "::ffff:192.0.2.7", mfa_age_s=5))
    without = _asked(ada.public_id, given=Circumstances(noon))
    long_ago = _asked(ada.public_id, given=Circumstances(noon, mfa_age_s=61))

    assert (by_night["allowed"], by_night["forbidden_by"]) == (False, ["night"])
    assert (by_day["allowed"], by_day["circumstances"]["address"]) == (True, "192.0.2.7")
    assert (without["forbidden_by"], long_ago["forbidden_by"]) == (["mfa"], ["mfa"])


def test_a_draft_can_be_counted_as_if_it_were_in_force() -> None:
    ada = makers.make_person(roles=("admin",))
    draft = actions.create_policy("closed", text="forbid(principal, action, resource);", actor=makers.OPERATOR)

    answers = [_asked(ada.public_id)["allowed"], _asked(ada.public_id, and_also=draft)["allowed"], _asked(ada.public_id)["allowed"]]

    assert answers == [True, False, True]


def test_a_key_is_bounded_by_its_scopes_and_its_owner() -> None:
    bob = makers.make_person("bob@acme.example", roles=("admin",))
    key = actions.create_api_key("k", scopes=["read:*"], expires_in_days=1, owner_id=bob.id, actor=makers.OPERATOR).key

    read, write = _asked(key.public_id, "read:identity.people"), _asked(key.public_id)

    assert (read["allowed"], read["is_in_scope"], read["circumstances"]["key"]) == (True, True, key.public_id)
    assert (write["allowed"], write["is_in_scope"], write["reason"]) == (False, False, "no_role_grants_it")


def test_whoever_is_not_active_may_nothing() -> None:
    ada = makers.make_person(roles=("admin",))
    actions.suspend_person(ada.id, reason="Away.", actor=makers.OPERATOR)

    answer = _asked(ada.public_id)

    assert (answer["allowed"], answer["reason"]) == (False, "not_active")


@pytest.mark.parametrize("principal", ["usr_06f0kt8m1wfvx5r2c9h3qjz4ac", "pol_06f0kt8m1wfvx5r2c9h3qjz4ac", "", "x"])
def test_nobody_is_not_found(principal: str) -> None:
    with pytest.raises(NotFound):
        _asked(principal)


def test_teams_and_unknown_permissions_are_no_questions() -> None:
    team = Team.objects.create(name="crew", label="Crew")
    ada = makers.make_person()

    with pytest.raises(InputInvalid):
        _asked(team.public_id)
    with pytest.raises(InputInvalid):
        _asked(ada.public_id, "write:*")


def test_who_may_counts_own_roles_and_those_of_teams_that_are_not_over() -> None:
    ada = makers.make_person(roles=("admin",))
    bob = makers.make_person("bob@acme.example")
    cyd = makers.make_person("cyd@acme.example", roles=("admin",))
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    team = Team.objects.create(name="admins", label="Admins")
    TeamMember.objects.create(team=team, user=bob)
    TeamMember.objects.create(team=team, service_account=robot)
    actions.grant_role(team.public_id, role_id=queries.role_by_name("admin").id, actor=makers.OPERATOR)
    RoleBinding.objects.filter(user=cyd).update(expires_at=clock.now())

    people = {person.id for person in queries.people_who_may(WRITE)}
    accounts = {account.id for account in queries.service_accounts_which_may(WRITE)}

    assert (people, accounts) == ({ada.id, bob.id}, {robot.id})
    assert [role.name for role in queries.roles_allowing(WRITE)] == ["admin", "owner"]


def test_the_api_answers_and_lists(root: Caller) -> None:
    ada = makers.make_person(roles=("admin",))
    _enforced(NIGHT, name="night")
    question = {"principal": ada.public_id, "permission": WRITE, "at": "2026-11-21T23:00:00Z", "address": "192.0.2.7"}

    answer = json_of(root.post("/v1/access/simulation", question))
    holders = json_of(root.get(f"/v1/access/holders?permission={WRITE}&q=ada@"))["data"]
    accounts = json_of(root.get(f"/v1/access/holders?permission={WRITE}&kind=service_account"))["data"]

    assert (answer["allowed"], answer["forbidden_by"], answer["circumstances"]["hour"]) == (False, ["night"], 23)
    assert (holders, accounts) == ([{"id": ada.public_id, "kind": "person", "name": ada.email}], [])
    is_problem(root.get("/v1/access/holders?permission=fly:away"), status=422, kind="identity-input-invalid")
    is_problem(root.post("/v1/access/simulation", question | {"address": "here"}), status=422, kind="invalid")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"at": "0001-01-01T00:00:00Z"}, "/at"),
        ({"at": "9999-12-31T23:59:59Z", "mfa_age_s": 5}, "/at"),
        ({"mfa_age_s": -1}, "/mfa_age_s"),
        ({"mfa_age_s": 10**12}, "/mfa_age_s"),
        ({"address": "here"}, "/address"),
        ({"permission": "write:*"}, "/permission"),
        ({"principal": "tem_06f0kt8m1wfvx5r2c9h3qjz4ac"}, "/principal"),
    ],
)
def test_what_cannot_be_supposed_is_refused_at_its_field(root: Caller, given: dict[str, Any], pointer: str) -> None:
    ada = makers.make_person(roles=("admin",))
    actions.set_policy_timezone("Asia/Tokyo", actor=makers.OPERATOR)
    _enforced(NIGHT, name="night")

    answer = root.post("/v1/access/simulation", {"principal": ada.public_id, "permission": WRITE} | given)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in json_of(answer)["errors"]] == [pointer]


@pytest.mark.parametrize(
    "words", [("--address", "here"), ("--mfa-age", "-5"), ("--mfa-age", "9" * 30), ("--at", "0001-01-01T00:00:00Z")]
)
def test_the_command_refuses_the_same_and_says_what(words: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    ada = makers.make_person(roles=("admin",))

    code, answer = _command("access", "explain", ada.email, WRITE, *words)

    fault = answer["problem"]["errors"][0]
    assert (code, answer["problem"]["status"]) == (2, 422)
    assert f"  {fault['pointer'][1:]}: {fault['detail']}" in " ".join(capsys.readouterr().err.split("\n"))


def _command(*words: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    try:
        call_command(*words, "--tenant", "acme", "--json", stdout=out)
    except SystemExit as end:
        return int(end.code or 0), orjson.loads(out.getvalue())
    return 0, orjson.loads(out.getvalue())


@pytest.mark.committed
def test_the_commands_write_policies_give_roles_and_explain(tmp_path: Any, acme: Any) -> None:
    file = tmp_path / "night.cedar"
    file.write_text(NIGHT)
    bad = tmp_path / "bad.cedar"
    bad.write_text("forbid(")
    try:
        checked, faulty = _command("policy", "check", str(file)), _command("policy", "check", str(bad))
        dry = _command("policy", "create", "night", str(file), "--dry-run")
        made, active = _command("policy", "create", "night", str(file)), _command("policy", "enable", "night")
        listed = _command("policy", "list", "--state", "active")
        role = _command("role", "create", "desk", "--label", "Desk", "--permission", WRITE)
        granted = _command("role", "grant", "desk", "owner@acme.example", "--until", "2099-01-01T00:00:00Z")
        binding = granted[1]["binding"]["id"]
        explained = _command("access", "explain", "owner@acme.example", WRITE, "--at", "2026-11-21T23:00:00Z")
        who = _command("access", "who", WRITE)
        taken = _command("role", "withdraw", binding)
        unzoned = _command("role", "grant", "desk", "owner@acme.example", "--until", "2099-01-01")
        unknown = _command("role", "grant", "desk", "nobody-is-called-so")
    finally:
        _command("policy", "delete", "night")
        _command("role", "delete", "desk")

    assert (checked[1]["is_valid"], faulty[0], faulty[1]["faults"][0]["column"]) == (True, 6, 8)
    assert (dry[1]["dry_run"], made[1]["policy"]["version"], active[1]["policy"]["state"]) == (True, 1, "active")
    assert ([policy["name"] for policy in listed[1]["policies"]], role[0], taken[0]) == (["night"], 0, 0)
    assert (unzoned[0], unknown[0]) == (2, 3)
    assert {"desk", "owner"} == {grant["role"] for grant in explained[1]["explanation"]["granted_by"]}
    assert explained[1]["explanation"]["forbidden_by"] == ["night"]
    assert who[1]["holders"] == []


PRINCIPALS = some.fixed_dictionaries(
    {
        "kind": some.sampled_from(["User", "ServiceAccount"]),
        "name": WORDS,
        "attributes": some.dictionaries(some.sampled_from(["level", "Level", "department"]), WORDS | some.just("high"), max_size=3),
        "roles": some.lists(WORDS, max_size=3, unique=True),
        "teams": some.lists(WORDS, max_size=2, unique=True),
    }
)


def _facts(told: dict[str, Any], *, policies: compiled.Compiled) -> Facts:
    text = orjson.dumps(told | {"id": "01a20089-f280-779f-a657-896c6ce96898", "stamp": "1.1.x", "timezone": ""}).decode()
    return Facts(principal=facts.principal_of(text), policies=policies, method="password")


def _actor(grants: frozenset[str]) -> Actor:
    return Actor(kind=ActorKind.PERSON, id="usr_x", label="x", tenant_id=None, grants=(grants,))


@hypothesis_settings(max_examples=60, deadline=None)
@for_all(
    told=PRINCIPALS,
    grants=some.frozensets(
        some.sampled_from(["read:*", "write:identity.*", "*:audit.entries", "read:identity.people", "verify:*"])
    ),
    permission=some.sampled_from(schema.permissions()),
    chosen=some.lists(
        some.sampled_from([NIGHT, ATTRIBUTE, "forbid(principal, action, resource) when { context.hour > 24 };"]), max_size=3
    ),
)
def test_policies_never_allow_what_roles_do_not(
    told: dict[str, Any], grants: frozenset[str], permission: str, chosen: list[str]
) -> None:
    """ASVS 5.0.0-8.2.1: the decision of the roles is an upper bound."""
    policies = compiled.of(Policy(name=f"p{number}", text=text) for number, text in enumerate(chosen))

    decision = can(_actor(grants), permission, facts=_facts(told, policies=policies))

    assert not decision.allowed or allows(grants, permission)


@hypothesis_settings(max_examples=60, deadline=None)
@for_all(told=PRINCIPALS, permission=some.sampled_from(schema.permissions()))
def test_a_missing_attribute_never_allows(told: dict[str, Any], permission: str) -> None:
    policies = compiled.of([Policy(name="level", text=ATTRIBUTE)])

    decision = can(_actor(frozenset({"*"})), permission, facts=_facts(told, policies=policies))

    assert decision.allowed == (told["attributes"].get("level") == "high")


def test_a_permission_that_the_product_does_not_know_is_refused() -> None:
    told = {"kind": "User", "name": "x", "attributes": {}, "roles": [], "teams": []}

    decision = can(_actor(frozenset({"*"})), "fly:away", facts=_facts(told, policies=compiled.of([])))

    assert (decision.allowed, decision.reason) == (False, "a_policy_failed")


def test_an_unknown_address_is_nobody() -> None:
    texts = ["", "garbage", "fe80::1%eth0", "::ffff:10.0.0.1", "192.0.2.7"]

    assert [facts.plain_address(text) for text in texts] == ["0.0.0.0", "0.0.0.0", "fe80::1", "10.0.0.1", "192.0.2.7"]  # noqa: S104


def test_a_shown_id_or_an_address_names_somebody() -> None:
    ada: User = makers.make_person()

    assert (queries.shown_id("ADA@acme.example"), queries.shown_id(ada.public_id)) == (ada.public_id, ada.public_id)
    with pytest.raises(PersonNotFound):
        queries.shown_id("nobody@acme.example")


def test_a_name_means_the_team_or_the_service_account_that_has_it() -> None:
    team = actions.create_team("help-desk", label="Help desk", actor=makers.OPERATOR)
    robot = actions.create_service_account("backup", label="Backup", actor=makers.OPERATOR)

    found = [queries.shown_id(text) for text in ("help-desk", "backup", team.public_id, robot.public_id)]

    assert found == [team.public_id, robot.public_id, team.public_id, robot.public_id]


def test_a_name_that_nobody_or_two_have_is_refused_with_what_to_type_instead() -> None:
    team = actions.create_team("robots", label="Robots", actor=makers.OPERATOR)
    account = actions.create_service_account("robots", label="Robots", actor=makers.OPERATOR)

    with pytest.raises(NotFound) as ambiguous:
        queries.shown_id("robots")
    with pytest.raises(NotFound) as unknown:
        queries.shown_id("robot\x00s")

    assert team.public_id in ambiguous.value.detail
    assert account.public_id in ambiguous.value.detail
    assert "nobody here is called so" in unknown.value.detail
