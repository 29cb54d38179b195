"""The pages of policies, of the simulator, and of who has which roles."""

import re
from datetime import timedelta

from identity import actions as identity
from identity import queries as people
from identity.models import Policy, RoleBinding, ServiceAccount, Team
from kernel import clock
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR, make_person

HOURS = 'forbid(principal, action in Action::"write", resource)\r\nunless { principal in Role::"owner" };\r\n'
FAULTY = "forbid(principal, action, resource)\r\nwhen { context.moon };\r\n"


def test_a_policy_is_checked_kept_enforced_changed_and_deleted(owner_browser: Browser) -> None:
    new = {"name": "owners-only", "description": "Others look.", "text": HOURS}
    faulty = text_of(owner_browser.post("/policies/new", {**new, "text": FAULTY, "check": "1"}))
    valid = text_of(owner_browser.post("/policies/new", {**new, "check": "1"}))
    before = Policy.objects.count()
    made = owner_browser.post("/policies/new", new)
    policy = people.policy_by_name("owners-only")
    address = f"/policies/{policy.public_id}"

    enabled = owner_browser.post(f"{address}/enforcement")
    state = people.policy(policy.id).state
    changed = owner_browser.post(address, {"description": "Still.", "text": HOURS, "version": 2})
    late = owner_browser.post(address, {"description": "Late.", "text": HOURS, "version": 2})
    shown = text_of(owner_browser.get(address))
    disabled = owner_browser.post(f"{address}/disablement")
    gone = owner_browser.post(f"{address}/deletion")

    assert "Line 2, column 16: <bdi>Attribute `moon` not found.</bdi>" in faulty
    assert ("The policy is valid." in valid, before) == (True, 0)
    assert made["Location"] == enabled["Location"] == changed["Location"] == disabled["Location"] == address
    assert (state, late.status_code, gone["Location"]) == ("active", 412, "/policies/")
    assert "Still." in shown
    assert not Policy.objects.exists()


def test_a_text_that_somebody_changed_meanwhile_is_not_put_into_force_unseen(owner_browser: Browser) -> None:
    policy = identity.create_policy("owners-only", text=HOURS, actor=OPERATOR)
    page = text_of(owner_browser.get(f"/policies/{policy.public_id}"))
    link = re.search(rf'href="(/policies/{policy.public_id}/enforcement[^"]*)"', page)
    assert link is not None
    identity.change_policy(policy.id, text="forbid(principal, action, resource) when { context.hour > 24 };", actor=OPERATOR)
    asked = text_of(owner_browser.get(link[1]))
    version = re.search(r'name="version" value="(\d+)"', asked)
    assert version is not None

    late = owner_browser.post(f"/policies/{policy.public_id}/enforcement", {"version": version[1]})

    assert (version[1], late.status_code) == ("1", 412)
    assert people.policy(policy.id).state == "draft"


def test_a_faulty_policy_is_shown_at_its_field(owner_browser: Browser) -> None:
    response = owner_browser.post("/policies/new", {"name": "faulty", "text": FAULTY})

    assert (response.status_code, "Attribute `moon` not found." in text_of(response)) == (422, True)
    assert not Policy.objects.exists()


def test_every_template_opens_in_the_editor_and_is_valid(owner_browser: Browser) -> None:
    names = re.findall(r'/policies/new\?from=([a-z-]+)"', text_of(owner_browser.get("/policies/")))

    pages = [text_of(owner_browser.get(f"/policies/new?from={name}")) for name in names]

    assert names == [template.name for template in people.policy_templates()]
    assert all("forbid(principal" in page for page in pages)


def test_the_list_is_searched_and_filtered(owner_browser: Browser) -> None:
    for name in ("at-night", "by-day"):
        identity.create_policy(name, text=HOURS, actor=OPERATOR)
    identity.enable_policy(people.policy_by_name("by-day").id, actor=OPERATOR)

    found = text_of(owner_browser.htmx("/policies/?q=night"))
    active = text_of(owner_browser.htmx("/policies/?state=active"))

    assert ("at-night" in found, "by-day" in found) == (True, False)
    assert ("at-night" in active, "by-day" in active) == (False, True)


def test_the_clock_is_chosen(owner_browser: Browser) -> None:
    saved = owner_browser.post("/policies/clock", {"timezone": "Europe/Berlin"})
    refused = owner_browser.post("/policies/clock", {"timezone": "Mars/Olympus"})

    assert (saved["Location"], refused.status_code) == ("/policies/", 422)
    assert people.policy_timezone() == "Europe/Berlin"
    assert "Europe/Berlin" in text_of(owner_browser.get("/policies/"))


def test_the_simulator_names_the_role_and_the_policy(owner_browser: Browser) -> None:
    make_person("ben@acme.example", roles=("admin",))
    identity.create_policy("owners-only", text=HOURS, actor=OPERATOR)
    draft = people.policy_by_name("owners-only").public_id
    question = {"principal": "ben@acme.example", "permission": "write:identity.people"}

    now = text_of(owner_browser.post("/policies/simulator", question))
    by_passkey = text_of(owner_browser.post("/policies/simulator", {**question, "method": "passkey", "mfa_age_s": "3600"}))
    with_draft = text_of(
        owner_browser.post("/policies/simulator", {**question, "policy": draft, "at": "2026-11-21T22:30", "address": "192.0.2.7"})
    )
    unknown = owner_browser.post("/policies/simulator", {**question, "principal": "nobody@acme.example"})

    assert "A role allows it, and no policy stands against it." in now
    assert re.search(r"<dt>mfa_age_s</dt>\s*<dd><code[^>]*>never</code></dd>", now) is not None
    assert re.search(r"<dt>mfa_age_s</dt>\s*<dd><code[^>]*>3600</code></dd>", by_passkey) is not None
    assert re.search(r"<dt>method</dt>\s*<dd><code[^>]*>passkey</code></dd>", by_passkey) is not None
    assert "given to ben@acme.example" in now
    assert "a policy forbids it in these circumstances" in with_draft
    assert re.search(r"<dt>owners-only</dt>\s*<dd>forbids it</dd>", with_draft) is not None
    assert re.search(r"<dt>hour</dt>\s*<dd><code[^>]*>22</code></dd>", with_draft) is not None
    assert (unknown.status_code, "nobody here has this address" in text_of(unknown)) == (422, True)


def test_who_may_do_something_is_listed(owner_browser: Browser) -> None:
    make_person("ben@acme.example", roles=("auditor",))

    readers = text_of(owner_browser.htmx("/policies/who-may?permission=read:identity.policies"))
    writers = text_of(owner_browser.htmx("/policies/who-may?permission=write:identity.policies"))

    assert ("ben@acme.example" in readers, "ben@acme.example" in writers) == (True, False)
    assert ("dana@acme.example" in readers, "dana@acme.example" in writers) == (True, True)


def test_whoever_may_only_look_gets_no_editor(owner_browser: Browser) -> None:
    identity.create_policy("at-night", text=HOURS, actor=OPERATOR)
    policy = people.policy_by_name("at-night")
    make_person("ben@acme.example", roles=("auditor",))
    reader = Browser().signed_in("ben@acme.example")

    page = reader.get(f"/policies/{policy.public_id}")
    refused = [reader.post(f"/policies/{policy.public_id}{end}").status_code for end in ("", "/enforcement", "/deletion")]

    assert (page.status_code, "<textarea" in text_of(page)) == (200, False)
    assert refused == [403, 403, 403]
    assert people.policy(policy.id).state == "draft"


def test_whom_a_policy_stops_is_told_who_can_change_it(owner_browser: Browser, member_browser: Browser) -> None:
    policy = identity.create_policy("all-shut", text="forbid(principal, action, resource);", actor=OPERATOR)
    identity.enable_policy(policy.id, actor=OPERATOR)

    refused = text_of(member_browser.get("/people/"))

    assert "The policy all-shut does not allow it" in refused
    assert "These people can change the policies: <strong" in refused


def test_a_member_does_not_see_policies(member_browser: Browser) -> None:
    codes = [
        member_browser.get(path).status_code for path in ("/policies/", "/policies/simulator", "/policies/who-may", "/policies/new")
    ]

    assert codes == [403, 403, 403, 403]


def test_a_role_is_given_for_some_days_and_taken(owner_browser: Browser) -> None:
    ben = make_person("ben@acme.example")
    role = people.role_by_name("auditor")
    before = clock.now() + timedelta(days=7)

    given = owner_browser.post(f"/roles/{role.public_id}/holders", {"holder": "ben@acme.example", "days": "7"})
    binding = RoleBinding.objects.get(user=ben, role=role)
    listed = text_of(owner_browser.htmx(f"/roles/{role.public_id}/holders?q=ben"))
    own = text_of(owner_browser.get(f"/people/{ben.public_id}/roles"))
    asked = text_of(owner_browser.get(f"/role-bindings/{binding.public_id}/withdrawal"))
    taken = owner_browser.post(f"/role-bindings/{binding.public_id}/withdrawal")

    assert given["Location"] == taken["Location"] == f"/roles/{role.public_id}/holders"
    assert binding.expires_at is not None
    assert before <= binding.expires_at <= clock.now() + timedelta(days=7)
    assert ("ben@acme.example" in listed, "Auditor" in own, "Take Auditor from ben@acme.example?" in asked) == (True, True, True)
    assert not RoleBinding.objects.filter(user=ben, role=role).exists()


def test_teams_and_service_accounts_get_roles_on_their_pages(owner_browser: Browser) -> None:
    team = Team.objects.create(name="crew", label="Crew")
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    role = people.role_by_name("auditor").public_id

    of_team = owner_browser.post(f"/teams/{team.public_id}/roles", {"role": role})
    of_robot = owner_browser.post(f"/service-accounts/{robot.public_id}/roles", {"role": role})
    wrong = owner_browser.get(f"/teams/{robot.public_id}/roles")

    assert (of_team["Location"], of_robot["Location"]) == (
        f"/teams/{team.public_id}/roles",
        f"/service-accounts/{robot.public_id}/roles",
    )
    held = RoleBinding.objects.filter(role__name="auditor").values_list("team__name", "service_account__name")
    assert set(held) == {("crew", None), (None, "robot")}
    assert wrong.status_code == 404


def test_nobody_gives_what_they_do_not_have(owner_browser: Browser) -> None:
    ben = make_person("ben@acme.example", roles=("admin",))
    admin = Browser().signed_in("ben@acme.example")
    owner = people.role_by_name("owner")

    response = admin.post(f"/roles/{owner.public_id}/holders", {"holder": "ben@acme.example"})

    assert (response.status_code, "You do not have" in text_of(response)) == (403, True)
    assert people.person(ben.id).role_names == ["admin"]
