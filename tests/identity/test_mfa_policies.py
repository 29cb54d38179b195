"""Rules about second factors: whom they are for, that the strictest counts, and that nobody locks themselves out."""

from datetime import timedelta
from typing import Any

import pytest

from identity import actions, factors, queries
from identity.actions import Challenged, Given, Terms
from identity.models import MfaPolicy, User
from identity.pipeline.deciding import decide
from identity.problems import FactorNeeded, FactorNotAllowed, InputInvalid, MfaPolicyLocksOut, MfaPolicyTaken
from kernel import clock
from kernel.problems import Forbidden, PreconditionFailed
from tests import makers
from tests.identity.authenticator import Authenticator
from tests.identity.factor_makers import add_app, challenged, code_of, entered, later, signed_in
from tests.identity.test_passkeys import HERE, add_passkey
from tests.identity.trail import newest, nothing_recorded

EMAIL = "ada@acme.example"


def rule(**terms: Any) -> MfaPolicy:
    """A rule that the operator makes; scope and terms by name."""
    scope = {name: terms.pop(name) for name in ("role", "team", "person") if name in terms}
    return actions.create_mfa_policy(Terms(**terms), **scope, actor=makers.OPERATOR)


@pytest.fixture
def ada() -> User:
    return makers.make_person(EMAIL, roles=("admin",))


def test_without_rules_nothing_is_asked(ada: User) -> None:
    asked = factors.requirement(ada)

    assert (asked.level, asked.grace_until, asked.remember_days) == ("off", None, 14)
    assert asked.allowed == frozenset(factors.KINDS)


@pytest.mark.parametrize("scope", [{}, {"role": "admin"}, {"team": "finance"}, {"person": EMAIL}])
def test_a_rule_applies_to_whom_it_names(ada: User, scope: dict[str, str]) -> None:
    team = actions.create_team("finance", label="Finance", actor=makers.OPERATOR)
    actions.add_team_members(team.id, members=[ada.public_id], actor=makers.OPERATOR)
    bob = makers.make_person("bob@acme.example")

    rule(required="any", **scope)

    assert factors.requirement(ada).level == "any"
    assert factors.requirement(bob).level == ("off" if scope else "any")


def test_the_trail_names_a_person_with_a_rule_by_their_id(ada: User) -> None:
    made = rule(required="any", person=EMAIL)
    actions.change_mfa_policy(made.id, terms=Terms(required="phishing_resistant"), actor=makers.OPERATOR)
    actions.delete_mfa_policy(made.id, actor=makers.OPERATOR)

    told = [newest(f"identity.mfa_policy.{what}")["details"] for what in ("created", "changed", "deleted")]

    assert [details["applies_to"] for details in told] == [f"person:{ada.public_id}"] * 3
    assert not any("sealed_fields" in details for details in told)


def test_of_all_rules_the_strictest_counts(ada: User) -> None:
    rule(required="any", allowed_factors=["totp", "webauthn", "recovery"], remember_days=30, grace_days=30)
    rule(required="phishing_resistant", role="admin", remember_days=7, grace_days=10)
    rule(required="off", person=EMAIL, remember_days=90)

    asked = factors.requirement(ada)

    assert (asked.level, asked.allowed, asked.remember_days) == ("phishing_resistant", frozenset({"webauthn"}), 7)


@pytest.mark.parametrize("other", [["sms"], ["webauthn", "recovery"]])
def test_rules_that_leave_nothing_to_add_leave_the_passkey(ada: User, settings: Any, other: list[str]) -> None:
    settings.SMS_PROVIDER, settings.SMS_COUNTRIES = "identity.sms_providers.outbox.send", ("DE",)
    rule(required="any", allowed_factors=["totp", "recovery"])
    rule(required="any", allowed_factors=other, role="admin")

    asked = challenged(EMAIL)

    assert factors.requirement(ada).allowed == frozenset({"webauthn"})
    assert (asked.must_enrol, asked.factors) == (True, ("webauthn",))


@pytest.mark.parametrize("kinds", [["recovery"], ["sms"], ["sms", "recovery"]])
def test_a_rule_that_takes_nothing_that_people_can_add_is_refused(ada: User, kinds: list[str]) -> None:
    with pytest.raises(InputInvalid) as refusal:
        rule(required="any", allowed_factors=kinds)

    assert refusal.value.fields["errors"] == [
        {"pointer": "/allowed_factors", "code": "none_to_add", "detail": "Name one that people can add here: webauthn, totp."}
    ]
    assert MfaPolicy.objects.count() == 0


def test_strictest_of_tenant_role_team_and_person_in_every_term(ada: User) -> None:
    team = actions.create_team("finance", label="Finance", actor=makers.OPERATOR)
    actions.add_team_members(team.id, members=[ada.public_id], actor=makers.OPERATOR)
    User.objects.filter(id=ada.id).update(mfa_grace_from=clock.now())
    ada.refresh_from_db()
    rule(
        required="any",
        allowed_factors=["webauthn", "totp", "recovery"],
        remember_days=30,
        grace_days=30,
        trusted_amr=["mfa", "hwk"],
    )
    rule(required="off", role="admin", allowed_factors=["webauthn", "totp"], remember_days=1)
    rule(
        required="any",
        team="finance",
        allowed_factors=["totp", "webauthn", "recovery"],
        remember_days=20,
        grace_days=4,
        trusted_amr=["mfa", "otp"],
    )
    last = rule(required="any", person=EMAIL, remember_days=25, grace_days=9, trusted_amr=["mfa"])

    asked = factors.requirement(ada)

    assert (asked.level, asked.allowed, asked.remember_days) == ("any", frozenset({"webauthn", "totp"}), 20)
    assert asked.trusted_amr == frozenset({"mfa"})
    assert asked.grace_until is not None
    assert asked.grace_until - last.created_at < timedelta(days=4, minutes=1)


@pytest.mark.parametrize(
    ("required", "trusted", "amr", "verdict"),
    [
        ("any", ["mfa"], ("idp:mfa",), "enter"),
        ("any", ["mfa"], ("idp:otp",), "enrol"),
        ("any", [], ("idp:mfa",), "enrol"),
        ("any", ["otp"], ("otp",), "enter"),
        ("phishing_resistant", ["hwk"], ("idp:hwk",), "enter"),
        ("phishing_resistant", ["mfa"], ("hwk",), "enter"),
        ("phishing_resistant", [], ("idp:hwk",), "enrol"),
    ],
)
def test_the_proof_of_a_provider_counts_where_all_rules_that_ask_name_it(
    ada: User, required: str, trusted: list[str], amr: tuple[str, ...], verdict: str
) -> None:
    rule(required="any", trusted_amr=["mfa", "otp", "hwk"])
    rule(required=required, trusted_amr=trusted, role="admin")

    found, _ = decide(factors.requirement(ada), held=frozenset(), usable=frozenset(), amr=amr)

    assert found == verdict


def test_a_rule_that_trusts_no_provider_outweighs_one_that_does(ada: User) -> None:
    rule(required="any", trusted_amr=["mfa"])
    rule(required="any", role="admin")
    rule(required="off", person=EMAIL)

    assert factors.requirement(ada).trusted_amr == frozenset()


def test_who_has_no_factor_sets_one_up_before_the_session_begins(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    rule(required="any")
    asked = challenged(EMAIL)
    actions.begin_factor(asked.token, kind="totp", name="Telephone")
    shown = actions.show_enrolment(asked.token, kind="totp", origin=HERE)
    assert shown.app is not None

    done = actions.complete_factor(asked.token, kind="totp", given=Given(code=code_of(shown.app.secret)))

    assert asked.must_enrol
    assert asked.factors[:2] == ("webauthn", "totp")
    assert entered(done.outcome).session.amr == ["pwd", "otp"]


def test_grace_begins_with_the_first_sign_in_and_ends(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    rule(required="any", grace_days=3)
    with later(monkeypatch, seconds=10 * 86_400):
        first = entered(actions.sign_in(EMAIL, password=makers.PASSWORD))
    with later(monkeypatch, seconds=12.9 * 86_400):
        second = entered(actions.sign_in(EMAIL, password=makers.PASSWORD))

    with later(monkeypatch, seconds=13.1 * 86_400):
        third = actions.sign_in(EMAIL, password=makers.PASSWORD)

    assert first.grace_until is not None
    assert second.grace_until == first.grace_until
    assert isinstance(third, Challenged)
    assert third.must_enrol


def test_what_can_be_phished_does_not_meet_a_rule_against_it(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    rule(required="phishing_resistant")
    asked = challenged(EMAIL)

    with later(monkeypatch, seconds=30):
        outcome = actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret)))

    assert isinstance(outcome, Challenged)
    assert (outcome.must_enrol, outcome.factors) == (True, ("webauthn",))


def test_a_factor_that_the_rules_do_not_take_is_not_looked_at(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    add_passkey(ada, Authenticator())
    rule(required="any", allowed_factors=["webauthn"])
    asked = challenged(EMAIL)

    with later(monkeypatch, seconds=30), pytest.raises(FactorNotAllowed) as refusal:
        actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret)))

    assert refusal.value.fields["allowed"] == ["webauthn"]


def test_a_rule_that_locks_its_author_out_is_refused(ada: User) -> None:
    actor = signed_in(ada)

    with nothing_recorded(), pytest.raises(MfaPolicyLocksOut):
        actions.create_mfa_policy(Terms(required="any"), actor=actor)

    assert MfaPolicy.objects.count() == 0


def test_the_author_may_give_grace_or_have_the_factor(ada: User) -> None:
    made = actions.create_mfa_policy(Terms(required="any", grace_days=7), actor=signed_in(ada))
    add_passkey(ada, Authenticator())
    actor = signed_in(ada, amr=("pwd",))
    with pytest.raises(Forbidden):  # the factor was not shown in this session
        actions.change_mfa_policy(made.id, terms=Terms(grace_days=0), actor=actor)

    changed = actions.change_mfa_policy(made.id, terms=Terms(required="phishing_resistant", grace_days=0), actor=makers.OPERATOR)

    assert (changed.required, changed.version) == ("phishing_resistant", 2)
    details = newest("identity.mfa_policy.changed")["details"]
    assert (details["old_required"], details["new_required"], details["old_grace_days"], details["new_grace_days"]) == (
        "any", "phishing_resistant", 7, 0,
    )  # fmt: skip


def test_the_trail_tells_which_proofs_of_a_provider_count(ada: User) -> None:
    made = rule(required="any", trusted_amr=["mfa"])
    told = newest("identity.mfa_policy.created")["details"]["trusted_amr"]
    actions.change_mfa_policy(made.id, terms=Terms(trusted_amr=["hwk", "mfa"]), actor=makers.OPERATOR)

    changed = newest("identity.mfa_policy.changed")["details"]

    assert told == ["mfa"]
    assert (changed["old_trusted_amr"], changed["new_trusted_amr"]) == (["mfa"], ["hwk", "mfa"])


def test_there_is_one_rule_for_each(ada: User) -> None:
    rule(required="any", role="admin")

    with pytest.raises(MfaPolicyTaken):
        rule(required="off", role="admin")

    assert MfaPolicy.objects.count() == 1


@pytest.mark.parametrize(
    ("terms", "pointer"),
    [
        ({"required": "often"}, "/required"),
        ({"allowed_factors": ["dna"]}, "/allowed_factors"),
        ({"grace_days": -1}, "/grace_days"),
        ({"grace_days": 91}, "/grace_days"),
        ({"remember_days": 91}, "/remember_days"),
        ({"allowed_aaguids": ["yubikey"]}, "/allowed_aaguids"),
        ({"trusted_amr": [""]}, "/trusted_amr"),
        ({"role": "nobody"}, "/role"),
        ({"team": "nobody"}, "/team"),
        ({"person": "nobody@acme.example"}, "/person"),
        ({"role": "admin", "team": "finance"}, "/role"),
    ],
)
def test_bad_terms_are_refused_by_name(ada: User, terms: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InputInvalid) as refusal:
        rule(**terms)

    assert refusal.value.fields["errors"][0]["pointer"] == pointer
    assert MfaPolicy.objects.count() == 0


def test_a_change_of_what_was_not_read_is_refused(ada: User) -> None:
    made = rule(required="off")

    with pytest.raises(PreconditionFailed):
        actions.change_mfa_policy(made.id, terms=Terms(required="any"), expected_version=7, actor=makers.OPERATOR)

    assert MfaPolicy.objects.get().required == "off"


def test_the_last_factor_that_the_rules_ask_for_stays(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = add_app(ada)
    rule(required="any")
    asked = challenged(EMAIL)
    with later(monkeypatch, seconds=30):
        outcome = entered(actions.prove_factor(asked.token, kind="totp", given=Given(code=code_of(secret))))
    found = queries.session_actor(outcome.session_token)
    assert found is not None

    with pytest.raises(FactorNeeded):
        actions.remove_factor(_id_of(ada), actor=found.actor)

    assert len(factors.of(ada)) == 1


def test_a_break_glass_account_always_needs_what_cannot_be_phished(ada: User) -> None:
    ada.is_break_glass = True

    asked = factors.requirement(ada)

    assert (asked.level, asked.allowed, asked.remember_days) == ("phishing_resistant", frozenset({"webauthn"}), 0)


def _id_of(person: User) -> Any:
    return factors.shown.devices(person)[0].id
