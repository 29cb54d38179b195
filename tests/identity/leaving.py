"""The two tables of off-boarding: what lets a person in, and the ways on which their access ends. One line for each that is added later."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pyotp
from django.core.management import call_command

from identity import actions, attempts, queries
from identity.bulk.kinds import Kind
from identity.bulk.reading import Row
from identity.factors import totp, trusted
from identity.factors.given import Given
from identity.models import ApiKey, MfaPolicy, SeatPolicy, Session, SigningKey, User
from identity.pipeline import Challenged
from kernel import clock
from kernel.actors import Actor
from kernel.problems import Problem
from tests import makers
from tests.caller import Caller
from tests.console.browser import Browser
from tests.identity import signing
from tests.identity.answers import json_of

LEAVER = "leaver@acme.example"
SCOPES = ["read:*", "write:*"]
BOSS = "boss@acme.example"
OPEN = ""
"""What a credential answers that lets its holder in."""
SECOND_FACTOR = "a second factor is asked for"


@dataclass(frozen=True, slots=True)
class Ground:
    """An owner who acts by every door: with `key` at the API, in a browser at the console, as `actor` in commands and files."""

    boss: User
    actor: Actor
    key: str

    def api(self, method: str, path: str) -> None:
        """One request with a reason, as the owner."""
        response = Caller(host="acme.localhost", key=self.key).call(method, path, {"reason": "Left."})
        assert response.status_code == 200

    def form(self, path: str) -> None:
        """One form with a reason, as the owner, who signs in for it."""
        response = Browser().signed_in(BOSS).post(path, {"reason": "Left."})
        assert response.status_code == 302, response.content


def ground() -> Ground:
    """An owner with a key."""
    boss = makers.make_person(BOSS, roles=("owner",))
    actor = makers.actor_of(boss)
    return Ground(boss=boss, actor=actor, key=actions.create_api_key("boss", scopes=["*"], actor=actor).secret)


Ask = Callable[[], str]


@dataclass(frozen=True, slots=True)
class Credential:
    """`give` gives a person something that lets them in and returns how to ask whether it still does.

    `refused` is the type of the problem afterwards, `barred` the one where the thing itself was left and only its holder is kept out, and `kept` the
    one where people stay and only what was given out ends. `invited` marks what only a person has who has not come in yet.
    """

    give: Callable[[User], Ask]
    refused: str
    barred: str = ""
    kept: str = ""
    invited: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How access ends.

    `shuts_out` is false where people keep their state, `bars` true where their keys are left for their return, `takes_invited` where it meets
    people who never came in, and `returns_keys` where keys come back with them.
    """

    end: Callable[[User, Ground], None]
    takes_invited: bool = True
    shuts_out: bool = True
    bars: bool = False
    returns_keys: bool = False


def told(call: Callable[[], object]) -> str:
    """What a call answers: the type of its refusal, or OPEN."""
    try:
        outcome = call()
    except Problem as problem:
        return problem.type
    return SECOND_FACTOR if isinstance(outcome, Challenged) else OPEN


def answered(headers: dict[str, str]) -> str:
    """What `GET /v1/me` answers to these headers."""
    response = Caller(host="acme.localhost").get("/v1/me", **headers)
    return OPEN if response.status_code == 200 else str(json_of(response)["type"]).removeprefix("/problems/")


def _session(person: User) -> Ask:
    token = makers.signed_in(person.email).session_token
    return lambda: answered({"HTTP_COOKIE": f"freehold_session={token}"})


def _page(person: User) -> Ask:
    browser = Browser().signed_in(person.email)
    return lambda: OPEN if browser.get("/account").status_code == 200 else "sign-in"


def _key(person: User) -> ApiKey:
    return actions.create_api_key("own", scopes=SCOPES, actor=makers.actor_of(person)).key


def _api_key(person: User) -> Ask:
    secret = actions.create_api_key("own", scopes=SCOPES, actor=makers.actor_of(person)).secret
    return lambda: answered({"HTTP_AUTHORIZATION": f"Bearer {secret}"})


def _replaced_key(person: User) -> Ask:
    created = actions.create_api_key("own", scopes=SCOPES, actor=makers.actor_of(person))
    actions.rotate_api_key(created.key.id, actor=makers.actor_of(person))
    return lambda: answered({"HTTP_AUTHORIZATION": f"Bearer {created.secret}"})


def _signing_key(person: User) -> Ask:
    made = signing.made(_key(person))
    return lambda: answered(signing.headers(made, "GET", "/v1/me"))


def _own_invitation(person: User) -> Ask:
    token = actions.renew_invitation(person.id, actor=makers.OPERATOR).invitation_token
    return lambda: told(lambda: queries.invitation(token))


def _sent_invitation(person: User) -> Ask:
    token = actions.add_person("friend@acme.example", "Friend", [], actor=makers.actor_of(person)).invitation_token
    return lambda: told(lambda: queries.invitation(token))


def _invitation_by_key(person: User) -> Ask:
    secret = actions.create_api_key("own", scopes=SCOPES, actor=makers.actor_of(person)).secret
    token = actions.add_person("friend@acme.example", "Friend", [], actor=queries.key_actor(secret)).invitation_token
    return lambda: told(lambda: queries.invitation(token))


def _password_reset(person: User) -> Ask:
    token = actions.issue_password_reset(person.id, actor=makers.OPERATOR).token
    return lambda: told(lambda: actions.reset_password(token, password="another long password 5"))


def _made_reset(person: User) -> Ask:
    friend = makers.make_person("fellow@acme.example", roles=("member",))
    token = actions.issue_password_reset(friend.id, actor=makers.actor_of(person)).token
    return lambda: told(lambda: queries.password_reset(token))


def _trusted_device(person: User) -> Ask:
    _app(person)
    _, token = trusted.trust(person, days=30, amr=("pwd", "otp"))
    return lambda: told(lambda: actions.sign_in(person.email, password=makers.PASSWORD, trusted_device=token))


def _pending_sign_in(person: User) -> Ask:
    app = _app(person)
    outcome = actions.sign_in(person.email, password=makers.PASSWORD)
    assert isinstance(outcome, Challenged)
    return lambda: told(lambda: actions.prove_factor(outcome.token, kind="totp", given=Given(code=_next_code(app))))


def _pending_enrolment(person: User) -> Ask:
    begun = attempts.begin(attempts.Purpose.ENROL, user=person, proofs=["pwd"])
    return lambda: told(lambda: actions.begin_factor(begun.token, kind="totp", name="Telephone"))


def _step_up(person: User) -> Ask:
    token = makers.signed_in(person.email).session_token
    found = queries.session_actor(token)
    assert found is not None
    begun = actions.begin_step_up(actor=found.actor)
    return lambda: told(lambda: actions.step_up(begun, kind="password", given=Given(), password=makers.PASSWORD, actor=found.actor))


def _password(person: User) -> Ask:
    return lambda: told(lambda: actions.sign_in(person.email, password=makers.PASSWORD))


def _app(person: User) -> pyotp.TOTP:
    """An authenticator app of the person, whose browser may be trusted for 30 days."""
    MfaPolicy.objects.create(user=person, required="any", remember_days=30)
    app = pyotp.TOTP(totp.start(person, name="Telephone", issuer="Acme").secret)
    totp.confirm(person, Given(code=app.at(clock.now())))
    return app


def _next_code(app: pyotp.TOTP) -> str:
    return app.at(clock.now() + timedelta(seconds=30))


def expected(way: Way, credential: Credential) -> str:
    """What a credential answers at the end of a way."""
    if way.bars and credential.barred:
        return credential.barred
    return credential.kept if credential.kept and not way.shuts_out else credential.refused


CREDENTIALS: dict[str, Credential] = {
    "session": Credential(_session, "unauthenticated"),
    "page": Credential(_page, "sign-in"),
    "api_key": Credential(_api_key, "api-key-refused"),
    "replaced_key": Credential(_replaced_key, "api-key-refused"),
    "signing_key": Credential(_signing_key, "signature-refused", barred="api-key-refused"),
    "own_invitation": Credential(_own_invitation, "invitation-not-found", invited=True),
    "sent_invitation": Credential(_sent_invitation, "invitation-not-found"),
    "invitation_by_key": Credential(_invitation_by_key, "invitation-not-found"),
    "password_reset": Credential(_password_reset, "password-reset-not-found"),
    "made_reset": Credential(_made_reset, "password-reset-not-found"),
    "trusted_device": Credential(_trusted_device, "sign-in-refused", kept=SECOND_FACTOR),
    "pending_sign_in": Credential(_pending_sign_in, "sign-in-attempt-ended"),
    "pending_enrolment": Credential(_pending_enrolment, "sign-in-attempt-ended"),
    "step_up": Credential(_step_up, "sign-in-attempt-ended"),
}


def _bulk(kind: Kind) -> Callable[[User, Ground], None]:
    def end(person: User, ground: Ground) -> None:
        run = actions.start_bulk(kind, rows=[Row(1, {"email": person.email})], reason="Left.", actor=ground.actor)
        assert run.operation_id is not None
        actions.work_on_bulk(run.operation_id, actor=makers.OPERATOR)

    return end


def _command(verb: str) -> Callable[[User, Ground], None]:
    def end(person: User, _: Ground) -> None:
        call_command("person", verb, person.email, "--tenant", "acme", "--reason", "Left.", "--json", stdout=io.StringIO())

    return end


def _no_seat(person: User, ground: Ground) -> None:
    """The person was away, and their seat is somebody else's now."""
    actions.suspend_person(person.id, reason="Away.", actor=ground.actor)
    SeatPolicy.objects.update_or_create(id=1, defaults={"maximum": 1, "rule": "queue"})
    assert actions.resume_person(person.id, actor=ground.actor).status == "waiting"


def _inactivity(person: User, _: Ground) -> None:
    """The person was not seen for ninety days; afterwards their sessions are no longer too old, so that it is not their age that ends them."""
    long_ago = clock.now() - timedelta(days=90)
    User.objects.filter(id=person.id).update(status_at=long_ago, last_login_at=long_ago)
    Session.objects.filter(user=person).update(last_seen_at=long_ago)
    ended = actions.end_inactive(days=60, actor=Actor.system("task:test"))
    assert [user.id for user in ended.suspended] == [person.id]
    Session.objects.filter(user=person).update(last_seen_at=clock.now())


def _restored(person: User, ground: Ground) -> None:
    actions.end_access(kept_keys=frozenset(), reason="restored from bak_1", actor=makers.OPERATOR)


WAYS: dict[str, Way] = {
    "api": Way(lambda person, ground: ground.api("PUT", f"/v1/people/{person.public_id}/deactivation"), returns_keys=True),
    "console": Way(lambda person, ground: ground.form(f"/people/{person.public_id}/deactivation"), returns_keys=True),
    "command": Way(_command("deactivate"), returns_keys=True),
    "file": Way(_bulk(Kind.DEACTIVATE), returns_keys=True),
    "suspended": Way(lambda person, ground: ground.api("PUT", f"/v1/people/{person.public_id}/suspension"), bars=True),
    "suspended_by_file": Way(_bulk(Kind.SUSPEND), bars=True),
    "no_seat": Way(_no_seat, takes_invited=False, bars=True),
    "inactivity": Way(_inactivity, takes_invited=False, bars=True),
    "restored_copy": Way(_restored, shuts_out=False),
}


def leaver(credential: Credential) -> User:
    """The person who will leave: an administrator, or somebody who was only invited."""
    if credential.invited:
        return actions.add_person(LEAVER, "Leaver", ["admin"], actor=makers.OPERATOR).person
    return makers.make_person(LEAVER, roles=("admin",))


def key_of(person: User, name: str) -> ApiKey:
    """The person's key of this name, as it is now."""
    return ApiKey.objects.get(owner=person, name=name)


def signers_of(key_id: UUID) -> list[str]:
    """Why each of the signing keys of an API key is revoked; empty texts for those that are not."""
    return list(SigningKey.objects.filter(api_key=key_id).order_by("id").values_list("revoke_reason", flat=True))
