"""The time zone of the policies is chosen on one machine and read on another, whose database of zones may lack it: nobody knows the hour there."""

import pytest

from identity import actions, queries
from identity.access import compiled, written
from identity.access.schema import BY_THE_CLOCK
from identity.models import Policy, PolicyState, SecuritySettings
from tests import makers
from tests.caller import Caller
from tests.console.browser import Browser
from tests.identity.answers import is_problem, json_of
from tests.identity.policies import admin, enforced, key_of

UNKNOWN = ["Mars/Olympus", "America", "../etc/passwd"]
DAYS = 'forbid(principal, action in Action::"write", resource) when { context.weekday > 7 };'
FROM_OUTSIDE = 'forbid(principal, action in Action::"read", resource) unless { context.address.isInRange(ip("127.0.0.0/8")) };'


def _choose(zone: str) -> None:
    SecuritySettings.objects.update_or_create(id=1, defaults={"timezone": zone})


@pytest.mark.parametrize("zone", UNKNOWN)
def test_a_policy_that_asks_for_the_hour_refuses_and_says_what_is_wrong_and_others_go_on(client: Caller, zone: str) -> None:
    client.key = key_of(admin())
    enforced(DAYS, name="weekdays")
    enforced(FROM_OUTSIDE, name="office")
    body = {"name": "one-role", "label": "One", "permissions": ["read:audit.entries"]}
    before = client.post("/v1/roles", body).status_code

    _choose(zone)
    read, written_to = client.get("/v1/roles"), client.post("/v1/roles", body | {"name": "two-role"})

    answer = is_problem(written_to, status=403, kind="policy-forbids")
    assert (before, read.status_code, answer["policies"]) == (201, 200, ["weekdays"])
    assert answer["detail"].endswith("is not known here: ask an owner to choose another one.")
    assert not queries.roles().filter(name="two-role").exists()


@pytest.mark.parametrize("zone", UNKNOWN)
def test_an_owner_repairs_it_in_the_console(zone: str) -> None:
    makers.make_person("dana@acme.example", roles=("owner",))
    enforced("forbid(principal, action, resource) when { context.hour > 24 };", name="night")
    _choose(zone)
    browser = Browser().signed_in("dana@acme.example")

    shut, listed, form = (browser.get(path) for path in ("/people/", "/policies/", "/policies/clock"))
    repaired = browser.post("/policies/clock", {"timezone": "Europe/Berlin"})

    assert (shut.status_code, listed.status_code, form.status_code) == (403, 200, 200)
    assert f"The time zone {zone} is not known here." in listed.content.decode()
    assert (repaired.status_code, queries.policy_timezone()) == (302, "Europe/Berlin")
    assert browser.get("/people/").status_code == 200
    assert "is not known here" not in browser.get("/policies/").content.decode()


def test_the_simulator_says_so_at_every_door(root: Caller) -> None:
    ada = admin()
    enforced(DAYS, name="weekdays")
    _choose(UNKNOWN[0])
    makers.make_person("dana@acme.example", roles=("owner",))
    question = {"principal": ada.public_id, "permission": "write:identity.roles"}
    actions.disable_policy(queries.policy_by_name("weekdays").id, actor=makers.OPERATOR)
    draft = queries.policy_by_name("weekdays").public_id

    answer = json_of(root.post("/v1/access/simulation", question | {"policy": draft}))
    free = json_of(root.post("/v1/access/simulation", question))
    page = Browser().signed_in("dana@acme.example").post("/policies/simulator", question | {"policy": draft}).content.decode()

    assert (answer["allowed"], answer["reason"], answer["forbidden_by"]) == (False, "a_policy_failed", [])
    assert [(one["policy"], one["detail"][:16]) for one in answer["errors"]] == [("weekdays", "it asks for the ")]
    assert {answer["circumstances"][name] for name in BY_THE_CLOCK} == {None}
    assert (free["allowed"], free["errors"]) == (True, [])
    assert "the time zone of the policies is not known here" in page
    assert '<code class="break-all">not known</code>' in page


@pytest.mark.parametrize(
    ("condition", "asks"),
    [
        ("context.hour > 3", True),
        ('context["minute_of_day"] > 3', True),
        ("context has weekday", True),
        ("context.mfa && (if context.is_key then context else context).hour == 3", True),
        ('context.roles.contains("hour")', False),
        ('principal.hasTag("hour") && principal.getTag("hour") == "3"', False),
        ("context.mfa_age_s > 60 && !context.is_support", False),
        ("[context].contains(context)", True),
    ],
)
def test_whether_a_policy_asks_for_the_hour_is_read_in_it(condition: str, *, asks: bool) -> None:
    text = f"forbid(principal, action, resource) when {{ {condition} }};"

    told = next(iter(written.told(text)["staticPolicies"].values()))
    found = compiled.of([Policy(name="one", text=text, state=PolicyState.ACTIVE)])

    assert queries.policy_faults(text) == []
    assert (written.reads(told, names=BY_THE_CLOCK), bool(found.timed)) == (asks, asks)
