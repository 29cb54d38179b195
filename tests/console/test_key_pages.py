"""Pages of API keys and networks, without a script."""

import re

from identity import actions, queries
from identity.models import ApiKey, IpRule, Role, ServiceAccount, User
from tests import makers
from tests.console.browser import Browser
from tests.identity.trail import nothing_recorded

SECRET = re.compile(r"\bfht?_[0-9A-Za-z]{16}_[0-9A-Za-z]{38}\b")
NEW = {
    "name": "Billing sync",
    "kind": "live",
    "owner": "",
    "expires_in_days": "30",
    "preset": "read",
    "networks": "",
    "rate_per_s": "",
}


def test_a_key_is_made_with_limits_and_shown_once(owner_browser: Browser) -> None:
    page = owner_browser.post(
        "/api-keys/new", NEW | {"networks": "192.0.2.0/24\n2001:db8::/32, 127.0.0.1", "rate_per_s": "20", "kind": "trial"}
    )

    key = queries.api_keys(q="Billing")[0]
    assert (key.networks, key.rate_per_s, key.kind) == (["127.0.0.1/32", "192.0.2.0/24", "2001:db8::/32"], 20, "trial")
    assert SECRET.search(page.text)
    assert page["Cache-Control"] == "no-store"
    shown = owner_browser.get(f"/api-keys/{key.public_id}").text
    assert SECRET.search(shown) is None
    assert "2001:db8::/32" in shown
    assert "20 a second" in shown


def test_a_key_is_made_for_a_service_account(owner_browser: Browser) -> None:
    robot = ServiceAccount.objects.create(name="robot", label="Robot")
    assert "Robot (robot)" in owner_browser.get("/api-keys/new").text

    owner_browser.post("/api-keys/new", NEW | {"owner": robot.public_id})

    assert queries.api_keys(owner_id=robot.id).count() == 1
    assert "Billing sync" in owner_browser.get("/api-keys/?owner_kind=service_account").text
    assert "Billing sync" not in owner_browser.get("/api-keys/?owner_kind=person").text
    assert "Billing sync" in owner_browser.get(f"/api-keys/?owner={robot.public_id}").text
    assert f"/api-keys/?owner={robot.public_id}" in owner_browser.get(f"/service-accounts/{robot.public_id}").text
    person = queries.person_by_email("dana@acme.example").public_id
    assert "Billing sync" not in owner_browser.get(f"/api-keys/?owner={person}").text
    assert f"/api-keys/?owner={person}" in owner_browser.get(f"/people/{person}").text


def test_a_bad_network_is_shown_at_its_field(owner_browser: Browser) -> None:
    with nothing_recorded():
        page = owner_browser.post("/api-keys/new", NEW | {"networks": "10.0.0.7/8"})

    assert page.status_code == 422
    assert "Write 10.0.0.0/8 for all of it" in page.text
    assert ApiKey.objects.count() == 0


def test_a_key_is_changed(owner_browser: Browser) -> None:
    key = makers.make_key().key
    form = owner_browser.get(f"/api-keys/{key.public_id}/change").text
    assert 'value="test key"' in form

    change = {"name": "Nightly", "preset": "read", "networks": "10.0.0.0/8", "rate_per_s": "5", "version": "1"}
    owner_browser.post(f"/api-keys/{key.public_id}/change", change)

    key.refresh_from_db()
    assert (key.name, key.scopes, key.networks, key.rate_per_s, key.version) == ("Nightly", ["read:*"], ["10.0.0.0/8"], 5, 2)
    late = owner_browser.post(f"/api-keys/{key.public_id}/change", change | {"name": "Late"})
    assert late.status_code == 412
    assert queries.api_key(key.id).name == "Nightly"


def test_a_key_is_replaced_and_both_pages_say_so(owner_browser: Browser) -> None:
    dana = User.objects.get(email="dana@acme.example")
    old = actions.create_api_key("sync", scopes=["read:*"], actor=makers.actor_of(dana))
    assert "works on for the time below" in owner_browser.get(f"/api-keys/{old.key.public_id}/rotation").text

    page = owner_browser.post(f"/api-keys/{old.key.public_id}/rotation", {"overlap_hours": "24"})

    found = SECRET.search(page.text)
    assert found
    assert queries.key_actor(found.group()).may("read:audit.entries")
    new = queries.replacements_of([old.key])[old.key.id]
    assert new.display in owner_browser.get(f"/api-keys/{old.key.public_id}").text
    assert old.key.display in owner_browser.get(f"/api-keys/{new.public_id}").text


def test_the_key_of_another_person_can_be_changed_and_revoked_and_not_replaced(owner_browser: Browser) -> None:
    theirs = makers.make_key(email="eve@acme.example").key
    place = f"/api-keys/{theirs.public_id}"

    page = owner_browser.get(place).text
    refused = owner_browser.post(f"{place}/rotation", {"overlap_hours": "24"})

    assert [f'href="{place}/{verb}"' in page for verb in ("change", "revocation", "rotation")] == [True, True, False]
    assert "Ask whose key it is" in refused.text
    assert refused.status_code == 403


def test_found_keys_are_pasted_and_revoked(owner_browser: Browser) -> None:
    created = makers.make_key()

    owner_browser.post("/api-keys/leaked", {"texts": f"x {created.secret}\n", "found_at": "a chat"})

    assert queries.api_key(created.key.id).revoke_reason == "leaked"


def test_a_network_is_allowed_and_taken_back(owner_browser: Browser) -> None:
    assert 'value="127.0.0.1"' in owner_browser.get("/security/networks/new").text

    owner_browser.post("/security/networks/new", {"cidr": "127.0.0.0/8", "role": "", "note": "This machine"})

    rule = IpRule.objects.get()
    listed = owner_browser.get("/security/networks/").text
    assert "127.0.0.0/8" in listed
    assert "This machine" in listed
    assert "127.0.0.0/8" not in owner_browser.get("/security/networks/?q=office").text
    assert "the list asks nothing any more" in owner_browser.get(f"/security/networks/{rule.public_id}/removal").text
    owner_browser.post(f"/security/networks/{rule.public_id}/removal", {})
    assert IpRule.objects.count() == 0


def test_locking_oneself_out_is_refused_above_the_form(owner_browser: Browser) -> None:
    role = Role.objects.get(name="owner")

    page = owner_browser.post("/security/networks/new", {"cidr": "10.0.0.0/8", "role": role.public_id, "note": ""})

    assert page.status_code == 409
    assert "You come from 127.0.0.1, which would not be allowed any more" in page.text
    assert IpRule.objects.count() == 0


def test_a_session_from_elsewhere_ends_at_the_sign_in_page(owner_browser: Browser) -> None:
    actions.add_network("10.0.0.0/8", actor=makers.OPERATOR)

    page = owner_browser.get("/people/")

    assert (page.status_code, page["Location"]) == (302, "/sign-in?next=%2Fpeople%2F")


def test_members_neither_see_nor_change_networks(member_browser: Browser) -> None:
    for path in ("/security/networks/", "/security/networks/new", "/api-keys/leaked"):
        assert member_browser.get(path).status_code == 403
