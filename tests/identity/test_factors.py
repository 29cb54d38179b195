"""Factors over the API, by command and by action: who may do what, what stands in the trail, and that nothing shows a secret."""

import io
from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson
import pytest
from django.conf import settings
from django.core.management import call_command

from identity import actions, factors, sessions
from identity.actions import Given
from identity.factors import recovery
from identity.models import MfaPolicy, RecoveryCode, Session, TotpDevice, TrustedDevice, User
from identity.problems import (
    BeyondOwnGrants,
    FactorNeeded,
    FactorNeedsPerson,
    FactorNotFound,
    FactorRefused,
    NotForSupport,
    StepUpNeeded,
)
from kernel import clock
from kernel.problems import Forbidden
from operations.models import KeptAnswer
from tests import makers
from tests.caller import Caller
from tests.identity.answers import is_problem, json_of
from tests.identity.factor_makers import add_app, challenged, entered, later, signed_in
from tests.identity.trail import newest, nothing_recorded, recorded, recorded_once

EMAIL = "ada@acme.example"


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL, roles=("owner",))


@pytest.fixture
def program(client: Caller, ada: User) -> Caller:
    """A program with a key of ada's."""
    client.key = actions.create_api_key("a program", scopes=["*"], expires_in_days=1, actor=makers.actor_of(ada)).secret
    return client


def factor_of(person: User) -> UUID:
    """The id of the person's only app."""
    found: UUID = TotpDevice.objects.get(user=person, confirmed=True).id
    return found


def test_a_key_sees_the_factors_of_its_owner_and_changes_none(ada: User, program: Caller) -> None:
    add_app(ada)
    at = f"/v1/me/factors/{factors.of(ada)[0].id}"

    seen = json_of(program.get("/v1/me/factors"))
    refused = [
        program.post("/v1/me/factor-enrolments", {"kind": "totp"}), program.patch(at, {"name": "Mine"}), program.delete(at),
        program.post("/v1/me/recovery-codes"),
    ]  # fmt: skip

    assert [one["name"] for one in seen["factors"]] == ["Telephone"]
    assert (seen["required"], seen["recovery_codes_left"]) == ("off", 0)
    for answer in refused:
        is_problem(answer, status=403, kind="factor-needs-person")
    assert [one.name for one in factors.of(ada)] == ["Telephone"]


def test_nothing_that_the_api_says_holds_a_secret(ada: User, program: Caller) -> None:
    secret = add_app(ada)
    device = TotpDevice.objects.get()

    said = b"".join(
        program.get(path).content
        for path in ("/v1/me/factors", f"/v1/people/{ada.public_id}/factors", f"/v1/me/factors/{device.public_id}")
    )

    assert secret.encode() not in said
    assert device.sealed_seed.encode() not in said


@pytest.mark.parametrize(
    ("path", "body", "shown_once"),
    [
        ("/v1/me/factor-enrolments", {"kind": "totp", "name": "Telephone"}, ("token", "secret", "address")),
        ("/v1/me/recovery-codes", None, ("codes",)),
    ],
)
def test_what_is_shown_once_is_not_kept_for_a_repetition(ada: User, path: str, body: Any, shown_once: tuple[str, ...]) -> None:
    add_app(ada)
    browser = Caller(host="acme.localhost")
    _, session = sessions.begin(ada, moment=clock.now(), amr=("pwd", "otp"), mfa_at=clock.now())
    browser.client.cookies[settings.SESSION_COOKIE_NAME] = session

    first = browser.post(path, body, HTTP_IDEMPOTENCY_KEY="twice")
    again = browser.post(path, body, HTTP_IDEMPOTENCY_KEY="twice")

    kept = KeptAnswer.objects.get(key="twice").body
    secrets = [json_of(first)[name] for name in shown_once]
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 201, "true")
    assert first["Cache-Control"] == "no-store"
    assert all(secrets)
    assert [json_of(again)[name] for name in shown_once] == [None] * len(shown_once)
    assert not any(secret in kept for given in secrets for secret in ([given] if isinstance(given, str) else given))


def test_an_administrator_removes_a_factor_over_the_api(ada: User, program: Caller) -> None:
    bob = makers.make_person("bob@acme.example")
    add_app(bob)
    factor = factors.of(bob)[0].id

    without = program.put(f"/v1/people/{bob.public_id}/factors/{factor}/removal", {})
    done = program.put(f"/v1/people/{bob.public_id}/factors/{factor}/removal", {"reason": "Lost."})

    assert without.status_code == 422
    assert (done.status_code, json_of(done)["factors"]) == (200, [])
    assert newest("identity.factor.removed")["details"]["kind"] == "totp"


def test_rules_go_through_the_api_with_their_versions(ada: User, program: Caller) -> None:
    made = program.post("/v1/mfa-policies", {"role": "admin", "required": "any", "grace_days": 7})
    at = made["Location"]
    changed = program.patch(at, {"required": "phishing_resistant"}, HTTP_IF_MATCH=made["ETag"])
    late = program.patch(at, {"required": "off"}, HTTP_IF_MATCH=made["ETag"])
    listed = program.get("/v1/mfa-policies?q=admin&required=phishing_resistant")
    gone = program.delete(at, HTTP_IF_MATCH=changed["ETag"])

    assert (made.status_code, json_of(made)["applies_to"], json_of(made)["grace_days"]) == (201, "role:admin", 7)
    assert (json_of(changed)["required"], json_of(changed)["grace_days"], changed["ETag"]) == ("phishing_resistant", 7, '"v2"')
    is_problem(late, status=412, kind="precondition-failed")
    assert [one["id"] for one in json_of(listed)["data"]] == [json_of(made)["id"]]
    assert (gone.status_code, MfaPolicy.objects.count()) == (204, 0)


def test_a_key_of_somebody_without_such_a_factor_cannot_ask_it_of_all(ada: User, program: Caller) -> None:
    answer = program.post("/v1/mfa-policies", {"required": "phishing_resistant"})

    is_problem(answer, status=409, kind="would-lock-yourself-out")
    assert MfaPolicy.objects.count() == 0


def test_removing_ones_own_factor_ends_what_stood_beside_it(ada: User) -> None:
    add_app(ada)
    actor = signed_in(ada)
    actions.make_recovery_codes(actor=actor)
    actions.trust_device(actor=actor)

    with recorded_once("identity.factor.removed"):
        actions.remove_factor(factor_of(ada), actor=actor)

    assert factors.of(ada) == []
    assert RecoveryCode.objects.filter(user=ada).count() == 0
    assert TrustedDevice.objects.filter(user=ada, revoked_at=None).count() == 0
    assert Session.objects.filter(user=ada, rotate_due=True).exists()


@pytest.mark.parametrize("act", ["remove", "codes", "enrol", "trust"])
def test_a_sensitive_act_asks_for_a_fresh_proof(ada: User, monkeypatch: pytest.MonkeyPatch, act: str) -> None:
    add_app(ada)
    actor = signed_in(ada)
    factor = factor_of(ada)
    acts: dict[str, Callable[[], object]] = {
        "remove": lambda: actions.remove_factor(factor, actor=actor),
        "codes": lambda: actions.make_recovery_codes(actor=actor),
        "enrol": lambda: actions.open_enrolment(actor=actor),
        "trust": lambda: actions.trust_device(actor=actor),
    }

    with later(monkeypatch, seconds=901), nothing_recorded(), pytest.raises(StepUpNeeded) as refusal:
        acts[act]()

    assert refusal.value.fields["within_s"] == 900
    assert len(factors.of(ada)) == 1


def test_the_password_is_no_fresh_proof_for_who_has_a_factor(ada: User) -> None:
    add_app(ada)
    actor = signed_in(ada, amr=("pwd",))

    with pytest.raises(StepUpNeeded):
        actions.make_recovery_codes(actor=actor)


def test_support_in_a_persons_name_adds_no_factor(ada: User) -> None:
    actor = makers.person_actor()
    visiting = actor.__class__(
        kind=actor.kind,
        id=actor.id,
        label=actor.label,
        tenant_id=actor.tenant_id,
        grants=actor.grants,
        session="",
        on_behalf_of=ada.public_id,
    )

    with pytest.raises((NotForSupport, FactorNeedsPerson)):
        actions.open_enrolment(actor=visiting)


def test_a_factor_of_somebody_else_is_not_found(ada: User) -> None:
    bob = makers.make_person("bob@acme.example")
    add_app(bob)

    with pytest.raises(FactorNotFound):
        actions.remove_factor(factor_of(bob), actor=signed_in(ada))

    assert len(factors.of(bob)) == 1


def test_nobody_takes_the_factors_of_who_may_more(ada: User) -> None:
    add_app(ada)
    helper = makers.person_actor(grants=frozenset({"write:identity.factors"}))

    with pytest.raises(BeyondOwnGrants):
        actions.remove_factor_of(ada.id, factor_id=factor_of(ada), reason="Please.", actor=helper)
    with pytest.raises(BeyondOwnGrants):
        actions.remove_factors_of(ada.id, reason="Please.", actor=helper)

    assert len(factors.of(ada)) == 1


def test_without_the_permission_nobody_takes_a_factor(ada: User) -> None:
    bob = makers.make_person("bob@acme.example", roles=())
    add_app(bob)

    with pytest.raises(Forbidden):
        actions.remove_factors_of(bob.id, reason="Please.", actor=makers.person_actor(grants=frozenset({"read:*"})))

    assert len(factors.of(bob)) == 1


def test_recovery_codes_are_ten_of_120_bits_stored_as_digests(ada: User) -> None:
    add_app(ada)

    codes = actions.make_recovery_codes(actor=signed_in(ada))

    stored = [bytes(row.code_hash) for row in RecoveryCode.objects.filter(user=ada)]
    assert (len(set(codes)), len(set(stored))) == (10, 10)
    assert {len(code.replace("-", "")) * 5 for code in codes} == {120}
    assert all(code.replace("-", "").encode() not in digest for code in codes for digest in stored)
    assert not any(code in str(recorded("identity.recovery_codes.made")) for code in codes)


def test_new_recovery_codes_end_the_old_ones(ada: User) -> None:
    add_app(ada)
    old = actions.make_recovery_codes(actor=signed_in(ada))
    actions.make_recovery_codes(actor=signed_in(ada))
    asked = challenged(EMAIL)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="recovery", given=Given(code=old[0]))

    assert recovery.remaining(ada) == 10


def test_a_recovery_code_works_once_and_is_told(ada: User) -> None:
    add_app(ada)
    code = actions.make_recovery_codes(actor=signed_in(ada))[3]
    outcome = entered(actions.prove_factor(challenged(EMAIL).token, kind="recovery", given=Given(code=code)))
    asked = challenged(EMAIL)

    with pytest.raises(FactorRefused):
        actions.prove_factor(asked.token, kind="recovery", given=Given(code=code))

    assert outcome.session.amr == ["pwd", "rec"]
    assert newest("identity.recovery_code.used")["details"] == {"remaining": 9}


def test_a_recovery_code_of_another_person_proves_nothing(ada: User) -> None:
    bob = makers.make_person("bob@acme.example")
    add_app(ada)
    add_app(bob)
    actions.make_recovery_codes(actor=signed_in(ada))
    code = actions.make_recovery_codes(actor=signed_in(bob))[0]

    with pytest.raises(FactorRefused):
        actions.prove_factor(challenged(EMAIL).token, kind="recovery", given=Given(code=code))

    assert recovery.remaining(bob) == 10


def test_without_a_factor_there_are_no_recovery_codes(ada: User) -> None:
    with pytest.raises(FactorNeeded):
        actions.make_recovery_codes(actor=signed_in(ada))


def run(*arguments: str) -> dict[str, Any]:
    """A command with `--json`; what it printed."""
    output = io.StringIO()
    call_command(*arguments, "--tenant", "acme", "--json", stdout=output)
    found: dict[str, Any] = orjson.loads(output.getvalue())
    return found


def test_the_command_shows_and_removes_factors(ada: User) -> None:
    add_app(ada)

    shown = run("factor", "list", EMAIL)
    rehearsed = run("factor", "clear", EMAIL, "--reason", "Lost.", "--dry-run")
    kept = len(factors.of(ada))
    removed = run("factor", "remove", EMAIL, shown["factors"][0]["id"], "--reason", "Lost.")

    assert [one["kind"] for one in shown["factors"]] == ["totp"]
    assert (rehearsed["removed"], rehearsed["dry_run"], kept) == (1, True, 1)
    assert (removed["removed"], factors.of(ada)) == (1, [])


def test_the_command_makes_changes_and_deletes_rules(ada: User) -> None:
    made = run(
        "mfa_policy",
        "create",
        "--role",
        "admin",
        "--required",
        "any",
        "--factor",
        "totp",
        "--factor",
        "webauthn",
        "--grace-days",
        "3",
        "--trusted-amr",
        "mfa",
    )
    changed = run("mfa_policy", "change", made["mfa_policy"]["id"], "--required", "phishing_resistant")
    listed = run("mfa_policy", "list", "--q", "admin")
    run("mfa_policy", "delete", made["mfa_policy"]["id"])

    assert (made["mfa_policy"]["allowed_factors"], made["mfa_policy"]["trusted_amr"]) == (["webauthn", "totp"], ["mfa"])
    assert (changed["mfa_policy"]["required"], changed["mfa_policy"]["grace_days"]) == ("phishing_resistant", 3)
    assert len(listed["mfa_policies"]) == 1
    assert MfaPolicy.objects.count() == 0
