"""Off-boarding as a matrix: on whatever way access ends, nothing that was given out lets anybody in any more; and what comes back, and what not."""

from datetime import timedelta

import pytest

from identity import actions, queries
from identity.models import ApiKey, Invitation, PasswordReset, Session, SignInAttempt, SigningKey, TrustedDevice, User
from identity.problems import InputInvalid
from kernel import clock
from tests import makers
from tests.identity import leaving, signing
from tests.identity.leaving import CREDENTIALS, OPEN, WAYS, Ground
from tests.identity.trail import newest, nothing_recorded

MATRIX = [
    (way, credential)
    for way in WAYS
    for credential in CREDENTIALS
    if WAYS[way].takes_invited or not CREDENTIALS[credential].invited
]
RETURNING = [way for way in WAYS if WAYS[way].returns_keys]


@pytest.fixture
def scene() -> Ground:
    return leaving.ground()


def test_the_matrix_is_large_enough() -> None:
    assert len(MATRIX) >= 100


@pytest.mark.parametrize(("way", "credential"), MATRIX)
def test_nothing_lets_a_person_in_whose_access_ended(way: str, credential: str, scene: Ground) -> None:
    given = CREDENTIALS[credential]
    person = leaving.leaver(given)
    ask = given.give(person)

    WAYS[way].end(person, scene)

    assert ask() == leaving.expected(WAYS[way], given)


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_every_credential_of_the_matrix_lets_in_before(credential: str, scene: Ground) -> None:
    given = CREDENTIALS[credential]
    person = leaving.leaver(given)

    ask = given.give(person)

    assert ask() == OPEN


@pytest.mark.parametrize("way", [way for way in WAYS if WAYS[way].shuts_out])
def test_the_password_lets_nobody_in_whose_access_ended(way: str, scene: Ground) -> None:
    person = makers.make_person(leaving.LEAVER, roles=("admin",))

    WAYS[way].end(person, scene)

    assert leaving.told(lambda: actions.sign_in(person.email, password=makers.PASSWORD)) == "sign-in-refused"


@pytest.mark.parametrize("way", RETURNING)
def test_whoever_comes_back_has_the_keys_that_ended_with_them_and_no_others(way: str, scene: Ground) -> None:
    person = makers.make_person(leaving.LEAVER, roles=("admin",))
    actor = makers.actor_of(person)
    living, by_hand, expired = (
        actions.create_api_key(name, scopes=leaving.SCOPES, actor=actor) for name in ("living", "by hand", "expired")
    )
    signer = signing.made(living.key)
    actions.revoke_api_key(by_hand.key.id, reason="It leaked.", actor=scene.actor)
    WAYS[way].end(person, scene)
    ApiKey.objects.filter(id=expired.key.id).update(expires_at=clock.now() - timedelta(seconds=1))

    _bring_back(person, scene)

    assert leaving.answered({"HTTP_AUTHORIZATION": f"Bearer {living.secret}"}) == OPEN
    assert leaving.answered(signing.headers(signer, "GET", "/v1/me")) == OPEN
    assert leaving.answered({"HTTP_AUTHORIZATION": f"Bearer {by_hand.secret}"}) == "api-key-refused"
    assert leaving.answered({"HTTP_AUTHORIZATION": f"Bearer {expired.secret}"}) == "api-key-refused"
    assert leaving.key_of(person, "by hand").revoke_reason == "It leaked."
    assert leaving.key_of(person, "expired").revoke_reason == "owner_deactivated"
    details = newest("identity.invitation.accepted")["details"]
    assert (details["status"], details["keys_restored"], details["signing_keys_restored"]) == ("active", 1, 1)


@pytest.mark.parametrize(
    "credential",
    ["session", "page", "trusted_device", "pending_sign_in", "step_up", "password_reset", "made_reset", "sent_invitation"],
)
def test_what_a_browser_had_stays_dead_when_the_person_comes_back(credential: str, scene: Ground) -> None:
    given = CREDENTIALS[credential]
    person = leaving.leaver(given)
    ask = given.give(person)
    WAYS["api"].end(person, scene)

    _bring_back(person, scene)

    assert ask() == (given.kept or given.refused)


@pytest.mark.parametrize("credential", ["api_key", "signing_key"])
def test_keys_work_again_after_a_suspension(credential: str, scene: Ground) -> None:
    person = leaving.leaver(CREDENTIALS[credential])
    ask = CREDENTIALS[credential].give(person)
    WAYS["suspended"].end(person, scene)

    actions.resume_person(person.id, actor=scene.actor)

    assert ask() == OPEN


def test_a_key_that_is_revoked_by_hand_while_its_owner_is_away_does_not_come_back(scene: Ground) -> None:
    person = makers.make_person(leaving.LEAVER, roles=("admin",))
    created = actions.create_api_key("own", scopes=leaving.SCOPES, actor=makers.actor_of(person))
    WAYS["api"].end(person, scene)
    actions.revoke_api_key(created.key.id, reason="It leaked.", actor=scene.actor)

    _bring_back(person, scene)

    assert leaving.answered({"HTTP_AUTHORIZATION": f"Bearer {created.secret}"}) == "api-key-refused"


def test_a_signing_key_that_is_revoked_by_hand_while_its_owner_is_away_does_not_come_back(scene: Ground) -> None:
    person = makers.make_person(leaving.LEAVER, roles=("admin",))
    key = actions.create_api_key("own", scopes=leaving.SCOPES, actor=makers.actor_of(person)).key
    signer = signing.made(key)
    WAYS["api"].end(person, scene)
    actions.revoke_signing_key(key.id, signing_key_id=signer.key.id, reason="It leaked.", actor=scene.actor)

    _bring_back(person, scene)

    assert leaving.signers_of(key.id) == ["It leaked."]
    assert leaving.answered(signing.headers(signer, "GET", "/v1/me")) == "signature-refused"


def test_nobody_marks_a_key_for_return_by_its_reason(scene: Ground) -> None:
    person = makers.make_person(leaving.LEAVER, roles=("admin",))
    created = actions.create_api_key("own", scopes=leaving.SCOPES, actor=makers.actor_of(person))

    with nothing_recorded(), pytest.raises(InputInvalid):
        actions.revoke_api_key(created.key.id, reason=" owner_deactivated ", actor=scene.actor)

    assert leaving.key_of(person, "own").revoked_at is None


def test_a_restored_copy_brings_no_key_back_with_its_owner(scene: Ground) -> None:
    person = makers.make_person(leaving.LEAVER, roles=("admin",))
    created = actions.create_api_key("own", scopes=leaving.SCOPES, actor=makers.actor_of(person))
    WAYS["api"].end(person, scene)
    WAYS["restored_copy"].end(person, scene)

    _bring_back(person, scene)

    assert leaving.answered({"HTTP_AUTHORIZATION": f"Bearer {created.secret}"}) == "api-key-refused"
    assert leaving.key_of(person, "own").revoke_reason == "restored from bak_1"


def test_the_epoch_alone_ends_what_the_cascade_does_not_know_of(scene: Ground) -> None:
    person = makers.make_person(leaving.LEAVER, roles=("admin",))
    asks = {name: CREDENTIALS[name].give(person) for name in ("session", "page", "password_reset")}

    User.objects.filter(id=person.id).update(epoch=person.epoch + 1)

    assert {name: ask() for name, ask in asks.items()} == {name: CREDENTIALS[name].refused for name in asks}


def test_the_entry_of_a_deactivation_counts_all_that_ended(scene: Ground) -> None:
    person = makers.make_person(leaving.LEAVER, roles=("admin",))
    for name in (
        "session",
        "api_key",
        "signing_key",
        "sent_invitation",
        "password_reset",
        "made_reset",
        "step_up",
        "pending_sign_in",
        "pending_enrolment",
    ):
        CREDENTIALS[name].give(person)

    WAYS["api"].end(person, scene)

    assert newest("identity.person.deactivated")["details"] == {
        "reason": "Left.",
        "source": "admin",
        "sessions_ended": 2,
        "trusted_devices_ended": 0,
        "sign_ins_ended": 3,
        "password_resets_ended": 2,
        "keys_revoked": 2,
        "signing_keys_revoked": 1,
        "invitations_revoked": 1,
    }
    assert _living(person) == 0


def _bring_back(person: User, scene: Ground) -> None:
    """Invite a deactivated person back, who chooses the password that they had; the invitation is the only way."""
    token = actions.renew_invitation(person.id, actor=scene.actor).invitation_token
    actions.accept_invitation(token, password=makers.PASSWORD, name="")
    assert queries.person(person.id).status == "active"


def _living(person: User) -> int:
    """How many rows of all kinds are still living."""
    return (
        Session.objects.filter(user=person, revoked_at=None).count()
        + TrustedDevice.objects.filter(user=person, revoked_at=None).count()
        + SignInAttempt.objects.filter(user=person, consumed_at=None).count()
        + PasswordReset.objects.filter(user=person, used_at=None, revoked_at=None).count()
        + ApiKey.objects.filter(owner=person, revoked_at=None).count()
        + SigningKey.objects.filter(api_key__owner=person, revoked_at=None).count()
        + PasswordReset.objects.filter(issued_by=person.public_id, used_at=None, revoked_at=None).count()
        + Invitation.objects.filter(invited_by=person.public_id, accepted_at=None, revoked_at=None).count()
    )
