"""Teams, service accounts and profiles over REST and from the command line."""

from io import StringIO
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from identity import actions, queries
from identity.models import ServiceAccount, Team
from kernel import tenancy
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.trail import newest, nothing_recorded


def made_team(root: Caller) -> str:
    """The id of a new team."""
    response = root.post("/v1/teams", {"name": "help-desk", "label": "Help desk"})
    assert (response.status_code, response["ETag"]) == (201, '"v1"')
    identifier: str = json_of(response)["id"]
    assert response["Location"] == f"/v1/teams/{identifier}"
    return identifier


def made_account(root: Caller) -> str:
    """The id of a new service account."""
    response = root.post("/v1/service-accounts", {"name": "deployer", "label": "Robot"})
    assert (response.status_code, response["ETag"]) == (201, '"v1"')
    identifier: str = json_of(response)["id"]
    return identifier


def test_a_team_is_made_changed_filled_and_deleted(root: Caller) -> None:
    identifier = made_team(root)
    person = makers.make_person("bob@acme.example", roles=())

    changed = root.patch(f"/v1/teams/{identifier}", {"label": "First line"}, HTTP_IF_MATCH='"v1"')
    added = root.post(f"/v1/teams/{identifier}/members", {"members": [person.public_id]})
    listed = json_of(root.get(f"/v1/teams/{identifier}/members?q=bob"))
    removed = root.delete(f"/v1/teams/{identifier}/members/{person.public_id}")
    deleted = root.delete(f"/v1/teams/{identifier}")

    assert (json_of(changed)["label"], changed["ETag"]) == ("First line", '"v2"')
    assert json_of(added) == {"added": [person.public_id]}
    assert [(one["id"], one["kind"], one["name"], one["status"]) for one in listed["data"]] == [
        (person.public_id, "person", "bob@acme.example", "active")
    ]
    assert (removed.status_code, deleted.status_code) == (204, 204)
    assert not Team.objects.exists()


def test_an_outdated_etag_changes_no_team(root: Caller) -> None:
    identifier = made_team(root)

    with nothing_recorded():
        is_problem(
            root.patch(f"/v1/teams/{identifier}", {"label": "x"}, HTTP_IF_MATCH='"v9"'), status=412, kind="precondition-failed"
        )

    assert json_of(root.get(f"/v1/teams/{identifier}"))["label"] == "Help desk"


def test_teams_are_listed_with_roles_and_numbers_of_members(root: Caller) -> None:
    identifier = made_team(root)
    person = makers.make_person("bob@acme.example", roles=())
    root.post(f"/v1/teams/{identifier}/members", {"members": [person.public_id]})

    found = json_of(root.get("/v1/teams?q=help"))["data"]

    assert [(team["id"], team["members"], team["roles"]) for team in found] == [(identifier, 1, [])]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"members": "usr_x"}, "/members"),
        ({"members": [1]}, "/members"),
        ({"members": []}, "/members"),
        ({"people": []}, "/people"),
    ],
)
def test_bad_members_are_refused_by_their_field(body: dict[str, Any], pointer: str, root: Caller) -> None:
    identifier = made_team(root)

    with nothing_recorded():
        response = root.post(f"/v1/teams/{identifier}/members", body)

    assert response.status_code == 422
    assert any(fault["pointer"].startswith(pointer) for fault in json_of(response)["errors"])


def test_a_service_account_is_made_changed_stopped_and_ended(root: Caller) -> None:
    identifier = made_account(root)
    address = f"/v1/service-accounts/{identifier}"

    changed = root.patch(address, {"attributes": {"stage": "live"}}, HTTP_IF_MATCH='"v1"')
    suspended = root.put(f"{address}/suspension", {"reason": "Its log leaked."})
    resumed = root.delete(f"{address}/suspension")
    ended = root.put(f"{address}/deactivation", {"reason": "Gone."})

    assert json_of(changed)["attributes"] == {"stage": "live"}
    assert [json_of(answer)["status"] for answer in (suspended, resumed, ended)] == ["suspended", "active", "deactivated"]
    assert json_of(root.get("/v1/service-accounts?status=deactivated&q=depl"))["data"][0]["status_reason"] == "Gone."


@pytest.mark.parametrize("attributes", [[], {"stage": 1}, {"stage": None}, {f"a{number}": "x" for number in range(51)}])
def test_attributes_of_another_form_are_refused(attributes: Any, root: Caller) -> None:
    identifier = made_account(root)

    with nothing_recorded():
        response = root.patch(f"/v1/service-accounts/{identifier}", {"attributes": attributes})

    assert response.status_code == 422
    assert ServiceAccount.objects.get().attributes == {}


def test_attributes_of_a_person_are_changed_and_shown(root: Caller) -> None:
    person = makers.make_person("bob@acme.example", roles=())

    response = root.patch(f"/v1/people/{person.public_id}", {"attributes": {"office": "zurich"}})

    assert json_of(response)["attributes"] == {"office": "zurich"}
    assert json_of(root.get(f"/v1/people/{person.public_id}"))["attributes"] == {"office": "zurich"}


def test_a_key_does_not_change_the_profile(root: Caller) -> None:
    is_problem(root.patch("/v1/me", {"name": "Robot"}), status=403, kind="profile-needs-person")

    assert queries.person_by_email("keys@acme.example").name == "Ada Example"


def _run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out, code = StringIO(), 0
    with tenancy.outside():
        try:
            call_command(*arguments, "--tenant", "acme", "--json", stdout=out)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, orjson.loads(out.getvalue())


def test_commands_make_fill_and_delete_a_team() -> None:
    makers.make_person("bob@acme.example", roles=())
    _run("service_account", "create", "deployer", "--label", "Robot")

    made = _run("team", "create", "help-desk", "--label", "Help desk")
    added = _run("team", "add", "help-desk", "bob@acme.example", "deployer")
    shown = _run("team", "show", "help-desk")
    taken = _run("team", "remove", "help-desk", "deployer")
    gone = _run("team", "delete", "help-desk")

    assert (made[0], made[1]["team"]["label"]) == (0, "Help desk")
    assert len(added[1]["added"]) == 2
    assert sorted(member["name"] for member in shown[1]["members"]) == ["bob@acme.example", "deployer"]
    assert (taken[0], gone[1]["deleted"]) == (0, "help-desk")
    assert newest("identity.team.deleted")["actor"]["id"] == "command:team"


def test_commands_change_stop_and_end_a_service_account() -> None:
    _run("service_account", "create", "deployer", "--label", "Robot")

    changed = _run("service_account", "change", "deployer", "--attribute", "stage=live", "--attribute", "team=core")
    suspended = _run("service_account", "suspend", "deployer", "--reason", "x")
    resumed = _run("service_account", "resume", "deployer")
    ended = _run("service_account", "deactivate", "deployer", "--reason", "x")

    assert changed[1]["service_account"]["attributes"] == {"stage": "live", "team": "core"}
    assert [outcome[1]["service_account"]["status"] for outcome in (suspended, resumed, ended)] == [
        "suspended",
        "active",
        "deactivated",
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ("team", "create", "other", "--label", "Other"),
        ("team", "delete", "help-desk"),
        ("team", "add", "help-desk", "bob@acme.example"),
        ("service_account", "create", "other", "--label", "Other"),
        ("service_account", "deactivate", "deployer", "--reason", "x"),
        ("person", "change", "bob@acme.example", "--attribute", "office=zurich"),
    ],
)
def test_a_rehearsal_changes_nothing(arguments: tuple[str, ...]) -> None:
    makers.make_person("bob@acme.example", roles=())
    actions.create_team("help-desk", label="Help desk", actor=makers.OPERATOR)
    actions.create_service_account("deployer", label="Robot", actor=makers.OPERATOR)

    with nothing_recorded():
        code, document = _run(*arguments, "--dry-run")

    assert (code, document["dry_run"]) == (0, True)
    assert [team.name for team in queries.teams()] == ["help-desk"]
    assert [(account.name, account.status) for account in queries.service_accounts()] == [("deployer", "active")]


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (("team", "show", "nothing"), 3, "team-not-found"),
        (("team", "add", "help-desk", "nobody@acme.example"), 3, "person-not-found"),
        (("team", "add", "help-desk", "no-robot"), 3, "service-account-not-found"),
        (("team", "create", "help-desk", "--label", "x"), 5, "team-taken"),
        (("service_account", "show", "nothing"), 3, "service-account-not-found"),
        (("service_account", "change", "nothing", "--attribute", "stage"), 2, "invalid"),
        (("person", "change", "nobody@acme.example", "--attribute", "a=1", "--attribute", "a=2"), 2, "invalid"),
    ],
)
def test_refusals_have_their_exit_code(arguments: tuple[str, ...], code: int, kind: str) -> None:
    actions.create_team("help-desk", label="Help desk", actor=makers.OPERATOR)

    with nothing_recorded():
        found, document = _run(*arguments)

    assert (found, document["problem"]["type"]) == (code, f"/problems/{kind}")
