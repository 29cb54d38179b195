"""The pages of teams, service accounts and profiles."""

from identity import actions as identity
from identity import queries as people
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR, make_person


def test_a_team_is_made_filled_and_emptied_without_javascript(owner_browser: Browser) -> None:
    person = make_person("ben@acme.example", name="Ben Baker", roles=())
    made = owner_browser.post("/teams/new", {"label": "Help desk", "name": "help-desk", "description": "Answers."})
    address = made["Location"]

    picker = text_of(owner_browser.get(f"{address}/members?q=ben"))
    added = owner_browser.post(f"{address}/members", {"members": [person.public_id]})
    shown = text_of(owner_browser.get(address))
    asked = text_of(owner_browser.get(f"{address}/members/{person.public_id}/removal"))
    removed = owner_browser.post(f"{address}/members/{person.public_id}/removal")

    assert f'value="{person.public_id}"' in picker
    assert added["Location"] == removed["Location"] == address
    assert "Ben Baker" in shown
    assert "Take ben@acme.example out of Help desk?" in asked
    assert people.team_members(people.team_by_name("help-desk")).count() == 0


def test_nobody_ticked_is_said_above_the_form(owner_browser: Browser) -> None:
    team = identity.create_team("help-desk", label="Help desk", actor=OPERATOR)

    response = owner_browser.post(f"/teams/{team.public_id}/members")

    assert response.status_code == 422
    assert "Name 1 to 100 people or service accounts." in text_of(response)


def test_programs_are_picked_too(owner_browser: Browser) -> None:
    team = identity.create_team("help-desk", label="Help desk", actor=OPERATOR)
    account = identity.create_service_account("deployer", label="Robot", actor=OPERATOR)

    picker = text_of(owner_browser.get(f"/teams/{team.public_id}/members?kind=programs"))
    owner_browser.post(f"/teams/{team.public_id}/members", {"members": [account.public_id]})

    assert f'value="{account.public_id}"' in picker
    assert "Help desk" in text_of(owner_browser.get(f"/service-accounts/{account.public_id}"))
    assert "Robot" in text_of(owner_browser.get(f"/teams/{team.public_id}?q=robot"))


def test_a_team_in_use_says_why_it_stays(owner_browser: Browser) -> None:
    team = identity.create_team("help-desk", label="Help desk", actor=OPERATOR)
    role = people.roles("auditor").get()
    identity.grant_role(team.public_id, role_id=role.id, actor=OPERATOR)
    person = make_person("ben@acme.example", roles=())
    identity.add_team_members(team.id, members=[person.public_id], actor=OPERATOR)

    response = owner_browser.post(f"/teams/{team.public_id}/deletion")

    assert response.status_code == 409
    assert "Withdraw its roles or take its members out first" in text_of(response)
    assert people.team(team.id).member_count == 1


def test_a_service_account_is_made_stopped_resumed_and_ended(owner_browser: Browser) -> None:
    made = owner_browser.post("/service-accounts/new", {"label": "Robot", "name": "deployer", "description": ""})
    address = made["Location"]
    account = people.service_account_by_name("deployer")
    states = []

    for step, values in (("suspension", {"reason": "x"}), ("resumption", {}), ("deactivation", {"reason": "x"})):
        assert owner_browser.post(f"{address}/{step}", values)["Location"] == address
        states.append(people.service_account(account.id).status)

    assert states == ["suspended", "active", "deactivated"]
    assert "Resume" in text_of(owner_browser.get(address))


def test_attributes_are_typed_as_lines(owner_browser: Browser) -> None:
    person = make_person("ben@acme.example", roles=())
    address = f"/people/{person.public_id}/attributes"
    version = people.person(person.id).version

    wrong = owner_browser.post(address, {"attributes": "office", "version": version})
    saved = owner_browser.post(address, {"attributes": "office = zurich\n\n department=finance", "version": version})
    late = owner_browser.post(address, {"attributes": "office = bern", "version": version})

    assert (wrong.status_code, late.status_code) == (422, 412)
    assert "Line 1: write it as name = text." in text_of(wrong)
    assert saved["Location"] == f"/people/{person.public_id}"
    assert people.person(person.id).attributes == {"office": "zurich", "department": "finance"}
    assert "zurich" in text_of(owner_browser.get(f"/people/{person.public_id}"))


def test_everybody_changes_their_own_profile(member_browser: Browser) -> None:
    own = people.person_by_email("milo@acme.example")

    wrong = member_browser.post("/account/profile", {"name": "Milo", "timezone": "Mars/Base", "version": own.version})
    saved = member_browser.post(
        "/account/profile", {"name": "Milo M.", "timezone": "Europe/Zurich", "locale": "de", "version": own.version}
    )

    assert wrong.status_code == 422
    assert "Write a time zone such as" in text_of(wrong)
    assert saved["Location"] == "/account"
    changed = people.person(own.id)
    assert (changed.name, changed.timezone, changed.locale) == ("Milo M.", "Europe/Zurich", "de")


def test_members_see_no_teams_and_no_service_accounts(member_browser: Browser) -> None:
    team = identity.create_team("help-desk", label="Help desk", actor=OPERATOR)

    answers = [member_browser.get(path).status_code for path in ("/teams/", f"/teams/{team.public_id}", "/service-accounts/")]

    assert answers == [403, 403, 403]


def test_whoever_may_not_see_teams_does_not_see_them_on_a_person_either(member_browser: Browser, owner_browser: Browser) -> None:
    team = identity.create_team("help-desk", label="Help desk", actor=OPERATOR)
    person = make_person("ben@acme.example", roles=())
    identity.add_team_members(team.id, members=[person.public_id], actor=OPERATOR)
    address = f"/people/{person.public_id}"

    shown = ["Help desk" in text_of(browser.get(address)) for browser in (owner_browser, member_browser)]

    assert shown == [True, False]
