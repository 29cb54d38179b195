"""The pages by which a person gets in and out, and what they leave in the browser."""

import pytest
from django.conf import settings

from identity import actions as identity
from kernel import tenancy
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR, PASSWORD, make_person


def test_signing_in_gives_a_cookie_that_scripts_cannot_read_and_goes_on_to_the_page() -> None:
    make_person("dana@acme.example")
    browser = Browser()

    response = browser.post("/sign-in", {"email": "Dana@acme.example", "password": PASSWORD, "next": "/people/?q=a"})

    cookie = response.cookies[settings.SESSION_COOKIE_NAME]
    assert response["Location"] == "/people/?q=a"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (True, "Lax", "/", "")


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "people/"])
def test_signing_in_never_leads_to_another_host(place: str) -> None:
    make_person("dana@acme.example")

    response = Browser().post("/sign-in", {"email": "dana@acme.example", "password": PASSWORD, "next": place})

    assert response["Location"] == "/"


def test_a_wrong_password_says_so_above_the_form_and_keeps_the_address() -> None:
    make_person("dana@acme.example")

    response = Browser().post("/sign-in", {"email": "dana@acme.example", "password": "wrong"})

    assert response.status_code == 401
    assert 'role="alert"' in text_of(response)
    assert 'value="dana@acme.example"' in text_of(response)
    assert "wrong" not in text_of(response)
    assert settings.SESSION_COOKIE_NAME not in response.cookies


def test_signing_out_ends_the_session_itself(owner_browser: Browser) -> None:
    kept = owner_browser.client.cookies[settings.SESSION_COOKIE_NAME].value

    owner_browser.post("/sign-out")

    owner_browser.client.cookies[settings.SESSION_COOKIE_NAME] = kept
    assert owner_browser.get("/").status_code == 302


def test_a_form_without_its_token_is_refused() -> None:
    make_person("dana@acme.example")

    response = Browser(checks_csrf=True).post("/sign-in", {"email": "dana@acme.example", "password": PASSWORD})

    assert response.status_code == 403
    assert settings.SESSION_COOKIE_NAME not in response.cookies


def test_an_invited_person_chooses_a_password_and_is_in() -> None:
    token = identity.add_person("new@acme.example", "New Person", ["member"], actor=OPERATOR).invitation_token
    browser = Browser()

    form = browser.get(f"/invitation/{token}")
    weak = browser.post(f"/invitation/{token}", {"name": "Nora", "password": "short"})
    accepted = browser.post(f"/invitation/{token}", {"name": "Nora", "password": PASSWORD})

    assert form.status_code == 200
    assert "new@acme.example" in text_of(form)
    assert weak.status_code == 422
    assert 'aria-invalid="true"' in text_of(weak)
    assert accepted["Location"] == "/"
    assert "Nora" in text_of(browser.get("/"))
    assert Browser().get(f"/invitation/{token}").status_code == 404


def test_an_ended_session_sends_htmx_to_the_sign_in_page_as_a_whole() -> None:
    response = Browser().htmx("/people/")

    assert response["HX-Redirect"] == "/sign-in"
    assert text_of(response) == ""


def test_another_password_keeps_this_session_under_another_token(owner_browser: Browser) -> None:
    before = owner_browser.client.cookies["freehold_session"].value
    wrong = owner_browser.post("/account", {"current": "wrong", "replacement": "another good passphrase 9"})
    right = owner_browser.post("/account", {"current": PASSWORD, "replacement": "another good passphrase 9"})

    assert wrong.status_code == 403
    assert right["Location"] == "/account"
    assert owner_browser.client.cookies["freehold_session"].value not in ("", before)
    assert owner_browser.get("/").status_code == 200


def test_a_person_of_one_tenant_is_a_stranger_in_another(owner_browser: Browser, globex: tenancy.TenantRef) -> None:
    elsewhere = Browser(host="globex.localhost")
    elsewhere.client.cookies = owner_browser.client.cookies

    assert elsewhere.get("/people/").status_code == 302
