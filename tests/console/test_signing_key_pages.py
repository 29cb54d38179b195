"""Pages of keys that sign requests, without JavaScript."""

import re

import pytest

from identity import actions as identity
from identity import queries
from identity.models import ApiKey, SigningKey, User
from tests import makers
from tests.console.browser import Browser, text_of
from tests.identity import signing


@pytest.fixture
def api_key(owner_browser: Browser) -> ApiKey:
    dana = User.objects.get(email="dana@acme.example")
    return identity.create_api_key("sync", scopes=["read:*"], actor=makers.actor_of(dana)).key


@pytest.fixture
def place(api_key: ApiKey) -> str:
    return f"/api-keys/{api_key.public_id}/signing-keys/"


def test_a_keys_page_leads_to_its_signing_keys(owner_browser: Browser, api_key: ApiKey, place: str) -> None:
    assert f'href="{place}"' in text_of(owner_browser.get(f"/api-keys/{api_key.public_id}"))
    assert "No signing keys yet" in text_of(owner_browser.get(place))


def test_beside_a_replaced_key_none_is_made(owner_browser: Browser, api_key: ApiKey, place: str) -> None:
    assert f'href="{place}new"' in text_of(owner_browser.get(place))
    signing.made(api_key)
    new = identity.rotate_api_key(api_key.id, actor=makers.OPERATOR).key

    page = text_of(owner_browser.get(place))
    refused = owner_browser.post(
        f"{place}new", {"name": "late", "algorithm": "hmac-sha256", "public_key": "", "expires_in_days": "30"}
    )

    assert "went over to the key that replaced this one" in page
    assert f'href="{place}new"' not in page
    assert refused.status_code == 409
    assert SigningKey.objects.get().api_key == new


def test_a_secret_is_shown_once_and_kept_in_no_cache(owner_browser: Browser, place: str) -> None:
    assert owner_browser.get(f"{place}new").status_code == 200

    made = owner_browser.post(
        f"{place}new", {"name": "billing", "algorithm": "hmac-sha256", "public_key": "", "expires_in_days": "30"}
    )

    shown = re.search(r'<code id="secret">(fhhs_\w{43})</code>', text_of(made))
    assert shown is not None
    assert made["Cache-Control"] == "no-store"
    assert shown[1] not in text_of(owner_browser.get(place))
    assert SigningKey.objects.get().key_id in text_of(owner_browser.get(place))


def test_a_pair_of_keys_shows_no_secret(owner_browser: Browser, place: str) -> None:
    made = owner_browser.post(
        f"{place}new", {"name": "pair", "algorithm": "ed25519", "public_key": signing.PUBLIC, "expires_in_days": "30"}
    )

    assert made.status_code == 200
    assert 'id="secret"' not in text_of(made)
    assert SigningKey.objects.get().algorithm == "ed25519"


def test_a_public_key_that_is_none_is_refused_at_its_field(owner_browser: Browser, place: str) -> None:
    refused = owner_browser.post(
        f"{place}new", {"name": "pair", "algorithm": "ed25519", "public_key": "nonsense", "expires_in_days": "30"}
    )

    assert refused.status_code == 422
    assert 'id="id_public_key_error"' in text_of(refused)
    assert not SigningKey.objects.exists()


def test_a_key_is_replaced_and_revoked_after_a_question(owner_browser: Browser, api_key: ApiKey, place: str) -> None:
    key = signing.made(api_key).key

    replaced = owner_browser.post(f"{place}{key.public_id}/rotation", {"public_key": "", "overlap_hours": "0"})
    assert 'id="secret"' in text_of(replaced)
    successor = queries.signing_keys(api_key.id, state="active").get()
    question = owner_browser.get(f"{place}{successor.public_id}/revocation")
    assert "This will happen" in text_of(question)
    assert owner_browser.post(f"{place}{successor.public_id}/revocation", {"reason": ""}).status_code == 422
    done = owner_browser.post(f"{place}{successor.public_id}/revocation", {"reason": "over"})

    assert (done.status_code, done["Location"]) == (302, place)
    assert queries.signing_key(api_key.id, successor.id).state == "revoked"


def test_the_list_is_searched_and_pages(owner_browser: Browser, api_key: ApiKey, place: str) -> None:
    keys = [signing.made(api_key).key for _ in range(2)]
    SigningKey.objects.filter(id=keys[0].id).update(name="nightly")

    found = text_of(owner_browser.get(f"{place}?q=NIGHT"))
    none = text_of(owner_browser.get(f"{place}?q=daily"))

    assert keys[0].key_id in found
    assert keys[1].key_id not in found
    assert "No signing keys match" in none


def test_a_member_sees_none_of_it(member_browser: Browser, place: str) -> None:
    assert member_browser.get(place).status_code == 403
    assert member_browser.post(f"{place}new", {"name": "x"}).status_code == 403


@pytest.mark.parametrize("rest", ["", "new", "sig_x/rotation", "sig_x/revocation"])
def test_what_is_not_there_is_not_found(rest: str, owner_browser: Browser) -> None:
    assert owner_browser.get(f"/api-keys/key_x/signing-keys/{rest}").status_code == 404
