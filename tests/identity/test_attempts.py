"""What has begun and is not complete: ten minutes, one use, five failures, one epoch."""

from datetime import datetime, timedelta

import pytest

from identity import actions, attempts, lifecycle
from identity.attempts import Purpose
from identity.models import PasswordReset, SignInAttempt, User
from identity.problems import AttemptEnded
from kernel import clock, tenancy
from kernel.actors import Actor
from kernel.tenancy import TenantRef
from tests import makers


@pytest.fixture
def ada() -> User:
    return makers.make_person("ada@acme.example", roles=("admin",))


def _at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_an_attempt_is_found_by_its_token_and_purpose(ada: User) -> None:
    begun = attempts.begin(Purpose.SIGN_IN, user=ada, proofs=("pwd",), method="password", return_path="/people/")

    found = attempts.find(begun.token, purpose=Purpose.SIGN_IN)

    assert (found.id, found.user, found.proofs, found.method, found.return_path) == (
        begun.attempt.id, ada, ["pwd"], "password", "/people/",
    )  # fmt: skip
    assert begun.token.encode() not in bytes(SignInAttempt.objects.get(id=found.id).token_hash)


@pytest.mark.parametrize("token", ["", "x", "a" * 43, "a" * 44, "é" * 43, "a" * 42 + "\0"])
def test_other_texts_are_no_attempt(token: str, ada: User) -> None:
    attempts.begin(Purpose.SIGN_IN, user=ada)

    with pytest.raises(AttemptEnded):
        attempts.find(token, purpose=Purpose.SIGN_IN)


def test_an_attempt_of_another_purpose_is_none(ada: User) -> None:
    token = attempts.begin(Purpose.STEP_UP, user=ada).token

    with pytest.raises(AttemptEnded):
        attempts.find(token, purpose=Purpose.SIGN_IN)
    assert attempts.find(token, purpose=[Purpose.SIGN_IN, Purpose.STEP_UP])


def test_an_attempt_lives_ten_minutes(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    token = attempts.begin(Purpose.SIGN_IN, user=ada).token

    _at(begun + timedelta(seconds=599), monkeypatch)
    assert attempts.find(token, purpose=Purpose.SIGN_IN)

    _at(begun + timedelta(seconds=600), monkeypatch)
    with pytest.raises(AttemptEnded):
        attempts.find(token, purpose=Purpose.SIGN_IN)


def test_an_attempt_is_used_once(ada: User) -> None:
    begun = attempts.begin(Purpose.SIGN_IN, user=ada)

    attempts.consume(begun.attempt)

    with pytest.raises(AttemptEnded):
        attempts.consume(begun.attempt)
    with pytest.raises(AttemptEnded):
        attempts.find(begun.token, purpose=Purpose.SIGN_IN)


def test_the_fifth_failure_ends_an_attempt(ada: User) -> None:
    begun = attempts.begin(Purpose.SIGN_IN, user=ada)
    for _ in range(4):
        attempts.note_failure(begun.attempt)
    assert attempts.find(begun.token, purpose=Purpose.SIGN_IN)

    attempts.note_failure(begun.attempt)

    with pytest.raises(AttemptEnded):
        attempts.find(begun.token, purpose=Purpose.SIGN_IN)


@pytest.mark.parametrize("ending", ["suspended", "deactivated", "signed out everywhere"])
def test_what_ends_access_ends_what_has_begun(ending: str, ada: User, owner: Actor) -> None:
    token = attempts.begin(Purpose.SIGN_IN, user=ada).token

    if ending == "suspended":
        actions.suspend_person(ada.id, reason="a reason", actor=owner)
    elif ending == "deactivated":
        actions.deactivate_person(ada.id, reason="a reason", actor=owner)
    else:
        lifecycle.end_sessions(User.objects.get(id=ada.id), reason="a reason")

    with pytest.raises(AttemptEnded):
        attempts.find(token, purpose=Purpose.SIGN_IN)


def test_an_attempt_of_one_tenant_is_none_in_another(ada: User, globex: TenantRef) -> None:
    token = attempts.begin(Purpose.SIGN_IN, user=ada).token

    with tenancy.activate(globex, purpose=tenancy.Purpose.REQUEST), pytest.raises(AttemptEnded):
        attempts.peek(token, purpose=Purpose.SIGN_IN)


def test_what_has_been_over_for_a_day_is_deleted_and_what_lives_stays(ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = clock.now()
    _at(begun, monkeypatch)
    attempts.begin(Purpose.SIGN_IN, user=ada)
    actions.issue_password_reset(ada.id, actor=makers.OPERATOR)
    deleted = []
    for hours in (24, 24.5, 25):  # the sign-in lives for ten minutes, the link for an hour
        _at(begun + timedelta(hours=hours), monkeypatch)
        deleted.append(actions.tidy_attempts(actor=makers.OPERATOR))
    living = attempts.begin(Purpose.SIGN_IN, user=ada).attempt

    assert deleted == [0, 1, 1]
    assert actions.tidy_attempts(actor=makers.OPERATOR) == 0
    assert list(SignInAttempt.objects.values_list("id", flat=True)) == [living.id]
    assert not PasswordReset.objects.exists()
