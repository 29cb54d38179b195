"""Each built-in rule finds what it is for, and leaves alone what only looks like it; through recorded, sealed and watched entries."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from audit import actions, events, queries
from audit.alerts import builtin, reading
from audit.models import Alert, Entry
from identity import events as identity
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from operations import events as operations
from tests import makers
from tests.audit.alerting import NOON, STARTED, act, found, moment, person, tell, watched
from tests.audit.conftest import seal
from tests.audit.tampering import tampering

Story = Callable[[], object]


@pytest.fixture(autouse=True)
def quiet() -> None:
    """What the making of the tenant left behind is watched already."""
    watched()
    Alert.objects.all().delete()


def refused(*, times: int, subject: str = "usr_a", address: str = "192.0.2.1", label: str = "a@acme.example") -> int:
    for _ in range(times):
        event = identity.SessionRefused(subject=subject, subject_label=label, reason="wrong_password")
        tell(event, actor=actions.ANONYMOUS, address=address, outcome=actions.DENIED)
    return times


def denied(*, times: int) -> int:
    for number in range(times):
        event = events.RequestRefused(subject=person().id, action=f"GET /{number}", problem="forbidden", detail="Ask.")
        tell(event, actor=person(), outcome=actions.DENIED)
    return times


def let_in(subject: str = "usr_a") -> UUID:
    return tell(replace(STARTED, subject=subject))


def given(roles: list[str], *, to: str) -> UUID:
    event = identity.PersonChanged(
        subject=to, old_name="A", new_name="A", old_attributes={}, new_attributes={}, roles_added=roles, roles_removed=[]
    )
    return tell(event, actor=person())


def granted(role: str, *, to: str) -> UUID:
    event = identity.RoleGranted(subject="rol_1", role=role, holder=to, old_expires_at="", new_expires_at="", binding="bnd_1")
    return tell(event, actor=person())


def put_into_a_team(*members: str, roles: list[str]) -> UUID:
    return tell(identity.TeamMembersAdded(subject="tem_1", team="t", members=list(members), roles=roles), actor=person())


def duty(old: str, new: str, *, outcome: str = actions.SUCCESS) -> UUID:
    event = identity.MfaPolicyChanged(
        subject="mfa_1", applies_to="everybody", old_required=old, new_required=new, old_allowed_factors=[], new_allowed_factors=[],
        old_allowed_aaguids=[], new_allowed_aaguids=[], old_grace_days=0, new_grace_days=0, old_remember_days=0, new_remember_days=0,
        old_trusted_amr=[], new_trusted_amr=[],
    )  # fmt: skip
    return tell(event, actor=person(), outcome=outcome)


def duty_removed(required: str = "any") -> UUID:
    return tell(identity.MfaPolicyDeleted(subject="mfa_1", applies_to="everybody", required=required), actor=person())


def factor_removed(*, outcome: str = actions.SUCCESS) -> UUID:
    return tell(identity.FactorRemoved(subject="usr_a", factor="fac_1", kind="totp", reason=""), actor=person(), outcome=outcome)


def all_factors_removed() -> UUID:
    event = identity.FactorsRemoved(subject="usr_a", kinds=["totp"], recovery_codes=10, devices=0, sessions_ended=1, reason="Lost")
    return tell(event, actor=person())


def key_made(*, on_behalf_of: str = "") -> UUID:
    made = identity.KeyCreated(subject="key_1", key_id="k", owner=person().id, scopes=["read:*"], expires_at="")
    return tell(made, actor=person(on_behalf_of=on_behalf_of))


def key_replaced_by_support() -> UUID:
    event = identity.KeyRotated(
        subject="key_1", key_id="k", replacement="key_2", replacement_key_id="k2", overlap_until="", expires_at="", signing_keys=[]
    )
    return tell(event, actor=person(on_behalf_of="usr_z"))


def exported(*, times: int) -> int:
    for number in range(times):
        tell(events.ExportStarted(subject=f"exp_{number}", format="csv", filters={}, until_seq=9), actor=person())
        tell(events.ExportFinished(subject=f"exp_{number}", format="csv", row_count=1, size_bytes=1, sha256=""), actor=person())
    return times


def evidence_taken(number: int, *, by: Actor) -> UUID:
    taken = events.EvidenceTaken(
        subject=f"exp_{number}", first_seq=1, last_seq=9, entries=9, size_bytes=1, sha256="", readable=True
    )
    return tell(taken, actor=by)


def left(*, times: int, same_person: bool = True) -> int:
    for number in range(times):
        event = identity.PersonDeactivated(
            subject=f"usr_{number}", reason="", source="admin", sessions_ended=0, trusted_devices_ended=0, sign_ins_ended=0,
            password_resets_ended=0, keys_revoked=0, signing_keys_revoked=0, invitations_revoked=0,
        )  # fmt: skip
        tell(event, actor=person(1 if same_person else number + 1))
    return times


def channel_changed(*, target_changed: bool) -> UUID:
    event = events.ChannelChanged(
        subject="chn_1", old_target="a", new_target="b" if target_changed else "a", old_from_severity=3, new_from_severity=3,
        old_most_per_hour=30, new_most_per_hour=30, target_changed=target_changed,
    )  # fmt: skip
    return tell(event)


def stream_changed(*fields: str, outcome: str = actions.SUCCESS) -> UUID:
    return tell(events.StreamChanged(subject="stm_1", fields=list(fields), target="siem.example.com"), outcome=outcome)


def asked_to_lift() -> UUID:
    return tell(events.HoldLiftAsked(subject="hld_1", reason="Closed"))


STORIES: dict[str, tuple[Story, Story]] = {
    "brute-force-account": (lambda: refused(times=8), lambda: refused(times=7)),
    "brute-force-address": (
        lambda: [refused(times=2, subject=f"usr_{n}", label=f"{n}@acme.example") for n in range(10)],
        lambda: [refused(times=2, subject=f"usr_{n}", address=f"192.0.2.{n}") for n in range(10)],
    ),
    "password-spraying": (
        lambda: [refused(times=1, subject="", label=f"{n}@acme.example") for n in range(5)],
        lambda: refused(times=7),
    ),
    "success-after-failures": (
        lambda: (refused(times=5), let_in()),
        lambda: (refused(times=5), let_in("usr_b"), refused(times=4, subject="usr_c"), let_in("usr_c")),
    ),
    "privilege-escalation": (
        lambda: given(["owner"], to=person().id),
        lambda: (
            given(["owner"], to="usr_other"),
            given([], to=person().id),
            granted("owner", to="usr_other"),
            granted("member", to="tem_1"),
            put_into_a_team("usr_other", "svc_1", roles=["owner"]),
            put_into_a_team("usr_other", person().id, roles=[]),
            tell(identity.RoleCreated(subject="rol_1", role="r", permissions=["read:*", "write:webhooks.*"]), actor=person()),
        ),
    ),
    "sign-in-weakened": (
        factor_removed,
        lambda: (
            tell(identity.FactorAdded(subject="usr_a", factor="fac_1", kind="totp"), actor=person()),
            factor_removed(outcome=actions.DENIED),
            tell(identity.DeviceUntrusted(subject="usr_a", device="tdv_1"), actor=person()),
            duty("off", "any"),
            duty("off", "off"),
            duty("any", "phishing_resistant"),
            duty("any", "any"),
            duty("any", "off", outcome=actions.DENIED),
        ),
    ),
    "key-by-support": (lambda: key_made(on_behalf_of="usr_z"), key_made),
    "mass-export": (lambda: exported(times=5), lambda: exported(times=4)),
    "mass-deletion": (lambda: left(times=20), lambda: left(times=20, same_person=False)),
    "log-settings-changed": (
        lambda: stream_changed("format"),
        lambda: (
            tell(events.StreamTested(subject="stm_1", target="siem.example.com", answer="")),
            tell(events.StreamRecovered(subject="stm_1", target="siem.example.com", attempts=3)),
            stream_changed("format", outcome=actions.DENIED),
            tell(events.AlertClosed(subject="alt_1", rule="r", number=1, note="")),
        ),
    ),
    "legal-hold-lifted": (
        lambda: tell(events.HoldLifted(subject="hld_1", asked_by="usr_a", reason="Closed", copies=0)),
        lambda: (
            tell(events.HoldLiftRefused(subject="hld_1", asked_by="usr_a")),
            tell(
                events.HoldPlaced(
                    subject="hld_1", matter="M", reason="R", actor="", about="", action="", since="", until="", entries=1
                )
            ),
        ),
    ),
    "verification-failed": (
        lambda: act("audit.chain.verified", checked=9, broken_at=4),
        lambda: actions.verify_chain(actor=makers.person_actor()),
    ),
    "denied-burst": (lambda: denied(times=10), lambda: (denied(times=9), refused(times=7))),
    "break-glass": (
        lambda: tell(identity.BreakGlassUsed(subject=person().id, session="ses_1"), actor=person()),
        lambda: (
            let_in(),
            tell(identity.BreakGlassMarked(subject="usr_a"), actor=person()),
            tell(identity.BreakGlassArmed(subject="usr_a", until="", reason="A drill"), actor=person()),
        ),
    ),
    "secret-exported": (
        lambda: tell(operations.SecretRead(subject="op_1", kind="tenants.provision")),
        lambda: tell(events.SigningKeyRotated(subject="key_1", epoch=1, old_verifier="a", new_verifier="b")),
    ),
    "webhook-target-changed": (
        lambda: tell(events.ChannelCreated(subject="chn_1", kind="webhook", target="siem.example.com", from_severity=3)),
        lambda: (
            act("webhooks.endpoint.paused"),
            channel_changed(target_changed=False),
            stream_changed("name"),
            stream_changed("settings", outcome=actions.FAILURE),
        ),
    ),
}  # fmt: skip
OTHERWISE = {"admin-new-country", "checkpoint-not-anchored", "dormant-account", "impossible-travel", "off-hours-admin"}
"""Told in `test_builtin_times`: they need places, days or the clock."""


@pytest.mark.parametrize("key", sorted(STORIES))
def test_the_rule_finds_what_it_is_for(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        STORIES[key][0]()

        (alert,) = found(key)

    assert alert.severity == reading.read(builtin.texts()[key]).severity
    assert alert.number == 1
    assert queries.entries_of(alert)


@pytest.mark.parametrize("key", sorted(STORIES))
def test_the_rule_leaves_alone_what_only_looks_like_it(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        STORIES[key][1]()

        assert found(key) == []


def test_every_built_in_rule_has_a_story() -> None:
    assert set(STORIES) | OTHERWISE == set(builtin.texts())
    assert len(builtin.texts()) == 21


def test_an_act_of_the_operators_people_within_a_tenant_raises_the_rule_about_keys() -> None:
    event = events.ActedInTenant(subject="ten_1", tenant="acme", action="identity.api_key.created", entry="ent_1")
    other = events.ActedInTenant(subject="ten_1", tenant="acme", action="identity.api_key.revoked", entry="ent_2")

    tell(other, actor=person(2))
    tell(event, actor=person(1))

    assert [alert.group for alert in found("key-by-support")] == [f"actor.id={person(1).id}"]


def test_evidence_counts_as_taken_out_and_what_a_job_made_of_it_does_not() -> None:
    for number in range(5):
        evidence_taken(number, by=Actor.system("task:audit.evidence"))
    assert found("mass-export") == []
    for number in range(5):
        evidence_taken(number, by=person())

    assert [alert.group for alert in found("mass-export")] == [f"actor.id={person().id}"]


@pytest.mark.parametrize(("times", "number"), [(299, 0), (300, 1)])
def test_three_hundred_looks_are_found(times: int, number: int) -> None:
    for place in range(times):
        tell(events.EntryRead(subject=f"ent_{place}"), actor=person())

    assert len(found("mass-export")) == number


@pytest.mark.parametrize(
    ("story", "key"),
    [
        (lambda: stream_changed("name", "settings"), "webhook-target-changed"),
        (lambda: stream_changed("filters"), "webhook-target-changed"),
        (lambda: channel_changed(target_changed=True), "webhook-target-changed"),
        (asked_to_lift, "legal-hold-lifted"),
        (lambda: granted("member", to=person().id), "privilege-escalation"),
        (lambda: granted("owner", to="tem_1"), "privilege-escalation"),
        (lambda: granted("owner", to="svc_1"), "privilege-escalation"),
        (lambda: put_into_a_team("usr_other", person().id, roles=["auditor"]), "privilege-escalation"),
        (key_replaced_by_support, "key-by-support"),
        (all_factors_removed, "sign-in-weakened"),
        (duty_removed, "sign-in-weakened"),
        (lambda: duty("any", "off"), "sign-in-weakened"),
        (lambda: duty("phishing_resistant", "off"), "sign-in-weakened"),
        (lambda: duty("phishing_resistant", "any"), "sign-in-weakened"),
        (lambda: tell(STARTED, actor=replace(person(), auth_method="break_glass")), "break-glass"),
        (lambda: tell(events.SigningKeyRotated(subject="key_1", epoch=1, old_verifier="a", new_verifier="b")), "log-settings-changed"),
    ],
)  # fmt: skip
def test_the_other_ways_of_it_are_found_too(story: Story, key: str) -> None:
    story()

    assert len(found(key)) == 1


def test_a_log_that_does_not_hold_raises_the_rule_about_it(sealed: list[Entry], acme: TenantRef, owner: Actor) -> None:
    with tampering() as execute:
        execute("UPDATE audit_entry SET canonical = replace(canonical, 'thing_2', 'thing_9') WHERE id = %s", sealed[2].pk)

    actions.verify_chain(actor=owner)
    seal(acme)

    (alert,) = found("verification-failed")
    assert (alert.group, alert.severity) == ("action=audit.verification.failed", 5)


def test_every_built_in_rule_says_what_people_need() -> None:
    for key, text in builtin.texts().items():
        rule = reading.read(text)
        assert len(rule.description) > 40, key
        assert rule.falsepositives, key
        assert rule.response, key


def test_a_wildcard_role_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with moment(monkeypatch, NOON):
        tell(identity.RoleChanged(subject="rol_1", role="r", old_permissions=["read:*"], new_permissions=["*"]), actor=person())

        assert len(found("privilege-escalation")) == 1
