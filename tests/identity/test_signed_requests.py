"""Signed requests at the door: which keys sign, for whom, each signature once, alone and beside the API key."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest

from identity import actions, queries, redis_client, request_signing
from identity.actions.signing_keys import CreatedSigningKey
from identity.models import ApiKey, SigningKey
from identity.problems import NoncesUnavailable, SigningKeyMissing
from identity.request_signing import profile
from identity.request_signing.faults import Unacceptable
from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.caller import Caller
from tests.identity import signing
from tests.identity.answers import is_problem, json_of
from tests.identity.trail import newest, nothing_recorded
from tests.wire import traced

REFUSED = "identity.signing_key.refused"
ME = "/v1/me"
ROLE = b'{"name":"signers","label":"Signers","permissions":["read:audit.entries"]}'
BOTH = pytest.mark.parametrize("algorithm", ["hmac-sha256", "ed25519"])


@pytest.fixture
def made_key() -> actions.Created:
    return makers.make_key()


@pytest.fixture
def api_key(made_key: actions.Created) -> ApiKey:
    return made_key.key


@pytest.fixture
def signer(api_key: ApiKey) -> CreatedSigningKey:
    return signing.made(api_key)


@BOTH
def test_a_signature_alone_says_who_asks(algorithm: str, api_key: ApiKey, client: Caller) -> None:
    signer = signing.made(api_key, algorithm=algorithm)

    answer = client.get(ME, **signing.headers(signer, "GET", ME))

    assert answer.status_code == 200
    assert json_of(answer)["id"] == api_key.public_id


@BOTH
def test_a_body_is_signed_with_its_digest(algorithm: str, api_key: ApiKey, client: Caller) -> None:
    signer = signing.made(api_key, algorithm=algorithm)

    answer = client.post("/v1/roles", ROLE, **signing.headers(signer, "POST", "/v1/roles", body=ROLE))

    assert answer.status_code == 201
    assert newest("identity.role.created")["actor"]["id"] == api_key.public_id


def test_the_query_is_signed_as_it_is_sent(signer: CreatedSigningKey, client: Caller) -> None:
    path = "/v1/roles?q=a%20b&limit=5"

    assert client.get(path, **signing.headers(signer, "GET", path)).status_code == 200
    is_problem(client.get(path, **signing.headers(signer, "GET", "/v1/roles?q=a+b&limit=5")), status=401, kind="signature-refused")


def test_a_signature_works_once(signer: CreatedSigningKey, client: Caller) -> None:
    headers = signing.headers(signer, "GET", ME)
    assert client.get(ME, **headers).status_code == 200

    again = client.get(ME, **headers)

    is_problem(again, status=401, kind="signature-refused")
    assert newest(REFUSED)["details"] == {"key_id": signer.key.key_id, "reason": "replayed"}
    assert newest(REFUSED)["outcome"] == "denied"
    assert newest(REFUSED)["subject"]["id"] == signer.key.public_id


def test_a_nonce_belongs_to_its_key(api_key: ApiKey) -> None:
    first, second = signing.made(api_key), signing.made(api_key)
    moment = int(clock.now().timestamp())
    claims = [
        profile.Claim((), "", moment, moment + 60, "n" * 16, created.key.key_id, "hmac-sha256", b"") for created in (first, second)
    ]

    for claim in claims:
        request_signing.nonces.take(claim, now_s=moment)

    with pytest.raises(Unacceptable):
        request_signing.nonces.take(claims[0], now_s=moment)


def test_without_redis_nothing_signed_is_let_in(signer: CreatedSigningKey, client: Caller, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    is_problem(client.get(ME, **signing.headers(signer, "GET", ME)), status=503, kind="nonces-unavailable")


def test_a_redis_that_lost_what_it_held_lets_in_only_what_was_signed_later(signer: CreatedSigningKey, client: Caller) -> None:
    headers = signing.headers(signer, "GET", ME)
    assert client.get(ME, **headers).status_code == 200
    names = list(redis_client.client().scan_iter(match="freehold:identity:*nonce*"))
    assert len(names) == 2
    redis_client.client().delete(*names)

    replayed = client.get(ME, **headers)

    is_problem(replayed, status=503, kind="nonces-unavailable")
    assert replayed["Retry-After"] == "60"
    later = profile.Claim((), "", int(clock.now().timestamp()) + 60, 0, "n" * 16, signer.key.key_id, "hmac-sha256", b"")
    request_signing.nonces.take(later, now_s=later.created)


def test_the_algorithm_is_the_keys_and_not_the_requests(api_key: ApiKey) -> None:
    ours = signing.made(api_key, algorithm="ed25519")
    # The confusion: whoever knows the public key signs with it as if it were an HMAC secret.
    public = signing.PAIR.public_key().public_bytes_raw()
    forged = signing.client.signed_headers(
        "GET",
        f"http://{signing.HOST}{ME}",
        key_id=ours.key.key_id,
        sign=lambda message: signing.client.hmac.digest(public, message, "sha256"),
        algorithm="hmac-sha256",
    )

    assert signing.refusal_of(signing.message({signing.WSGI[name]: value for name, value in forged.items()})) == "algorithm"


def test_the_secret_of_another_key_signs_nothing(api_key: ApiKey) -> None:
    first, second = signing.made(api_key), signing.made(api_key)
    mixed = CreatedSigningKey(key=first.key, secret=second.secret)

    assert signing.refusal_of(signing.message(signing.headers(mixed, "GET", ME))) == "wrong_signature"


def test_a_sealed_secret_works_in_its_own_row_only(api_key: ApiKey) -> None:
    first, second = signing.made(api_key), signing.made(api_key)
    SigningKey.objects.filter(id=first.key.id).update(sealed_secret=second.key.sealed_secret)
    mixed = CreatedSigningKey(key=first.key, secret=second.secret)

    assert signing.refusal_of(signing.message(signing.headers(mixed, "GET", ME))) == "unsealable"


def test_an_unknown_key_and_one_of_another_tenant_are_refused(signer: CreatedSigningKey, globex: TenantRef) -> None:
    message = signing.message(signing.headers(signer, "GET", ME))
    SigningKey.objects.all().delete()

    assert signing.refusal_of(message) == "unknown"
    with tenancy.activate(globex, purpose=Purpose.REQUEST), traced(tenancy.current_alias()) as messages:
        assert signing.refusal_of(message) == "foreign_tenant"
        assert not any("identity_signing_key" in text for text in messages)


def test_a_revoked_and_an_expired_key_sign_nothing(api_key: ApiKey) -> None:
    revoked, expired = signing.made(api_key), signing.made(api_key)
    actions.revoke_signing_key(api_key.id, signing_key_id=revoked.key.id, reason="leaked", actor=makers.OPERATOR)
    SigningKey.objects.filter(id=expired.key.id).update(expires_at=clock.now())

    assert signing.refusal_of(signing.message(signing.headers(revoked, "GET", ME))) == "revoked"
    assert signing.refusal_of(signing.message(signing.headers(expired, "GET", ME))) == "key_expired"


def test_with_the_api_key_its_signing_keys_end(api_key: ApiKey, signer: CreatedSigningKey, client: Caller) -> None:
    actions.revoke_api_key(api_key.id, reason="leaked", actor=makers.OPERATOR)

    is_problem(client.get(ME, **signing.headers(signer, "GET", ME)), status=401, kind="api-key-refused")
    assert newest("identity.api_key.refused")["details"]["reason"] == "revoked"


def test_an_owner_who_is_suspended_signs_nothing(api_key: ApiKey, signer: CreatedSigningKey, client: Caller) -> None:
    assert api_key.owner is not None
    makers.make_person("other@acme.example", roles=("owner",))
    actions.suspend_person(api_key.owner.id, reason="gone", actor=makers.OPERATOR)

    is_problem(client.get(ME, **signing.headers(signer, "GET", ME)), status=401, kind="api-key-refused")


def test_a_key_that_must_be_signed_is_not_enough_alone(made_key: actions.Created, client: Caller) -> None:
    client.key = made_key.secret
    signer = signing.made(made_key.key)
    limits = actions.KeyLimits(requires_signature=True)
    actions.change_api_key(made_key.key.id, limits=limits, actor=makers.OPERATOR)

    is_problem(client.get(ME), status=401, kind="api-key-refused")
    assert newest("identity.api_key.refused")["details"]["reason"] == "not_signed"
    assert client.get(ME, **signing.headers(signer, "GET", ME)).status_code == 200


def test_signatures_are_not_asked_for_while_there_is_nothing_to_sign_with(made_key: actions.Created) -> None:
    limits = actions.KeyLimits(requires_signature=True)
    ended = signing.made(made_key.key).key
    actions.revoke_signing_key(made_key.key.id, signing_key_id=ended.id, reason="over", actor=makers.OPERATOR)

    with nothing_recorded(), pytest.raises(SigningKeyMissing):
        actions.change_api_key(made_key.key.id, limits=limits, actor=makers.OPERATOR)

    assert not queries.api_key(made_key.key.id).requires_signature


def test_the_bearer_key_must_be_the_one_that_is_signed_for(root: Caller) -> None:
    other = signing.made(makers.make_key(email="other@acme.example").key)

    is_problem(root.get(ME, **signing.headers(other, "GET", ME)), status=401, kind="api-key-refused")
    assert newest("identity.api_key.refused")["details"]["reason"] == "signed_by_another"


def test_a_wrong_bearer_key_is_not_saved_by_a_right_signature(signer: CreatedSigningKey, client: Caller) -> None:
    client.key = "fh_garbled"

    is_problem(client.get(ME, **signing.headers(signer, "GET", ME)), status=401, kind="api-key-refused")


def test_a_signature_cannot_do_more_than_its_api_key(client: Caller) -> None:
    signer = signing.made(makers.make_key(scopes=("read:identity.people",)).key)

    assert client.get("/v1/people", **signing.headers(signer, "GET", "/v1/people")).status_code == 200
    assert client.get("/v1/roles", **signing.headers(signer, "GET", "/v1/roles")).status_code == 403


def test_a_signed_request_is_found_by_one_message(signer: CreatedSigningKey) -> None:
    queries.signed_actor(signing.message(signing.headers(signer, "GET", ME)))

    with traced(tenancy.current_alias()) as messages:
        queries.signed_actor(signing.message(signing.headers(signer, "GET", ME)))

    assert len(messages) == 1
    assert 'EXECUTE "identity_signing_key' in messages[0]


def test_a_replaced_key_hands_its_signing_keys_over(made_key: actions.Created, client: Caller) -> None:
    signer, ended = signing.made(made_key.key), signing.made(made_key.key).key
    actions.revoke_signing_key(made_key.key.id, signing_key_id=ended.id, reason="over", actor=makers.OPERATOR)
    actions.change_api_key(made_key.key.id, limits=actions.KeyLimits(requires_signature=True), actor=makers.OPERATOR)

    new = actions.rotate_api_key(made_key.key.id, overlap_hours=1, actor=makers.OPERATOR)

    assert new.key.requires_signature
    assert list(queries.signing_keys(new.key.id)) == [signer.key]
    assert list(queries.signing_keys(made_key.key.id)) == [ended]
    assert newest("identity.api_key.rotated")["details"]["signing_keys"] == [signer.key.public_id]
    for secret in ("", new.secret, made_key.secret):
        client.key = secret
        assert client.get(ME, **signing.headers(signer, "GET", ME)).status_code == 200
    for secret in (new.secret, made_key.secret):
        client.key = secret
        is_problem(client.get(ME), status=401, kind="api-key-refused")


def test_beside_a_signing_key_that_was_handed_over_the_old_secret_ends_with_its_overlap(
    made_key: actions.Created, client: Caller
) -> None:
    signer = signing.made(made_key.key)
    client.key = made_key.secret

    second = actions.rotate_api_key(made_key.key.id, overlap_hours=0, actor=makers.OPERATOR)

    is_problem(client.get(ME, **signing.headers(signer, "GET", ME)), status=401, kind="api-key-refused")
    assert newest("identity.api_key.refused")["details"]["reason"] == "revoked"
    client.key = second.secret
    actions.rotate_api_key(second.key.id, actor=makers.OPERATOR)
    assert client.get(ME, **signing.headers(signer, "GET", ME)).status_code == 200


@pytest.mark.parametrize(
    "spoilt",
    [{"query": "name=\u00fc"}, {"method": "GET\u00fc"}, {"content_digest": "sha-256=:\u00fc:"}, {"host": "\u00fc.localhost"}],
)
def test_parts_that_no_client_can_sign_are_refused(spoilt: dict[str, str], signer: CreatedSigningKey) -> None:
    message = signing.message(signing.headers(signer, "POST", ME, body=b"{}"), method="POST", body=b"{}")

    assert signing.refusal_of(replace(message, **spoilt)) == "malformed"  # type: ignore[arg-type]


def test_of_sixteen_who_send_one_signature_at_once_one_is_let_in(signer: CreatedSigningKey, acme: TenantRef) -> None:
    claim = signing.message(signing.headers(signer, "GET", ME)).claim()
    start = Barrier(16)

    def send(_: int) -> bool:
        with tenancy.activate(acme, purpose=Purpose.REQUEST), suppress(Unacceptable):
            start.wait(timeout=30)
            request_signing.nonces.take(claim, now_s=clock.now().timestamp())
            return True
        return False

    with ThreadPoolExecutor(16) as pool:
        let_in = list(pool.map(send, range(16)))

    assert let_in.count(True) == 1


def test_refused_signatures_change_nothing(signer: CreatedSigningKey, client: Caller) -> None:
    headers = signing.headers(signer, "GET", "/v1/roles")
    with nothing_recorded():
        client.get("/v1/roles", **headers)

    answer = client.post("/v1/roles", ROLE, **headers)

    assert answer.status_code == 401
    assert not queries.roles(q="signers").exists()


def test_nothing_is_let_in_that_says_nonces_cannot_be_looked_up() -> None:
    assert NoncesUnavailable.status == 503
