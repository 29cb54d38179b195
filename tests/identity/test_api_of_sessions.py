"""Sessions, limits, emergencies and links over HTTP and by command."""

from io import StringIO
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from identity import actions, queries
from identity.actions import SignedIn
from identity.models import SecuritySettings, Session, User
from kernel import tenancy
from kernel.tenancy import TenantRef
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.test_break_glass import boss, sealed  # noqa: F401  (fixtures)
from tests.identity.trail import nothing_recorded, recorded_once

PROOF = {"HTTP_X_CSRFTOKEN": "a" * 32, "HTTP_ORIGIN": "http://acme.localhost"}


def _in(user: User) -> SignedIn:
    outcome = actions.sign_in(user.email, password=makers.PASSWORD)
    assert isinstance(outcome, SignedIn)
    return outcome


@pytest.fixture
def bob() -> User:
    return makers.make_person("bob@acme.example", name="Bob Builder")


def _as(client: Caller, signed_in: SignedIn) -> Caller:
    client.client.cookies["freehold_session"] = signed_in.session_token
    client.client.cookies["freehold_csrf"] = "a" * 32
    return client


def test_living_sessions_are_listed_and_searched(root: Caller, bob: User) -> None:
    session = _in(bob).session

    found = json_of(root.get("/v1/sessions?q=builder"))

    (shown,) = found["data"]
    assert (shown["id"], shown["person"], shown["method"], shown["amr"]) == (
        session.public_id, {"id": bob.public_id, "email": bob.email, "name": "Bob Builder"}, "password", ["pwd"],
    )  # fmt: skip
    assert (shown["first_address"], shown["user_agent"], shown["device"], shown["support"]) == (
        "192.0.2.7",
        "pytest",
        "pytest",
        None,
    )
    assert (shown["is_current"], found["has_more"]) == (False, False)
    assert "key_hash" not in str(found)
    assert json_of(root.get("/v1/sessions?q=nobody"))["data"] == []
    assert json_of(root.get(f"/v1/people/{bob.public_id}/sessions"))["data"] == [shown]


def test_dead_sessions_are_not_listed(root: Caller, bob: User) -> None:
    session = _in(bob).session
    Session.objects.filter(id=session.id).update(last_seen_at="2001-01-01T00:00:00Z")

    assert json_of(root.get("/v1/sessions?q=builder"))["data"] == []
    is_problem(root.get(f"/v1/sessions/{session.public_id}"), status=404, kind="session-not-found")


def test_one_session_is_ended_once(root: Caller, bob: User) -> None:
    signed_in = _in(bob)

    with recorded_once("identity.session.ended"):
        assert root.delete(f"/v1/sessions/{signed_in.session.public_id}").status_code == 204

    assert queries.session_actor(signed_in.session_token) is None
    with nothing_recorded():
        is_problem(root.delete(f"/v1/sessions/{signed_in.session.public_id}"), status=404, kind="session-not-found")


def test_people_end_their_own_and_do_not_see_those_of_others(client: Caller, bob: User) -> None:
    other = makers.make_person("other@acme.example")
    theirs, here, there = _in(other).session, _in(bob), _in(bob).session
    caller = _as(client, here)

    shown = json_of(caller.get("/v1/me/sessions"))["data"]
    assert [(one["id"], one["is_current"]) for one in shown] == [(there.public_id, False), (here.session.public_id, True)]
    is_problem(caller.get(f"/v1/sessions/{theirs.public_id}"), status=404, kind="session-not-found")
    is_problem(caller.delete(f"/v1/sessions/{theirs.public_id}", **PROOF), status=404, kind="session-not-found")
    is_problem(caller.get("/v1/sessions"), status=403, kind="forbidden")
    assert json_of(caller.delete("/v1/me/sessions", **PROOF)) == {"sessions_ended": 1}
    assert caller.get("/v1/me").status_code == 200


def test_a_key_has_no_sessions_of_its_own(root: Caller) -> None:
    is_problem(root.get("/v1/me/sessions"), status=404, kind="person-not-found")
    is_problem(root.delete("/v1/me/sessions"), status=404, kind="person-not-found")


def test_limits_are_changed_under_their_version(root: Caller) -> None:
    before = root.get("/v1/security")
    changed = root.patch("/v1/security", {"session_idle_s": 1800, "password_minimum": 15}, HTTP_IF_MATCH=before["ETag"])
    stale = root.patch("/v1/security", {"session_idle_s": 900}, HTTP_IF_MATCH=before["ETag"])

    assert (before["ETag"], changed["ETag"]) == ('"v1"', '"v2"')
    shown = json_of(changed)
    assert (shown["session_idle_s"], shown["session_absolute_s"]) == (1800, None)
    assert (shown["effective"]["session_idle_s"], shown["effective"]["session_absolute_s"]) == (1800, 43_200)
    is_problem(stale, status=412, kind="precondition-failed")


@pytest.mark.parametrize("body", [{"session_idle_s": 1}, {"session_idle_s": "1800"}, {"nothing": 1}, {"support_may_enter": None}])
def test_limits_outside_their_range_change_nothing(body: dict[str, Any], root: Caller) -> None:
    with nothing_recorded():
        assert root.patch("/v1/security", body).status_code == 422

    assert not SecuritySettings.objects.exists()


def test_an_account_for_emergencies_over_http(root: Caller, sealed: User) -> None:  # noqa: F811  (the fixture)
    at = f"/v1/people/{sealed.public_id}/break-glass"

    assert json_of(root.put(at))["state"] == "unarmed"
    armed = json_of(root.put(f"{at}/arming", {"hours": 1, "reason": "A drill."}))
    assert (armed["state"], armed["id"]) == ("armed", sealed.public_id)
    assert [one["id"] for one in json_of(root.get("/v1/break-glass"))["data"]] == [sealed.public_id]
    assert json_of(root.delete(f"{at}/arming"))["state"] == "unarmed"
    assert root.delete(at).status_code == 200
    is_problem(root.put(f"{at}/arming", {"hours": 1, "reason": "A drill."}), status=409, kind="not-break-glass")
    is_problem(root.put(f"{at}/arming", {"hours": 25, "reason": "A drill."}), status=422, kind="invalid")


def test_asking_for_a_link_answers_alike(client: Caller, bob: User, settings: Any) -> None:
    is_problem(client.post("/v1/password-resets", {"email": bob.email}), status=409, kind="password-reset-off")
    settings.MAIL_URL = "smtp://127.0.0.1:9?tls=none"

    answers = [client.post("/v1/password-resets", {"email": email}) for email in (bob.email, "nobody@acme.example", "no address")]

    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"{}")] * 3


def test_a_link_is_made_over_http_and_works(root: Caller, bob: User) -> None:
    made = json_of(root.post(f"/v1/people/{bob.public_id}/password-reset"))

    assert made["person"]["id"] == bob.public_id
    assert queries.password_reset(made["secret"]).user == bob


def test_a_visit_begins_at_the_operators_and_needs_a_signed_in_person(
    root: Caller, operator_client: Caller, platform: TenantRef, bob: User
) -> None:
    body = {"tenant": "acme", "email": bob.email, "minutes": 5, "reason": "A test."}
    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        operator_client.key = makers.make_key(email="keys@vendor.example").secret

    is_problem(operator_client.post("/v1/support/visits", body), status=403, kind="support-not-allowed")
    is_problem(root.post("/v1/support/visits", body), status=405, kind="method-not-allowed")
    assert json_of(root.get("/v1/support/visits"))["data"] == []
    assert json_of(root.delete("/v1/support/visits")) == {"sessions_ended": 0}


def _run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON document of a command in acme."""
    out, code = StringIO(), 0
    with tenancy.outside():
        try:
            call_command(*arguments, "--tenant", "acme", "--json", stdout=out)
        except SystemExit as end:
            code = int(end.code or 0)
    return code, orjson.loads(out.getvalue())


def test_sessions_by_command(bob: User) -> None:
    first, second = _in(bob), _in(bob)

    code, listed = _run("session", "list", "-q", "builder")
    assert (code, [one["id"] for one in listed["sessions"]]) == (0, [second.session.public_id, first.session.public_id])
    assert _run("session", "end", first.session.public_id, "--dry-run")[0] == 0
    assert queries.session_actor(first.session_token) is not None
    assert _run("session", "end", first.session.public_id)[0] == 0
    assert queries.session_actor(first.session_token) is None
    assert _run("session", "end", first.session.public_id)[0] == 3
    assert _run("session", "end-all", bob.email)[1]["sessions_ended"] == 1


def test_limits_by_command() -> None:
    code, shown = _run("security", "set", "--session-idle-s", "900", "--support-may-enter", "no")

    assert (code, shown["security"]["session_idle_s"], shown["security"]["support_may_enter"]) == (0, 900, False)
    assert _run("security", "set", "--session-idle-s", "default")[1]["security"]["session_idle_s"] is None
    assert [_run("security", "set", "--session-idle-s", text)[0] for text in ("1", "many", "-5", "9" * 20)] == [2, 2, 2, 2]
    assert _run("security", "set", "--step-up-s", "60", "--dry-run")[1]["dry_run"] is True
    assert _run("security", "show")[1]["security"]["step_up_s"] is None


def test_emergencies_by_command(sealed: User) -> None:  # noqa: F811  (the fixture)
    assert _run("break_glass", "mark", sealed.email)[1]["account"]["state"] == "unarmed"
    assert _run("break_glass", "arm", sealed.email, "--hours", "2", "--reason", "A drill.")[1]["account"]["state"] == "armed"
    assert [one["email"] for one in _run("break_glass", "list")[1]["accounts"]] == [sealed.email]
    assert _run("break_glass", "arm", sealed.email, "--hours", "25", "--reason", "A drill.")[0] == 2
    assert _run("break_glass", "disarm", sealed.email)[1]["account"]["state"] == "unarmed"
    assert _run("break_glass", "unmark", sealed.email)[0] == 0
    assert _run("break_glass", "disarm", sealed.email)[0] == 5


def test_a_link_by_command_works_and_a_rehearsal_gives_none(bob: User) -> None:
    assert "reset_path" not in _run("person", "reset-link", bob.email, "--dry-run")[1]

    code, document = _run("person", "reset-link", bob.email)

    assert code == 0
    assert queries.password_reset(document["reset_path"].removeprefix("/reset/")).user == bob


def test_visits_by_command(acme: TenantRef) -> None:
    del acme
    assert _run("visit", "list") == (0, {"schema": 1, "visits": []})
    assert _run("visit", "end") == (0, {"schema": 1, "sessions_ended": 0})
