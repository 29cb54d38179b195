"""The pages through HTTP, without JavaScript, as acme's people and the operator's see them."""

import re

import pytest

from audit import queries as audit
from identity import actions as identity
from identity import queries as people
from kernel import tenancy
from tenants import actions as tenants
from tests import makers
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR, make_person


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/account",
        "/people/",
        "/people/new",
        "/roles/",
        "/api-keys/",
        "/api-keys/new",
        "/audit/",
        "/audit/verification",
        "/developers/",
    ],
)
def test_a_page_asks_a_stranger_to_sign_in_and_answers_an_owner(path: str, owner_browser: Browser) -> None:
    stranger = Browser().get(path)
    page = owner_browser.get(path)

    assert stranger.status_code == 302
    assert stranger["Location"] == ("/sign-in" if path == "/" else f"/sign-in?next={path.replace('/', '%2F')}")
    assert page.status_code == 200
    assert page["Cache-Control"] == "private, no-cache"
    assert {"HX-Request", "Cookie"} <= {name.strip() for name in page["Vary"].split(",")}
    assert text_of(page).count("<h1") == 1
    assert 'href="#main"' in text_of(page)


def test_the_policy_allows_nothing_inline(owner_browser: Browser) -> None:
    policy = owner_browser.get("/")["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy


def test_htmx_gets_the_rows_alone_and_a_restored_page_is_whole(owner_browser: Browser) -> None:
    part = text_of(owner_browser.htmx("/people/?q=dana"))
    restored = text_of(owner_browser.htmx("/people/?q=dana", HTTP_HX_HISTORY_RESTORE_REQUEST="true"))

    assert part.strip().startswith('<div id="results"')
    assert "<html" not in part
    assert "Dana Okafor" in part
    assert "<html" in restored


def test_a_list_is_filtered_and_says_when_nothing_matches(owner_browser: Browser) -> None:
    none = text_of(owner_browser.get("/people/?q=zzzz"))
    ignored = owner_browser.get("/people/?status=nonsense")

    assert "No people match" in none
    assert "Clear the filters" in none
    assert "Dana Okafor" in text_of(ignored)


def test_a_list_is_paged_by_cursor_and_refuses_a_foreign_one(owner_browser: Browser) -> None:
    for number in range(26):
        identity.add_person(f"p{number}@acme.example", f"Person {number}", ["member"], actor=OPERATOR)
    first = text_of(owner_browser.get("/people/"))
    found = re.search(r'href="(/people/\?cursor=[^"]+)"', first)
    assert found is not None

    second = text_of(owner_browser.get(found.group(1)))
    foreign = owner_browser.get(found.group(1) + "&q=p")

    assert "Person 0" not in first
    assert "Person 0" in second
    assert foreign.status_code == 400


def test_a_member_sees_neither_what_is_forbidden_nor_links_to_it(member_browser: Browser) -> None:
    home = text_of(member_browser.get("/"))
    refused = member_browser.get("/audit/")

    assert 'href="/audit/"' not in home
    assert 'href="/people/"' in home
    assert refused.status_code == 403
    assert "read:audit.entries" in text_of(refused)
    assert audit.entries(outcome="denied").filter(actor_label="milo@acme.example").count() == 1


def test_a_refusal_names_owners_who_can_grant(member_browser: Browser) -> None:
    make_person("dana@acme.example", name="Dana Okafor", roles=("owner",))

    assert "These people can grant it: <strong" in text_of(member_browser.get("/audit/"))
    assert "Dana Okafor" in text_of(member_browser.get("/audit/"))


def test_inviting_shows_the_link_once_and_keeps_it_out_of_caches(owner_browser: Browser) -> None:
    response = owner_browser.post("/people/new", {"name": "Ben", "email": "ben@acme.example", "roles": ["member"]})

    found = re.search(r"http://acme\.localhost/invitation/([\w-]+)", text_of(response))
    assert found is not None
    assert response["Cache-Control"] == "no-store"
    assert people.invitation(found.group(1)).user.email == "ben@acme.example"
    assert found.group(1) not in text_of(owner_browser.get("/audit/"))


@pytest.mark.parametrize(
    ("values", "status", "told"),
    [
        ({"name": "Ben", "email": "nothing", "roles": ["member"]}, 422, "id_email_error"),
        ({"name": "", "email": "ben@acme.example"}, 422, "id_name_error"),
        ({"name": "Ben", "email": "dana@acme.example", "roles": ["member"]}, 409, 'role="alert"'),
        ({"name": "Ben", "email": "ben@acme.example", "roles": ["king"]}, 422, "king"),
        ({"name": "Ben\0", "email": "ben@acme.example"}, 422, "id_name_error"),
    ],
)
def test_a_refused_invitation_is_explained_in_the_form(
    values: dict[str, object], status: int, told: str, owner_browser: Browser
) -> None:
    before = people.people().count()

    response = owner_browser.post("/people/new", values)

    assert response.status_code == status
    assert told in text_of(response)
    assert people.people().count() == before


def test_a_person_is_changed_unless_somebody_else_did_meanwhile(owner_browser: Browser) -> None:
    ben = make_person("ben@acme.example", name="Ben")
    ben = people.person(ben.id)
    address = f"/people/{ben.public_id}"

    saved = owner_browser.post(address, {"name": "Benjamin", "roles": ["member"], "version": ben.version})
    told = text_of(owner_browser.get(address))
    late = owner_browser.post(address, {"name": "Benny", "roles": ["member"], "version": ben.version})

    assert saved["Location"] == address
    assert "The changes are saved." in told
    assert late.status_code == 412
    assert people.person(ben.id).name == "Benjamin"


def test_suspending_asks_first_then_ends_sessions(owner_browser: Browser) -> None:
    ben = make_person("ben@acme.example", name="Ben")
    bens = Browser().signed_in("ben@acme.example")
    address = f"/people/{ben.public_id}"

    asked = text_of(owner_browser.get(f"{address}/suspension"))
    without_reason = owner_browser.post(f"{address}/suspension", {"reason": ""})
    done = owner_browser.post(f"{address}/suspension", {"reason": "Laptop lost"})

    assert "This will happen" in asked
    assert without_reason.status_code == 422
    assert done["Location"] == address
    assert bens.get("/").status_code == 302
    assert "Laptop lost" in text_of(owner_browser.get(address))
    owner_browser.post(f"{address}/resumption")
    assert people.person(ben.id).status == "active"


def test_who_left_is_invited_back_from_their_page(owner_browser: Browser) -> None:
    left = make_person("left@acme.example", name="Lee Left")
    identity.deactivate_person(left.id, reason="Left on 30 June.", actor=OPERATOR)
    address = f"/people/{left.public_id}"

    page = text_of(owner_browser.get(address))
    link = text_of(owner_browser.post(f"{address}/invitation"))

    assert "<strong>Deactivated:</strong> <bdi>Left on 30 June.</bdi>" in page
    assert f'action="{address}/invitation"' in page
    assert "Invite back" in page
    assert "http://acme.localhost/invitation/" in link
    assert people.person(left.id).status == "invited"


def test_the_last_owner_cannot_be_deactivated_and_the_page_says_why(owner_browser: Browser) -> None:
    dana = people.person_by_email("dana@acme.example")
    for other in people.people(status="active").exclude(id=dana.id).filter(bindings__role__name="owner"):
        identity.suspend_person(other.id, reason="test", actor=OPERATOR)

    response = owner_browser.post(f"/people/{dana.public_id}/deactivation", {"reason": "test"})

    assert response.status_code == 409
    assert people.person(dana.id).status == "active"


def test_a_key_is_shown_once_then_revoked(owner_browser: Browser) -> None:
    made = owner_browser.post("/api-keys/new", {"name": "sync", "expires_in_days": "30", "preset": "read", "scopes": []})
    found = re.search(r'<code id="secret">(fh_\w+)</code>', text_of(made))
    assert found is not None
    key = people.api_keys().get(name="sync")
    address = f"/api-keys/{key.public_id}"

    assert made["Cache-Control"] == "no-store"
    assert key.scopes == ["read:*"]
    assert people.key_actor(found.group(1)).may("read:identity.people")
    assert found.group(1) not in text_of(owner_browser.get(address))
    assert owner_browser.post(f"{address}/revocation", {"reason": "done with it"})["Location"] == address
    assert people.api_key(key.id).state == "revoked"


def test_chosen_scopes_are_the_ticked_ones_and_none_is_refused(owner_browser: Browser) -> None:
    chosen = {"name": "sync", "expires_in_days": "7", "preset": "chosen"}

    none = owner_browser.post("/api-keys/new", chosen)
    some = owner_browser.post("/api-keys/new", {**chosen, "scopes": ["read:audit.entries"]})

    assert none.status_code == 422
    assert some.status_code == 200
    assert people.api_keys().get(name="sync").scopes == ["read:audit.entries"]


def test_an_entry_shows_its_document_and_the_chain_can_be_verified(owner_browser: Browser) -> None:
    entry = audit.entries(action="identity.session.started").order_by("-id")[0]

    page = text_of(owner_browser.get(f"/audit/{entry.public_id}"))
    verified = text_of(owner_browser.post("/audit/verification"))

    assert "identity.session.started" in page
    assert entry.public_id in page
    assert "The chain holds." in verified


def test_the_trail_is_filtered_by_action_outcome_and_day(owner_browser: Browser) -> None:
    assert "No events match" in text_of(owner_browser.get("/audit/?until=2001-01-01"))
    assert "Signed in" in text_of(owner_browser.get("/audit/?action=identity.session.started&outcome=success"))
    assert "No events match" in text_of(owner_browser.get("/audit/?action=identity.session.started&outcome=failure"))
    assert owner_browser.get("/audit/?since=9999-12-31&until=9999-12-31").status_code == 200
    assert owner_browser.get("/audit/?since=nonsense").status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/people/usr_nothing",
        "/people/key_00000000000000000000000000",
        "/api-keys/x",
        "/audit/ent_x",
        "/nowhere",
        "/tenants/",
        "/cells/",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(path: str, owner_browser: Browser) -> None:
    response = owner_browser.get(path)

    assert response.status_code == 404
    assert "Status 404" in text_of(response)


def test_a_method_that_a_page_does_not_answer_is_refused(owner_browser: Browser) -> None:
    assert owner_browser.post("/roles/").status_code == 405
    assert owner_browser.get("/sign-out").status_code == 405


def test_what_people_type_is_shown_as_text(owner_browser: Browser) -> None:
    evil = "<script>alert(1)</script>"
    identity.add_person("evil@acme.example", evil, ["member"], actor=OPERATOR)

    for path in ("/people/", "/audit/", "/", f"/people/?q={evil}"):
        assert evil not in text_of(owner_browser.get(path))


def test_the_theme_comes_from_the_cookie_and_from_nothing_else(owner_browser: Browser) -> None:
    owner_browser.client.cookies["theme"] = "dark"
    assert '<html lang="en" data-theme="dark">' in text_of(owner_browser.get("/"))

    owner_browser.client.cookies["theme"] = 'x"onload="'
    assert '<html lang="en">' in text_of(owner_browser.get("/"))


def test_unknown_and_suspended_hosts_answer_plain_pages(platform: tenancy.TenantRef, globex: tenancy.TenantRef) -> None:
    unknown = Browser(host="nobody.localhost").get("/")

    with tenancy.activate(platform, purpose=tenancy.Purpose.OPERATOR):
        tenants.suspend_tenant(globex.id, reason="Invoice overdue", actor=OPERATOR)
    makers.forget_caches()
    suspended = Browser(host="globex.localhost").get("/")

    assert unknown.status_code == 404
    assert "No tenant answers" in text_of(unknown)
    assert suspended.status_code == 403
    assert "Invoice overdue" in text_of(suspended)
