"""Browsers that need not show a second factor: for how long, for whom, and where."""

import io
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from identity import actions, queries
from identity.factors import trusted
from identity.models import TrustedDevice, User, WebAuthnCredential
from identity.problems import DeviceNotTrusted, TrustedDeviceNotFound
from kernel import tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.caller import Caller
from tests.console.browser import Browser, text_of
from tests.identity.answers import is_problem, json_of
from tests.identity.authenticator import Authenticator
from tests.identity.factor_makers import add_app, later, signed_in
from tests.identity.test_passkeys import add_passkey

EMAIL = "ada@acme.example"
MODEL, OTHER_MODEL = "ee882879-721c-4913-9775-3dfcce97072a", "2fc0579f-8113-47ea-b116-bb5a8db9202a"


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL, roles=("owner",))


def test_a_trusted_browser_ends_with_its_days(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    add_app(ada)
    token = actions.trust_device(actor=signed_in(ada))
    before = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

    with later(monkeypatch, seconds=14 * 86_400 + 1):
        after = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

    assert isinstance(before, actions.SignedIn)
    assert isinstance(after, actions.Challenged)


def test_a_stricter_rule_counts_for_browsers_that_are_trusted_already(ada: User) -> None:
    add_app(ada)
    token = actions.trust_device(actor=signed_in(ada))
    actions.create_mfa_policy(actions.Terms(required="any", remember_days=0), actor=makers.OPERATOR)

    outcome = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

    assert isinstance(outcome, actions.Challenged)


@pytest.mark.parametrize(
    "rule",
    [
        actions.Terms(required="phishing_resistant", remember_days=14),
        actions.Terms(required="any", allowed_factors=["webauthn"], remember_days=14),
    ],
    ids=["phishing_resistant", "passkeys_only"],
)
def test_a_browser_is_trusted_for_what_was_shown_in_it_and_for_nothing_stronger(ada: User, rule: actions.Terms) -> None:
    add_app(ada)
    add_passkey(ada, Authenticator())
    by_app = actions.trust_device(actor=signed_in(ada))
    by_both = actions.trust_device(actor=signed_in(ada, amr=("pwd", "otp", "hwk")))
    before = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=by_app)

    actions.create_mfa_policy(rule, actor=makers.OPERATOR)

    assert isinstance(before, actions.SignedIn)
    assert isinstance(actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=by_app), actions.Challenged)
    assert isinstance(actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=by_both), actions.SignedIn)


def test_a_browser_that_was_trusted_before_models_were_named_is_asked_again(ada: User) -> None:
    add_passkey(ada, Authenticator())
    WebAuthnCredential.objects.update(aaguid=MODEL, attestation="packed")
    early = actions.trust_device(actor=signed_in(ada, amr=("pwd", "otp", "hwk")))
    rule = actions.create_mfa_policy(
        actions.Terms(required="any", allowed_aaguids=[MODEL], remember_days=14), actor=makers.OPERATOR
    )
    late = actions.trust_device(actor=signed_in(ada, amr=("pwd", "otp", "hwk")))

    outcomes = [actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token) for token in (early, late)]
    actions.change_mfa_policy(rule.id, terms=actions.Terms(allowed_aaguids=[OTHER_MODEL, MODEL]), actor=makers.OPERATOR)
    widened = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=late)

    assert [type(one) for one in (*outcomes, widened)] == [actions.Challenged, actions.SignedIn, actions.SignedIn]


def test_a_trusted_browser_is_trusted_for_its_person_alone(ada: User) -> None:
    bob = makers.make_person("bob@acme.example")
    add_app(ada)
    add_app(bob)
    token = actions.trust_device(actor=signed_in(bob))

    assert isinstance(actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token), actions.Challenged)
    assert isinstance(actions.sign_in("bob@acme.example", password=makers.PASSWORD, trusted_device=token), actions.SignedIn)


def test_ended_access_ends_trust(ada: User) -> None:
    add_app(ada)
    token = actions.trust_device(actor=signed_in(ada))
    actions.end_sessions(ada.id, actor=makers.OPERATOR)

    outcome = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

    assert isinstance(outcome, actions.Challenged)


def test_where_the_rules_forbid_it_no_browser_is_trusted(ada: User) -> None:
    add_app(ada)
    actions.create_mfa_policy(actions.Terms(required="any", remember_days=0), actor=makers.OPERATOR)

    with pytest.raises(DeviceNotTrusted):
        actions.trust_device(actor=signed_in(ada))

    assert TrustedDevice.objects.count() == 0


def test_a_browser_of_somebody_else_is_not_found(ada: User) -> None:
    add_app(ada)
    actions.trust_device(actor=signed_in(ada))
    device = TrustedDevice.objects.get()
    bob = makers.make_person("bob@acme.example")

    with pytest.raises(TrustedDeviceNotFound):
        actions.revoke_trusted_device(device.id, actor=signed_in(bob))

    assert queries.trusted_devices(ada).count() == 1


def test_the_token_of_a_trusted_browser_is_worth_nothing_in_another_tenant(ada: User, globex: TenantRef) -> None:
    add_app(ada)
    token = actions.trust_device(actor=signed_in(ada))
    with tenancy.activate(globex, purpose=Purpose.REQUEST):
        namesake = makers.make_person(EMAIL)
        add_app(namesake)

        outcome = actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token)

        assert isinstance(outcome, actions.Challenged)
        assert TrustedDevice.objects.count() == 0
    assert isinstance(actions.sign_in(EMAIL, password=makers.PASSWORD, trusted_device=token), actions.SignedIn)


def trusting(person: User, *labels: str) -> list[TrustedDevice]:
    """Browsers of these names that a person trusts, in this order."""
    devices = [trusted.trust(person, days=14, amr=("pwd", "otp"))[0] for _ in labels]
    for device, label in zip(devices, labels, strict=True):
        device.label = label
        device.save(update_fields=["label"])
    return devices


def command(*arguments: str) -> dict[str, Any]:
    """A command of acme with `--json`; what it printed."""
    output = io.StringIO()
    call_command(*arguments, "--tenant", "acme", "--json", stdout=output)
    found: dict[str, Any] = orjson.loads(output.getvalue())
    return found


def test_a_program_lists_the_browsers_of_one_person_by_pages_and_by_name(ada: User, client: Caller) -> None:
    bob = makers.make_person("bob@acme.example")
    devices = trusting(bob, "Firefox on Linux", "Chrome on Windows", "Firefox on macOS")
    trusting(ada, "Firefox on Android")
    client.key = actions.create_api_key("a program", scopes=["*"], expires_in_days=1, actor=makers.actor_of(ada)).secret
    at = f"/v1/people/{bob.public_id}/trusted-devices"

    first = json_of(client.get(f"{at}?limit=2"))
    second = json_of(client.get(f"{at}?limit=2&cursor={first['next_cursor']}"))
    named = json_of(client.get(f"{at}?q=firefox"))

    newest = [device.public_id for device in reversed(devices)]
    assert [one["id"] for one in first["data"] + second["data"]] == newest
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert [one["label"] for one in named["data"]] == ["Firefox on macOS", "Firefox on Linux"]


def test_browsers_of_others_are_listed_for_who_may_read_factors_alone(ada: User, client: Caller) -> None:
    trusting(ada, "Firefox on Linux")
    scopes = ["read:identity.people"]
    client.key = actions.create_api_key("a program", scopes=scopes, expires_in_days=1, actor=makers.actor_of(ada)).secret

    answer = client.get(f"/v1/people/{ada.public_id}/trusted-devices")

    is_problem(answer, status=403, kind="forbidden")


def test_the_command_lists_the_browsers_of_a_person_and_trusts_one_no_more(ada: User) -> None:
    firefox, chrome = trusting(ada, "Firefox on Linux", "Chrome on Windows")

    listed = command("factor", "browsers", EMAIL, "-q", "chrome")
    rehearsed = command("factor", "untrust", EMAIL, str(chrome.public_id), "--dry-run")
    kept = queries.trusted_devices(ada).count()
    ended = command("factor", "untrust", EMAIL, str(chrome.public_id))

    assert [one["id"] for one in listed["trusted_devices"]] == [chrome.public_id]
    assert (rehearsed["dry_run"], kept) == (True, 2)
    assert (ended["person"], ended["trusted_device"], "dry_run" in ended) == (ada.public_id, chrome.public_id, False)
    assert list(queries.trusted_devices(ada)) == [firefox]


def test_the_command_ends_no_browser_of_somebody_else(ada: User) -> None:
    makers.make_person("bob@acme.example")
    [device] = trusting(ada, "Firefox on Linux")

    with pytest.raises(SystemExit) as refused:
        command("factor", "untrust", "bob@acme.example", str(device.public_id))

    assert refused.value.code == 3
    assert queries.trusted_devices(ada).count() == 1


def test_an_administrator_sees_the_browsers_of_a_person_and_ends_one(ada: User) -> None:
    bob = makers.make_person("bob@acme.example")
    firefox, chrome = trusting(bob, "Firefox on Linux", "Chrome on Windows")
    browser = Browser().signed_in(EMAIL)
    at = f"/people/{bob.public_id}"

    shown = text_of(browser.get(f"{at}/factors/?q=chrome"))
    nothing = text_of(browser.get(f"{at}/factors/?q=netscape"))
    ended = browser.post(f"{at}/trusted-devices/{chrome.public_id}/end")
    elsewhere = browser.post(f"/people/{ada.public_id}/trusted-devices/{firefox.public_id}/end")

    assert ("Chrome on Windows" in shown, "Firefox on Linux" in shown) == (True, False)
    assert "No trusted browser matches." in nothing
    assert (ended.status_code, ended["Location"]) == (302, f"{at}/factors/")
    assert elsewhere.status_code == 404
    assert list(queries.trusted_devices(bob)) == [firefox]


def test_who_may_only_look_gets_no_button(ada: User) -> None:
    actions.create_role("reader", label="Reader", permissions=["read:identity.*"], actor=makers.OPERATOR)
    makers.make_person("kim@acme.example", roles=("reader",))
    [device] = trusting(ada, "Firefox on Linux")
    browser = Browser().signed_in("kim@acme.example")

    shown = text_of(browser.get(f"/people/{ada.public_id}/factors/"))
    refused = browser.post(f"/people/{ada.public_id}/trusted-devices/{device.public_id}/end")

    assert ("Firefox on Linux" in shown, "Trust no more" in shown) == (True, False)
    assert refused.status_code == 403
    assert queries.trusted_devices(ada).count() == 1
