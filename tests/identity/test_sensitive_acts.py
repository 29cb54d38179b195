"""Every act of identity, once: those that ask for a fresh proof, tried with one that is too old, and those that ask for none, with the reason.

A new action belongs into one of the two lists.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from identity import actions, queries
from identity.actions import Terms
from identity.bulk.reading import Row
from identity.models import ApiKey, Session, User, WebAuthnCredential
from identity.problems import NotForSupport, StepUpNeeded
from kernel import ids
from kernel.actors import Actor
from tests import makers
from tests.identity.answers import is_problem
from tests.identity.authenticator import Authenticator
from tests.identity.factor_makers import add_app, signed_in
from tests.identity.policies import HOURS
from tests.identity.test_passkeys import add_passkey
from tests.identity.trail import nothing_recorded

EMAIL, OTHER = "ada@acme.example", "bob@acme.example"
LONG_AGO = "2026-01-01T00:00:00Z"
MAKER = makers.OPERATOR


@dataclass(frozen=True, slots=True)
class Scene:
    """An owner whose proof is old, with a factor, and somebody beside them with a passkey."""

    actor: Actor
    owner: User
    other: User

    @property
    def own_factor(self) -> UUID:
        """The owner's app."""
        return _id(queries.factors_of(self.owner)[0].id)

    @property
    def others_factor(self) -> UUID:
        """The passkey of the other."""
        return WebAuthnCredential.objects.get(user=self.other).id

    @property
    def key(self) -> ApiKey:
        """An API key of the owner."""
        return actions.create_api_key("A key", scopes=["*"], expires_in_days=1, owner_id=self.owner.id, actor=MAKER).key

    @property
    def signing_key(self) -> tuple[UUID, UUID]:
        """A signing key of a service account's API key, as the ids of both."""
        account = actions.create_service_account("robot", label="Robot", actor=MAKER)
        key = actions.create_api_key("Robot's", scopes=["*"], expires_in_days=1, service_account_id=account.id, actor=MAKER).key
        made = actions.create_signing_key(key.id, name="Signs", algorithm="hmac-sha256", expires_in_days=1, actor=MAKER).key
        return key.id, made.id

    @property
    def rule(self) -> UUID:
        """A rule about second factors."""
        return actions.create_mfa_policy(Terms(required="off"), actor=MAKER).id

    @property
    def draft(self) -> UUID:
        """A policy that is not in force."""
        return actions.create_policy("hours", text=HOURS, actor=MAKER).id

    @property
    def policy(self) -> UUID:
        """One that is."""
        return actions.enable_policy(self.draft, actor=MAKER).id

    @property
    def network(self) -> UUID:
        """An allowed network."""
        return actions.add_network("192.0.2.0/24", actor=MAKER).id

    @property
    def emergency(self) -> UUID:
        """An armed account for emergencies."""
        actions.mark_break_glass(self.other.id, actor=MAKER)
        return actions.arm_break_glass(self.other.id, hours=1, reason="A test.", actor=MAKER).id

    @property
    def owners(self) -> UUID:
        """A team that owns the tenant."""
        team = actions.create_team("owners", label="Owners", actor=MAKER)
        actions.grant_role(team.public_id, role_id=_role("owner"), actor=MAKER)
        actions.add_team_members(team.id, members=[self.owner.public_id], actor=MAKER)
        return team.id

    @property
    def rows(self) -> list[Row]:
        """A file of one person."""
        return [Row(1, {"email": "new@acme.example", "name": "New"})]

    def role_with(self, *permissions: str) -> UUID:
        """A role of the tenant's own."""
        return actions.create_role("helper", label="Helper", permissions=list(permissions), actor=MAKER).id


def _id(shown: str) -> UUID:
    return ids.parse(shown.partition("_")[0], shown)


def _role(name: str) -> UUID:
    return queries.roles().get(name=name).id


Act = Callable[[Scene], Callable[[], object]]


def act(action: str, *given: Any, **terms: Any) -> Act:
    """An action with what it is given; what is a function is asked of the scene, before the act."""

    def prepared(scene: Scene) -> Callable[[], object]:
        values = [one(scene) if callable(one) else one for one in given]
        named = {key: value(scene) if callable(value) else value for key, value in terms.items()}
        return lambda: getattr(actions, action)(*values, **named, actor=scene.actor)

    return prepared


SENSITIVE: dict[str, Act] = {
    # What one signs in with.
    "change_password": act("change_password", makers.PASSWORD, replacement="another long sentence 42"),
    "issue_password_reset": act("issue_password_reset", lambda on: on.other.id),
    "open_enrolment": act("open_enrolment"),
    "remove_factor": act("remove_factor", lambda on: on.own_factor),
    "remove_factor_of": act("remove_factor_of", lambda on: on.other.id, factor_id=lambda on: on.others_factor, reason="Lost."),
    "remove_factors_of": act("remove_factors_of", lambda on: on.other.id, reason="Lost."),
    "make_recovery_codes": act("make_recovery_codes"),
    "trust_device": act("trust_device"),
    # Keys.
    "create_api_key": act("create_api_key", "Mine", scopes=["*"]),
    "change_api_key": act("change_api_key", lambda on: on.key.id, name="Other"),
    "rotate_api_key": act("rotate_api_key", lambda on: on.key.id),
    "create_signing_key": act("create_signing_key", lambda on: on.key.id, name="Signs", algorithm="hmac-sha256"),
    "rotate_signing_key": lambda on: _rotating_of(on, *on.signing_key),
    "start_rotation": act("start_rotation"),
    "begin_rotation": act("begin_rotation"),
    # Who may do what, and from where.
    "create_mfa_policy": act("create_mfa_policy", Terms(required="off")),
    "change_mfa_policy": act("change_mfa_policy", lambda on: on.rule, terms=Terms(remember_days=1)),
    "delete_mfa_policy": act("delete_mfa_policy", lambda on: on.rule),
    "create_policy": act("create_policy", "hours", text=HOURS),
    "change_policy": act("change_policy", lambda on: on.draft, description="Other."),
    "delete_policy": act("delete_policy", lambda on: on.draft),
    "enable_policy": act("enable_policy", lambda on: on.draft),
    "disable_policy": act("disable_policy", lambda on: on.policy),
    "set_policy_timezone": act("set_policy_timezone", "Europe/Vienna"),
    "change_role": act("change_role", lambda on: on.role_with("read:audit.entries"), permissions=["*"]),
    "add_network": act("add_network", "0.0.0.0/0"),
    "remove_network": act("remove_network", lambda on: on.network),
    "clear_networks": act("clear_networks", reason="A test."),
    "change_security": act("change_security", {"step_up_s": 86_400}),
    # Owners.
    "add_person": act("add_person", "new@acme.example", "New", ["owner"]),
    "change_person": act("change_person", lambda on: on.other.id, role_names=["owner"]),
    "grant_role": act("grant_role", lambda on: on.other.public_id, role_id=lambda _on: _role("owner")),
    "withdraw_role": act("withdraw_role", lambda on: on.owner.bindings.get(role__name="owner").id),
    "add_team_members": act("add_team_members", lambda on: on.owners, members=lambda on: [on.other.public_id]),
    "remove_team_member": act("remove_team_member", lambda on: on.owners, member=lambda on: on.owner.public_id),
    # Accounts for emergencies, acting as others, many at once.
    "mark_break_glass": act("mark_break_glass", lambda on: on.other.id),
    "unmark_break_glass": act("unmark_break_glass", lambda on: on.emergency),
    "arm_break_glass": act("arm_break_glass", lambda on: on.emergency, hours=2, reason="A test."),
    "disarm_break_glass": act("disarm_break_glass", lambda on: on.emergency),
    "allow_visit": act("allow_visit", "globex", email="gus@globex.example", minutes=5, reason="A test."),
    "start_bulk": act("start_bulk", "invite", rows=lambda on: on.rows),
    "rehearse_bulk": act("rehearse_bulk", "invite", rows=lambda on: on.rows),
}
ENDS = "ends something: stopping a leak must not wait"
NOTHING_GAINED = "gives nobody anything that they did not have"
PROGRAM = "is done by the product itself"
HARMLESS = {
    "begin_step_up": "is the asking",
    "step_up": "is the answer",
    "renew_session_token": "the same session under another token",
    "look_at_person": "changes nothing",
    "change_profile": "one's own name, language and time zone",
    "rename_factor": "a name",
    "execute_bulk": "asks as `start_bulk`: see below",
    "undo_bulk": "the same",
    **dict.fromkeys(
        [
            "revoke_api_key", "revoke_signing_key", "report_leaked_keys", "revoke_invitation", "revoke_trusted_device", "end_session", "end_sessions",
            "end_other_sessions", "end_visits", "suspend_person", "deactivate_person", "suspend_service_account", "deactivate_service_account",
        ],
        ENDS,
    ),
    **dict.fromkeys(
        [
            "create_role", "delete_role", "create_team", "change_team", "delete_team", "create_service_account", "change_service_account",
            "resume_service_account", "resume_person", "renew_invitation", "change_seats",
        ],
        NOTHING_GAINED,
    ),
    **dict.fromkeys(
        [
            "end_access", "end_inactive", "remind_inactive", "fill_seats", "install_builtin_roles", "issue_asked_reset", "retire_replaced_keys",
            "reseal_home", "rewrap_data_keys", "settle_secrets", "tidy_attempts", "tidy_expired_roles", "work_on_bulk", "work_on_rotation",
        ],
        PROGRAM,
    ),
}  # fmt: skip


def _rotating_of(scene: Scene, key_id: UUID, signing_key_id: UUID) -> Callable[[], object]:
    return lambda: actions.rotate_signing_key(key_id, signing_key_id=signing_key_id, actor=scene.actor)


@pytest.fixture
def scene() -> Scene:
    owner = makers.make_person(EMAIL, roles=("owner",))
    other = makers.make_person(OTHER)
    add_app(owner)
    add_passkey(other, Authenticator())
    actor = signed_in(owner)
    Session.objects.update(proved_at=LONG_AGO, mfa_at=LONG_AGO)
    return Scene(actor=actor, owner=owner, other=other)


def acting() -> set[str]:
    """The names of the actions that know who acts."""
    found = {name: getattr(actions, name) for name in actions.__all__}
    return {name for name, one in found.items() if inspect.isfunction(one) and "actor" in inspect.signature(one).parameters}


def test_every_action_stands_in_one_of_the_lists() -> None:
    assert acting() == SENSITIVE.keys() | HARMLESS.keys()
    assert SENSITIVE.keys() & HARMLESS.keys() == set()


@pytest.mark.parametrize("name", SENSITIVE)
def test_a_sensitive_act_asks_for_a_fresh_proof_and_does_nothing(scene: Scene, name: str) -> None:
    do = SENSITIVE[name](scene)

    with nothing_recorded(), pytest.raises(StepUpNeeded) as refusal:
        do()

    assert refusal.value.fields["within_s"] == 900


@pytest.mark.parametrize("name", sorted(SENSITIVE.keys() - {"allow_visit", "start_rotation", "begin_rotation"}))
def test_nobody_does_a_sensitive_act_while_they_act_for_somebody(scene: Scene, name: str) -> None:
    visiting = replace(scene, actor=replace(scene.actor, on_behalf_of=scene.owner.public_id, session=""))
    do = SENSITIVE[name](visiting)

    with nothing_recorded(), pytest.raises(NotForSupport):
        do()


@pytest.mark.parametrize("name", ["revoke_trusted_device", "rename_factor", "end_other_sessions"])
def test_what_ends_something_or_names_it_asks_for_nothing(scene: Scene, name: str) -> None:
    fresh = signed_in(scene.owner)
    actions.trust_device(actor=fresh)
    acts: dict[str, Callable[[], object]] = {
        "revoke_trusted_device": lambda: actions.revoke_trusted_device(
            queries.trusted_devices(scene.owner).get().id, actor=scene.actor
        ),
        "rename_factor": lambda: actions.rename_factor(scene.own_factor, name="Other", actor=scene.actor),
        "end_other_sessions": lambda: actions.end_other_sessions(actor=scene.actor),
    }

    acts[name]()

    assert name in HARMLESS


DOORS: tuple[tuple[str, str, Any, str, dict[str, str]], ...] = (
    ("post", "/v1/me/factor-enrolments", {"kind": "totp"}, "/account/factors/new/totp", {"name": "Telephone"}),
    ("post", "/v1/me/recovery-codes", None, "/account/recovery-codes", {}),
    ("post", "/v1/mfa-policies", {"required": "off"}, "/security/mfa/new", {"applies_to": "everybody", "required": "off", "grace_days": "0", "remember_days": "0"}),
    ("post", "/v1/networks", {"cidr": "192.0.2.0/24"}, "/security/networks/new", {"cidr": "192.0.2.0/24"}),
)  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "page", "form"), DOORS, ids=[door[1] for door in DOORS])
def test_each_door_says_how_to_go_on(method: str, path: str, body: Any, page: str, form: dict[str, str]) -> None:
    makers.make_person(EMAIL, roles=("owner",))
    browser = Client(HTTP_HOST="acme.localhost")
    browser.post("/sign-in", {"email": EMAIL, "password": makers.PASSWORD})
    Session.objects.update(proved_at=LONG_AGO)

    over_the_api = getattr(browser, method)(path, body, content_type="application/json")
    in_the_console = browser.post(page, form)

    is_problem(over_the_api, status=403, kind="step-up-needed")
    assert in_the_console.status_code == 302
    assert in_the_console["Location"].startswith("/step-up?next=")
