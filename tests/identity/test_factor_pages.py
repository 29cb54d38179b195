"""Every flow with a second factor as a browser without JavaScript goes through it: forms, redirects and cookies alone."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from identity import actions, factors
from identity.actions import Terms
from identity.models import Session, TotpDevice, TrustedDevice, User
from tests import makers
from tests.identity.factor_makers import add_app, code_of, later

EMAIL = "ada@acme.example"


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL, roles=("owner",))


@pytest.fixture
def browser() -> Client:
    """A browser at acme's host."""
    return Client(HTTP_HOST="acme.localhost", HTTP_USER_AGENT="Mozilla/5.0 (X11; Linux) Firefox/140.0")


def sign_in(browser: Client, **more: str) -> Any:
    """Send the first form."""
    return browser.post("/sign-in", {"email": EMAIL, "password": makers.PASSWORD, **more})


def text_of(answer: Any) -> str:
    """The page."""
    return str(answer.content.decode())


def is_signed_in(browser: Client) -> bool:
    """Whether the overview answers."""
    return browser.get("/").status_code == 200


def begin_again(monkeypatch: pytest.MonkeyPatch, browser: Client, secret: str) -> Any:
    """Sign in with password and the app's next code."""
    sign_in(browser)
    with later(monkeypatch, seconds=30):
        return browser.post("/sign-in/factor", {"kind": "totp", "code": code_of(secret)})


def test_an_app_is_added_in_the_account(ada: User, browser: Client) -> None:
    sign_in(browser)

    begun = browser.post("/account/factors/new/totp", {"name": "Telephone"})
    page = browser.get(begun["Location"])
    secret = re.search(r'id="secret">([A-Z2-7]{32})<', text_of(page))
    assert secret is not None
    done = browser.post(begun["Location"], {"code": code_of(secret[1])})

    assert 'src="data:image/svg+xml' in text_of(page)
    assert page["Cache-Control"] == "no-store"
    assert (done.status_code, done["Location"]) == (302, "/account/factors/")
    assert [one.name for one in factors.of(ada)] == ["Telephone"]
    assert "Telephone" in text_of(browser.get("/account/factors/"))


def test_a_wrong_first_code_is_told_at_its_field(ada: User, browser: Client) -> None:
    sign_in(browser)
    begun = browser.post("/account/factors/new/totp", {"name": "Telephone"})

    answer = browser.post(begun["Location"], {"code": "000000"})

    assert answer.status_code == 422
    assert "This code does not work here" in text_of(answer)
    assert factors.of(ada) == []


def test_a_sign_in_asks_for_the_code_and_goes_where_one_wanted(ada: User, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)

    asked = sign_in(browser, next="/people/")
    page = browser.get(asked["Location"])
    before = is_signed_in(browser)
    with later(monkeypatch, seconds=30):
        done = browser.post("/sign-in/factor", {"kind": "totp", "code": code_of(secret)})

    assert asked["Location"] == "/sign-in/factor"
    assert "authenticator app" in text_of(page)
    assert not before
    assert done["Location"] == "/people/"
    assert is_signed_in(browser)


def test_a_wrong_code_begins_no_session(ada: User, browser: Client) -> None:
    add_app(ada)
    sessions = Session.objects.count()
    sign_in(browser)

    answer = browser.post("/sign-in/factor", {"kind": "totp", "code": "000000"})

    assert answer.status_code == 422
    assert Session.objects.count() == sessions
    assert not is_signed_in(browser)


def test_without_a_sign_in_under_way_one_is_sent_to_its_beginning(browser: Client) -> None:
    places = ["/sign-in/factor", "/sign-in/enrolment", "/sign-in/enrolment/totp/completion"]

    answers = [browser.get(place) for place in places]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, "/sign-in")] * 3


def test_a_wrong_code_is_not_written_into_the_form_again(ada: User, browser: Client) -> None:
    add_app(ada)
    sign_in(browser)

    answer = browser.post("/sign-in/factor", {"kind": "totp", "code": "000000"})

    assert 'name="code"' in text_of(answer)
    assert "000000" not in text_of(answer)


def test_whoever_comes_back_from_the_passkey_page_begins_with_the_password(browser: Client) -> None:
    browser.get("/sign-in/passkey")

    answer = browser.get("/sign-in/factor")
    page = browser.get(answer["Location"])

    assert (answer.status_code, answer["Location"]) == (302, "/sign-in")
    assert "Ask an administrator" not in text_of(page)


def test_a_rule_asks_for_a_factor_before_the_first_page(ada: User, browser: Client) -> None:
    actions.create_mfa_policy(Terms(required="any"), actor=makers.OPERATOR)

    asked = sign_in(browser)
    choice = browser.get(asked["Location"])
    begun = browser.post("/sign-in/enrolment/totp", {"name": "Telephone"})
    page = browser.get(begun["Location"])
    secret = re.search(r'id="secret">([A-Z2-7]{32})<', text_of(page))
    assert secret is not None
    done = browser.post(begun["Location"], {"code": code_of(secret[1])})

    assert asked["Location"] == "/sign-in/enrolment"
    assert "/sign-in/enrolment/webauthn" in text_of(choice)
    assert done.status_code == 302
    assert is_signed_in(browser)


def test_recovery_codes_are_shown_once_and_one_lets_in(ada: User, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    begin_again(monkeypatch, browser, secret)

    page = browser.post("/account/recovery-codes")
    codes = re.findall(r"<code>([a-z2-7-]{29})</code>", text_of(page))
    again = browser.get("/account/recovery-codes")
    browser.post("/sign-out")
    sign_in(browser)
    form = browser.get("/sign-in/factor?kind=recovery")
    done = browser.post("/sign-in/factor", {"kind": "recovery", "code": codes[0].upper().replace("-", " ")})

    assert (len(set(codes)), page["Cache-Control"]) == (10, "no-store")
    assert codes[0] not in text_of(again)
    assert "It works once" in text_of(form)
    assert done.status_code == 302
    assert "9 of 10 left" in text_of(browser.get("/account/factors/"))


def test_a_trusted_browser_is_not_asked_again_and_another_is(ada: User, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    sign_in(browser)
    with later(monkeypatch, seconds=30):
        done = browser.post("/sign-in/factor", {"kind": "totp", "code": code_of(secret), "remember": "yes"})
    browser.post("/sign-out")

    known, strange = sign_in(browser), sign_in(Client(HTTP_HOST="acme.localhost"))

    assert "freehold_trusted" in done.cookies
    assert (known["Location"], strange["Location"]) == ("/", "/sign-in/factor")
    assert TrustedDevice.objects.get().label == "Firefox on Linux"


def test_a_browser_that_is_trusted_no_more_is_asked_again(ada: User, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    sign_in(browser)
    with later(monkeypatch, seconds=30):
        browser.post("/sign-in/factor", {"kind": "totp", "code": code_of(secret), "remember": "yes"})
    device = TrustedDevice.objects.get()

    ended = browser.post(f"/account/trusted-devices/{device.public_id}/end")
    browser.post("/sign-out")

    assert ended.status_code == 302
    assert sign_in(browser)["Location"] == "/sign-in/factor"


def test_a_sensitive_act_asks_once_more_and_goes_on(ada: User, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    begin_again(monkeypatch, browser, secret)
    Session.objects.update(proved_at="2026-01-01T00:00:00Z", mfa_at="2026-01-01T00:00:00Z")

    sent = browser.post("/account/recovery-codes")
    page = browser.get(sent["Location"])
    with later(monkeypatch, seconds=60):
        done = browser.post("/step-up", {"kind": "totp", "code": code_of(secret), "next": "/account/recovery-codes"})
        codes = browser.post("/account/recovery-codes")

    assert sent["Location"] == "/step-up?next=%2Faccount%2Frecovery-codes"
    assert "once more" in text_of(page)
    assert done["Location"] == "/account/recovery-codes"
    assert codes.status_code == 200


def test_who_has_no_factor_shows_the_password_once_more(ada: User, browser: Client) -> None:
    sign_in(browser)
    Session.objects.update(proved_at="2026-01-01T00:00:00Z")

    sent = browser.post("/account/factors/new/totp", {"name": "Telephone"})
    browser.get(sent["Location"])
    wrong = browser.post("/step-up", {"kind": "password", "password": "not this one at all"})
    right = browser.post("/step-up", {"kind": "password", "password": makers.PASSWORD, "next": "/account/factors/new/totp"})
    begun = browser.post("/account/factors/new/totp", {"name": "Telephone"})

    assert sent["Location"] == "/step-up?next=%2Faccount%2Ffactors%2Fnew%2Ftotp"
    assert (wrong.status_code, right["Location"]) == (422, "/account/factors/new/totp")
    assert begun["Location"] == "/account/factors/new/totp/completion"


def test_a_foreign_place_to_go_on_to_is_not_taken(ada: User, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)

    sign_in(browser, next="https://evil.example/")
    with later(monkeypatch, seconds=30):
        done = browser.post("/sign-in/factor", {"kind": "totp", "code": code_of(secret)})

    assert done["Location"] == "/"


def test_an_app_is_renamed_and_removed(ada: User, browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    begin_again(monkeypatch, browser, secret)
    at = f"/account/factors/{factors.of(ada)[0].id}"

    browser.post(f"{at}/name", {"name": "Old telephone"})
    renamed = factors.of(ada)[0].name
    question = browser.get(f"{at}/removal")
    browser.post(f"{at}/removal")

    assert renamed == "Old telephone"
    assert "Remove Old telephone?" in text_of(question)
    assert factors.of(ada) == []


def test_an_administrator_takes_a_lost_factor_away(ada: User, browser: Client) -> None:
    bob = makers.make_person("bob@acme.example")
    add_app(bob)
    sign_in(browser)
    factor = factors.of(bob)[0]

    page = browser.get(f"/people/{bob.public_id}/factors/")
    without_reason = browser.post(f"/people/{bob.public_id}/factors/{factor.id}/removal")
    done = browser.post(f"/people/{bob.public_id}/factors/{factor.id}/removal", {"reason": "The telephone was lost."})

    assert factor.name in text_of(page)
    assert without_reason.status_code == 422
    assert done.status_code == 302
    assert TotpDevice.objects.filter(user=bob).count() == 0


def test_everything_of_somebody_is_taken_away_and_their_sessions_end(ada: User, browser: Client) -> None:
    bob = makers.make_person("bob@acme.example")
    add_app(bob)
    sign_in(browser)

    question = browser.get(f"/people/{bob.public_id}/factors/removal")
    browser.post(f"/people/{bob.public_id}/factors/removal", {"reason": "Everything was stolen."})

    assert question.status_code == 200
    assert factors.of(bob) == []
    assert Session.objects.filter(user=bob, revoked_at=None).count() == 0


def test_a_rule_is_made_changed_and_deleted(ada: User, browser: Client) -> None:
    sign_in(browser)

    made = browser.post(
        "/security/mfa/new", {"applies_to": "role", "named": "admin", "required": "any", "allowed_factors": ["totp", "webauthn"], "grace_days": "7", "remember_days": "0"}
    )  # fmt: skip
    page = browser.get(made["Location"])
    changed = browser.post(
        made["Location"], {"required": "phishing_resistant", "grace_days": "7", "remember_days": "0", "version": "1"}
    )
    listed = browser.get("/security/mfa/?q=adm")
    question = browser.get(made["Location"] + "/deletion")
    gone = browser.post(made["Location"] + "/deletion")

    assert made.status_code == 302
    assert "Rule for Role Administrator" in text_of(page)
    assert changed.status_code == 302
    assert "Role Administrator" in text_of(listed)
    assert "Delete the rule for Role Administrator?" in text_of(question)
    assert gone["Location"] == "/security/mfa/"


def test_a_rule_against_oneself_is_refused_on_its_page(ada: User, browser: Client) -> None:
    sign_in(browser)

    answer = browser.post(
        "/security/mfa/new", {"applies_to": "everybody", "required": "any", "grace_days": "0", "remember_days": "0"}
    )

    assert answer.status_code == 409
    assert "Add such a factor to your own account first" in text_of(answer)


def test_the_passkey_page_asks_for_nothing_else(browser: Client) -> None:
    page = browser.get("/sign-in/passkey?next=/people/")

    assert page.status_code == 200
    assert settings.ATTEMPT_COOKIE_NAME in page.cookies
    assert "data-options=" in text_of(page)
    refused = browser.post("/sign-in/passkey", {"credential": "{}", "next": "/people/"})
    assert refused.status_code == 422


def test_the_cookies_are_for_the_server_alone(ada: User, browser: Client) -> None:
    add_app(ada)

    asked = sign_in(browser)

    cookie = asked.cookies[settings.ATTEMPT_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 600)


@pytest.mark.parametrize("kind", ["recovery", "password", "dna"])
def test_what_is_no_kind_of_factor_has_no_page(ada: User, browser: Client, kind: str) -> None:
    sign_in(browser)

    assert browser.get(f"/account/factors/new/{kind}").status_code == 404


def test_the_first_page_says_until_when_a_factor_is_asked_for(ada: User, browser: Client) -> None:
    actions.create_mfa_policy(Terms(required="any", grace_days=14), actor=makers.OPERATOR)
    sign_in(browser)

    before = text_of(browser.get("/"))
    add_app(ada)
    after = text_of(browser.get("/"))

    assert re.search(r"Add a second factor\..* until .*<time datetime=", before, re.DOTALL) is not None
    assert "Add a second factor." not in after
