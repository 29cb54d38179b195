"""The page on which a person is forgotten: reachable for few, typed to confirm, and about the trail alone."""

from audit import queries as audit
from identity import queries as people
from tests.console.browser import Browser, text_of
from tests.makers import make_person


def test_a_person_is_forgotten_once_their_address_was_typed(owner_browser: Browser) -> None:
    person = make_person("ben@acme.example", name="Ben Example")
    address = f"/people/{person.public_id}"
    (added,) = audit.entries(action="identity.person.added", subject=person.public_id)

    shown = text_of(owner_browser.get(address))
    asked = text_of(owner_browser.get(f"{address}/forgetting"))
    wrong = owner_browser.post(f"{address}/forgetting", {"reason": "Request 7", "email": "other@acme.example"})
    assert audit.opened(added)["subject"]["label"] == "ben@acme.example"
    done = owner_browser.post(f"{address}/forgetting", {"reason": "Request 7", "email": "Ben@acme.example"})

    assert f'href="{address}/forgetting"' in shown
    assert "can still be verified" in asked
    assert (wrong.status_code, "not the person&#x27;s address" in text_of(wrong)) == (422, True)
    assert (done.status_code, done["Location"]) == (302, address)
    assert audit.opened(audit.entry(added.pk))["is_forgotten"]
    assert people.person(person.id).email == "ben@acme.example"


def test_who_may_not_forget_is_shown_no_way_and_refused(member_browser: Browser) -> None:
    person = make_person("ben@acme.example", name="Ben Example")
    address = f"/people/{person.public_id}/forgetting"

    assert "forgetting" not in text_of(member_browser.get(f"/people/{person.public_id}"))
    assert member_browser.post(address, {"reason": "x", "email": "ben@acme.example"}).status_code == 403

    assert not audit.person_in_trail(person.public_id).is_forgotten
