"""The pages of roles."""

import html
import re

from identity import actions as identity
from identity import queries as people
from tests.console.browser import Browser, text_of
from tests.makers import OPERATOR, make_person


def test_a_role_is_made_changed_and_deleted(owner_browser: Browser) -> None:
    new = {"label": "Support", "name": "support", "description": "", "preset": "chosen", "scopes": ["read:identity.people"]}
    made = owner_browser.post("/roles/new", new)
    role = people.roles("support").get()
    address = f"/roles/{role.public_id}"
    changed = {"label": "Support desk", "description": "First line", "preset": "read", "version": role.version}

    saved = owner_browser.post(address, changed)
    late = owner_browser.post(address, {**changed, "label": "Late"})
    shown = text_of(owner_browser.get(address))
    gone = owner_browser.post(f"{address}/deletion")

    assert made["Location"] == saved["Location"] == address
    assert late.status_code == 412
    assert "Support desk" in shown
    assert 'value="read" checked' in shown
    assert gone["Location"] == "/roles/"
    assert not people.roles("support").exists()


def test_roles_are_searched_and_paged(owner_browser: Browser) -> None:
    for number in range(30):
        identity.create_role(f"desk-{number:02}", label=f"Desk {number:02}", permissions=["read:*"], actor=OPERATOR)

    found = text_of(owner_browser.get("/roles/?q=desk-07"))
    first = text_of(owner_browser.get("/roles/?q=desk"))
    following = re.search(r'href="([^"]+cursor=[^"]+)"', first)
    assert following is not None
    second = text_of(owner_browser.get(html.unescape(following[1])))

    assert re.findall(r"Desk \d\d", found) == ["Desk 07"]
    assert len(re.findall(r"Desk \d\d", first)) + len(re.findall(r"Desk \d\d", second)) == 30


def test_a_role_keeps_permissions_that_the_page_has_no_box_for(owner_browser: Browser) -> None:
    role = identity.create_role("hooks", label="Hooks", permissions=["write:webhooks.*", "read:*"], actor=OPERATOR)
    address = f"/roles/{role.public_id}"

    page = text_of(owner_browser.get(address))
    ticked = re.findall(r'name="scopes" value="([^"]+)" checked', page)
    owner_browser.post(address, {"label": "Hooks 2", "preset": "chosen", "scopes": ticked, "version": role.version})

    assert sorted(ticked) == ["read:*", "write:webhooks.*"]
    assert people.role(role.id).label == "Hooks 2"
    assert sorted(people.role(role.id).permissions) == ["read:*", "write:webhooks.*"]


def test_built_in_roles_and_roles_in_use_stay(owner_browser: Browser) -> None:
    builtin = people.roles("auditor").get()
    used = identity.create_role("used", label="Used", permissions=["read:*"], actor=OPERATOR)
    make_person("ben@acme.example", roles=("used",))

    assert "Save changes" not in text_of(owner_browser.get(f"/roles/{builtin.public_id}"))
    assert owner_browser.post(f"/roles/{builtin.public_id}", {"label": "X", "preset": "read"}).status_code == 409
    assert owner_browser.post(f"/roles/{used.public_id}/deletion").status_code == 409
    assert people.role(used.id).label == "Used"
