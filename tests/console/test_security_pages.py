"""Sign-in, sessions, limits, emergencies and visits through pages, without JavaScript."""

import re
from typing import Any
from uuid import uuid4

from django.conf import settings

from identity import actions, queries
from identity.models import PasswordReset, SecuritySettings, Session, TotpDevice, User, WebAuthnCredential
from kernel import tenancy
from tests import makers
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR, PASSWORD, make_person

FRESH = "an entirely different phrase"


def _cookie(browser: Browser) -> str:
    return str(browser.client.cookies[settings.SESSION_COOKIE_NAME].value)


def _link(email: str) -> str:
    return actions.issue_password_reset(queries.person_by_email(email).id, actor=OPERATOR).token


def test_who_has_a_factor_gets_no_session_for_a_password() -> None:
    person = make_person("dana@acme.example")
    TotpDevice.objects.create(user=person, name="App", confirmed=True, sealed_seed="sealed")
    browser = Browser()

    response = browser.post("/sign-in", {"email": person.email, "password": PASSWORD})

    attempt = response.cookies[settings.ATTEMPT_COOKIE_NAME]
    assert (response.status_code, response["Location"]) == (302, "/sign-in/factor")
    assert settings.SESSION_COOKIE_NAME not in response.cookies
    assert (attempt["httponly"], attempt["samesite"], attempt["max-age"]) == (True, "Lax", 600)
    assert browser.get("/")["Location"] == "/sign-in"


def test_an_accepted_invitation_goes_through_the_same_pipeline(owner_browser: Browser) -> None:
    added = actions.add_person("new@acme.example", "New", ["member"], actor=OPERATOR)
    TotpDevice.objects.create(user=added.person, name="App", confirmed=True, sealed_seed="sealed")

    response = Browser().post(f"/invitation/{added.invitation_token}", {"name": "New", "password": FRESH})

    assert response["Location"] == "/sign-in/factor"


def test_forgotten_says_the_same_whoever_it_is(settings: Any) -> None:
    settings.MAIL_URL = "smtp://127.0.0.1:9?tls=none"
    make_person("dana@acme.example")

    known = Browser().post("/forgotten", {"email": "dana@acme.example"})
    unknown = Browser().post("/forgotten", {"email": "nobody@acme.example"})

    assert (known.status_code, unknown.status_code) == (200, 200)
    assert text_of(known).replace("dana@acme.example", "x") == text_of(unknown).replace("nobody@acme.example", "x")


def test_without_mail_the_page_says_whom_to_ask() -> None:
    assert "Forgot your password?" not in text_of(Browser().get("/sign-in"))
    assert "Ask an administrator of" in text_of(Browser().get("/forgotten"))
    assert Browser().post("/forgotten", {"email": "dana@acme.example"}).status_code == 409


def test_a_link_leads_in_with_another_password() -> None:
    person = make_person("dana@acme.example")
    path = f"/reset/{_link(person.email)}"
    browser = Browser()

    page, weak, done = browser.get(path), browser.post(path, {"password": "short"}), browser.post(path, {"password": FRESH})

    assert (page.status_code, page["Cache-Control"]) == (200, "no-store")
    assert "at least 12 characters" in text_of(page)
    assert weak.status_code == 422
    assert done["Location"] == "/"
    assert browser.get("/").status_code == 200
    assert Browser().get(path).status_code == 404


def test_an_administrator_makes_a_link_and_sees_it_once(owner_browser: Browser) -> None:
    person = make_person("bob@acme.example")

    asked = owner_browser.get(f"/people/{person.public_id}/password")
    made = owner_browser.post(f"/people/{person.public_id}/password")

    assert "This will happen" in text_of(asked)
    assert made["Cache-Control"] == "no-store"
    token = re.search(r"/reset/([A-Za-z0-9_-]{43})<", text_of(made))
    assert token is not None
    assert queries.password_reset(token[1]).user == person
    assert PasswordReset.objects.count() == 1


def test_ones_own_sessions_are_listed_with_the_present_one_marked(owner_browser: Browser) -> None:
    Browser().signed_in("dana@acme.example")

    page = text_of(owner_browser.get("/account/sessions"))

    assert page.count("This one") == 1
    assert page.count("End…") == 2


def test_ending_all_others_keeps_this_one(owner_browser: Browser) -> None:
    other = Browser().signed_in("dana@acme.example")

    owner_browser.post("/account/sessions")

    assert owner_browser.get("/").status_code == 200
    assert other.get("/").status_code == 302


def test_a_session_is_ended_after_a_question(member_browser: Browser) -> None:
    other = Browser().signed_in("milo@acme.example")
    newest = Session.objects.order_by("-id").first()
    assert newest is not None

    asked = member_browser.get(f"/sessions/{newest.public_id}/end")
    assert other.get("/").status_code == 200
    done = member_browser.post(f"/sessions/{newest.public_id}/end")

    assert "This will happen" in text_of(asked)
    assert done["Location"] == "/account/sessions"
    assert other.get("/").status_code == 302


def test_the_session_of_somebody_else_is_not_there(member_browser: Browser) -> None:
    person = make_person("bob@acme.example")
    Browser().signed_in(person.email)
    theirs = Session.objects.get(user=person)

    assert member_browser.get(f"/sessions/{theirs.public_id}/end").status_code == 404
    assert member_browser.post(f"/sessions/{theirs.public_id}/end").status_code == 404
    assert member_browser.get("/security/sessions").status_code == 403
    assert Session.objects.get(id=theirs.id).revoked_at is None


def test_an_owner_sees_everybodys_sessions_and_signs_somebody_out(owner_browser: Browser) -> None:
    person = make_person("bob@acme.example", name="Bob Builder")
    bob = Browser().signed_in(person.email)

    listed = text_of(owner_browser.get("/security/sessions?q=bob"))
    theirs = text_of(owner_browser.get(f"/people/{person.public_id}/sessions"))
    owner_browser.post(f"/people/{person.public_id}/sessions/end")

    assert "Bob Builder" in listed
    assert "Dana Okafor</bdi></a></td>" not in listed
    assert "Sessions of Bob Builder" in theirs
    assert bob.get("/").status_code == 302


def test_a_changed_right_gives_the_browser_another_token_with_its_next_page(member_browser: Browser) -> None:
    before = _cookie(member_browser)
    Session.objects.update(rotate_due=True)

    part = member_browser.htmx("/account/sessions")
    assert (part.status_code, _cookie(member_browser)) == (200, before)
    page = member_browser.get("/account")

    assert page.status_code == 200
    assert _cookie(member_browser) not in ("", before)
    assert member_browser.get("/account").status_code == 200
    stale = Browser()
    stale.client.cookies[settings.SESSION_COOKIE_NAME] = before
    assert stale.get("/account").status_code == 302


def test_the_limits_are_changed_in_minutes(owner_browser: Browser) -> None:
    form = {
        "session_idle_s": "30",
        "password_minimum": "15",
        "password_may_reset": "yes",
        "support_may_enter": "no",
        "version": "1",
    }

    saved = owner_browser.post("/security/", form)
    stale = owner_browser.post("/security/", form)
    outside = owner_browser.post("/security/", {**form, "session_idle_s": "0", "version": "2"})

    row = SecuritySettings.objects.get()
    assert (saved["Location"], stale.status_code, outside.status_code) == ("/security/", 412, 422)
    assert (row.session_idle_s, row.password_minimum, row.support_may_enter, row.session_absolute_s) == (1800, 15, False, None)
    assert 'value="30"' in text_of(owner_browser.get("/security/"))


def test_a_member_sees_no_limits(member_browser: Browser) -> None:
    assert member_browser.get("/security/").status_code == 403
    assert member_browser.post("/security/", {"version": "1"}).status_code == 403


def test_an_account_for_emergencies_is_kept_armed_and_shut(owner_browser: Browser) -> None:
    glass = make_person("glass@acme.example", roles=("owner",))
    without_key = owner_browser.post("/security/break-glass/new", {"email": glass.email})
    WebAuthnCredential.objects.create(
        user=glass, name="Safe", confirmed=True, rp_id="acme.localhost", credential_id=uuid4().bytes, public_key=b"k", aaguid=uuid4(),
        attestation="none",
    )  # fmt: skip

    owner_browser.post("/security/break-glass/new", {"email": glass.email})
    owner_browser.post(f"/security/break-glass/{glass.public_id}/arming", {"hours": "4", "reason": "A drill."})
    armed = text_of(owner_browser.get("/security/break-glass/"))
    owner_browser.post(f"/security/break-glass/{glass.public_id}/disarming")
    shut = text_of(owner_browser.get("/security/break-glass/"))
    owner_browser.post(f"/security/break-glass/{glass.public_id}/removal")

    assert without_key.status_code == 409
    assert "Armed</span>" in armed
    assert "Shut</span>" in shut
    assert not User.objects.get(id=glass.id).is_break_glass


VISIT = {"tenant": "acme", "email": "ada@acme.example", "minutes": "30", "reason": "Ticket 4711"}


def test_a_visit_has_a_banner_on_every_page_and_an_end(operator_browser: Browser, acme: tenancy.TenantRef) -> None:
    make_person("ada@acme.example", name="Ada Example", roles=("admin",))

    made = operator_browser.post("/support/new", VISIT)
    token = re.search(r"/support/enter/([A-Za-z0-9_-]{43})", text_of(made))
    assert token is not None
    visitor = Browser()
    look = visitor.get(f"/support/enter/{token[1]}")
    entered = visitor.post(f"/support/enter/{token[1]}")

    assert "acme.localhost" in text_of(made)
    assert "Ada Example" in text_of(look)
    assert entered["Location"] == "/"
    for path in ("/", "/people/", "/account"):
        page = visitor.get(path)
        assert (page.status_code, path) == (200, path)
        assert "robin@platform.example</bdi></strong> of support acts as" in text_of(page), path
    assert visitor.get("/support/new").status_code == 404
    assert visitor.post("/support/end")["Location"] == "/sign-in"
    assert visitor.get("/").status_code == 302
    assert Browser().get(f"/support/enter/{token[1]}").status_code == 404


def test_a_visitor_is_not_asked_for_the_factor_of_the_person(operator_browser: Browser, acme: tenancy.TenantRef) -> None:
    make_person("ada@acme.example", roles=("admin",))
    actions.create_mfa_policy(actions.Terms(required="any", grace_days=14), actor=OPERATOR)
    token = re.search(r"/support/enter/([A-Za-z0-9_-]{43})", text_of(operator_browser.post("/support/new", VISIT)))
    assert token is not None
    visitor = Browser()
    visitor.post(f"/support/enter/{token[1]}")

    page = visitor.get("/")

    assert (page.status_code, "of support acts as" in text_of(page)) == (200, True)
    assert "Add a second factor." not in text_of(page)
    assert "Add a second factor." in text_of(Browser().signed_in("ada@acme.example").get("/"))


def test_a_tenants_own_people_visit_nobody(owner_browser: Browser) -> None:
    assert owner_browser.get("/support/new").status_code == 404
    assert makers.OPERATOR.on_behalf_of == ""


def test_who_chose_another_password_but_may_not_enter_is_told_so() -> None:
    person = make_person("dana@acme.example")
    token = _link(person.email)
    actions.add_network("192.0.2.0/24", actor=OPERATOR)
    browser = Browser()

    response = browser.post(f"/reset/{token}", {"password": FRESH})

    assert (response.status_code, response["Location"]) == (302, "/sign-in")
    assert "Your password is changed, but you cannot enter from here now." in text_of(browser.get("/sign-in"))
    assert User.objects.get(id=person.id).password != person.password
    assert not Session.objects.filter(user=person).exists()


def test_limits_in_minutes_are_refused_in_minutes(owner_browser: Browser) -> None:
    page = text_of(owner_browser.post("/security/", {"session_idle_s": "0", "step_up_s": "1441", "version": "1"}))

    assert "Give whole minutes from 1 to 1,440, or nothing." in page
    assert "86,400" not in page
