"""Signing keys: who may make them, what is kept of them, how they are replaced and end; through actions, REST and the command."""

import base64
import io
from datetime import timedelta
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.core.management import call_command

from identity import actions, queries
from identity.models import ApiKey, SigningKey
from identity.problems import (
    BeyondOwnGrants,
    InputInvalid,
    KeyEnded,
    KeyNeedsOwner,
    KeyNotFound,
    SigningKeyEnded,
    SigningKeyNotFound,
    TooManySigningKeys,
)
from identity.request_signing import key_texts, public_keys
from kernel import clock, ids
from kernel.actors import Actor
from kernel.problems import Forbidden, PreconditionFailed
from kernel.tenancy import TenantRef
from tests import makers
from tests.caller import Caller
from tests.identity import signing
from tests.identity.answers import is_problem, json_of
from tests.identity.trail import newest, nothing_recorded, recorded_once

PEM = signing.PAIR.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
PRIVATE_PEM = signing.PAIR.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
OTHER_PEM = generate_private_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.fixture
def made_key() -> actions.Created:
    return makers.make_key()


@pytest.fixture
def api_key(made_key: actions.Created) -> ApiKey:
    return made_key.key


@pytest.fixture
def own(api_key: ApiKey) -> Actor:
    assert api_key.owner is not None
    return makers.actor_of(api_key.owner)


def _create(api_key: ApiKey, *, actor: Actor, **changes: Any) -> actions.CreatedSigningKey:
    values = {"name": "billing", "algorithm": "hmac-sha256", **changes}
    return actions.create_signing_key(api_key.id, **values, actor=actor)


def test_a_new_hmac_key_is_sealed_and_its_secret_is_given_once(api_key: ApiKey, own: Actor, acme: TenantRef) -> None:
    with recorded_once("identity.signing_key.created"):
        created = _create(api_key, actor=own)

    row = SigningKey.objects.get()
    assert (row.name, row.algorithm, row.api_key_id, row.public_key) == ("billing", "hmac-sha256", api_key.id, None)
    assert row.key_id.startswith(f"fhh_{acme.code}")
    assert len(row.key_id) == 20
    assert created.secret.startswith("fhhs_")
    assert len(created.secret) == 48
    assert created.secret not in row.sealed_secret
    assert key_texts.unsealed(row.sealed_secret, row_id=row.id) == created.secret.encode()
    assert row.expires_at - row.created_at == timedelta(days=90)
    assert created.secret not in str(newest("identity.signing_key.created"))


@pytest.mark.parametrize("text", [PEM, signing.PUBLIC, f"  {signing.PUBLIC.rstrip('=')}\n"])
def test_of_an_ed25519_key_only_the_public_half_comes_here(text: str, api_key: ApiKey, own: Actor) -> None:
    created = _create(api_key, actor=own, algorithm="ed25519", public_key=text)

    row = SigningKey.objects.get()
    assert (created.secret, row.sealed_secret) == ("", "")
    assert bytes(row.public_key or b"") == signing.PAIR.public_key().public_bytes_raw()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        PRIVATE_PEM,
        OTHER_PEM,
        signing.PUBLIC[:-4],
        signing.PUBLIC + "AAAA",
        "é" * 44,
        "A" * 100_000,
        PEM.replace("A", "B", 3),
        base64.b64encode(bytes(32)).decode(),
        base64.b64encode((1).to_bytes(32, "little")).decode(),
        base64.b64encode(((1 << 255) - 20).to_bytes(32, "little")).decode(),
        base64.b64encode(bytes(31) + b"\x80").decode(),
        base64.b64encode(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")).decode(),
        base64.b64encode(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")).decode(),
    ],
)
def test_what_is_no_public_key_or_proves_nothing_is_refused(text: str, api_key: ApiKey, own: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refusal:
        _create(api_key, actor=own, algorithm="ed25519", public_key=text)

    assert refusal.value.fields["errors"][0]["pointer"] == "/public_key"
    assert not SigningKey.objects.exists()


def test_a_private_key_is_refused_with_a_warning() -> None:
    with pytest.raises(public_keys.NoPublicKey, match="private key"):
        public_keys.read(PRIVATE_PEM)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"algorithm": "none"}, "/algorithm"),
        ({"algorithm": "HMAC-SHA256"}, "/algorithm"),
        ({"public_key": PEM}, "/public_key"),
        ({"expires_in_days": 0}, "/expires_in_days"),
        ({"expires_in_days": 100_000}, "/expires_in_days"),
    ],
)
def test_bad_input_names_the_field(change: dict[str, Any], pointer: str, api_key: ApiKey, own: Actor) -> None:
    with nothing_recorded(), pytest.raises(InputInvalid) as refusal:
        _create(api_key, actor=own, **change)

    assert refusal.value.fields["errors"][0]["pointer"] == pointer


def test_nobody_signs_in_the_name_of_another_person(api_key: ApiKey) -> None:
    other = makers.actor_of(makers.make_person("boss@acme.example", roles=("owner",)))

    with nothing_recorded(), pytest.raises(KeyNeedsOwner):
        _create(api_key, actor=other)


def test_a_service_accounts_key_is_signed_for_within_ones_own_permissions() -> None:
    account = actions.create_service_account("robot", label="Robot", actor=makers.OPERATOR)
    strong = actions.create_api_key("strong", scopes=["*"], service_account_id=account.id, actor=makers.OPERATOR).key
    weak = actions.create_api_key("weak", scopes=["read:identity.people"], service_account_id=account.id, actor=makers.OPERATOR).key
    limited = makers.person_actor(grants=frozenset({"write:identity.api_keys", "read:identity.people"}))

    with nothing_recorded(), pytest.raises(BeyondOwnGrants):
        _create(strong, actor=limited)
    assert _create(weak, actor=limited).key.api_key == weak


def test_signing_keys_need_the_permission(api_key: ApiKey) -> None:
    member = makers.person_actor(grants=frozenset({"read:identity.api_keys"}))
    signer = signing.made(api_key).key

    with nothing_recorded():
        with pytest.raises(Forbidden):
            _create(api_key, actor=member)
        with pytest.raises(Forbidden):
            actions.rotate_signing_key(api_key.id, signing_key_id=signer.id, actor=member)
        with pytest.raises(Forbidden):
            actions.revoke_signing_key(api_key.id, signing_key_id=signer.id, reason="no", actor=member)


def test_nothing_is_made_for_a_key_that_has_ended(api_key: ApiKey, own: Actor) -> None:
    actions.revoke_api_key(api_key.id, reason="over", actor=makers.OPERATOR)

    with nothing_recorded(), pytest.raises(KeyEnded):
        _create(api_key, actor=own)


def test_an_api_key_has_at_most_ten_signing_keys_that_work(api_key: ApiKey, own: Actor) -> None:
    made = [_create(api_key, actor=own) for _ in range(10)]

    with nothing_recorded(), pytest.raises(TooManySigningKeys):
        _create(api_key, actor=own)

    actions.revoke_signing_key(api_key.id, signing_key_id=made[0].key.id, reason="room", actor=own)
    assert _create(api_key, actor=own)


def test_a_successor_works_at_once_and_the_old_key_until_its_overlap_ends(
    api_key: ApiKey, own: Actor, client: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = _create(api_key, actor=own)
    with recorded_once("identity.signing_key.rotated"):
        new = actions.rotate_signing_key(api_key.id, signing_key_id=old.key.id, overlap_hours=1, actor=own)

    assert (new.key.name, new.key.algorithm, new.secret != old.secret) == ("billing", "hmac-sha256", True)
    for created in (old, new):
        assert client.get("/v1/me", **signing.headers(created, "GET", "/v1/me")).status_code == 200
    later = clock.now() + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    monkeypatch.setattr(signing.client.time, "time", later.timestamp)
    assert client.get("/v1/me", **signing.headers(old, "GET", "/v1/me")).status_code == 401
    assert client.get("/v1/me", **signing.headers(new, "GET", "/v1/me")).status_code == 200


def test_rotating_needs_the_present_version_a_living_key_and_the_new_public_half(api_key: ApiKey, own: Actor) -> None:
    old = _create(api_key, actor=own, algorithm="ed25519", public_key=PEM).key

    with nothing_recorded():
        with pytest.raises(PreconditionFailed):
            actions.rotate_signing_key(api_key.id, signing_key_id=old.id, public_key=PEM, expected_version=7, actor=own)
        with pytest.raises(InputInvalid):
            actions.rotate_signing_key(api_key.id, signing_key_id=old.id, actor=own)
        with pytest.raises(InputInvalid):
            actions.rotate_signing_key(api_key.id, signing_key_id=old.id, public_key=PEM, overlap_hours=721, actor=own)
    actions.revoke_signing_key(api_key.id, signing_key_id=old.id, reason="over", actor=own)
    with nothing_recorded(), pytest.raises(SigningKeyEnded):
        actions.rotate_signing_key(api_key.id, signing_key_id=old.id, public_key=PEM, actor=own)
    assert SigningKey.objects.count() == 1


def test_revoking_is_for_good_and_twice_records_once(api_key: ApiKey, own: Actor) -> None:
    signer = _create(api_key, actor=own).key
    with recorded_once("identity.signing_key.revoked"):
        actions.revoke_signing_key(api_key.id, signing_key_id=signer.id, reason="leaked", actor=own)

    with nothing_recorded():
        again = actions.revoke_signing_key(api_key.id, signing_key_id=signer.id, reason="again", actor=own)

    assert (again.state, again.revoke_reason, again.version) == ("revoked", "leaked", 2)


def test_a_signing_key_is_found_below_its_own_api_key_only(api_key: ApiKey, own: Actor) -> None:
    signer = _create(api_key, actor=own).key
    other = makers.make_key(email="other@acme.example").key

    with nothing_recorded():
        with pytest.raises(SigningKeyNotFound):
            actions.revoke_signing_key(other.id, signing_key_id=signer.id, reason="no", actor=makers.OPERATOR)
        with pytest.raises(KeyNotFound):
            actions.revoke_signing_key(ids.new_id(), signing_key_id=signer.id, reason="no", actor=makers.OPERATOR)
    with pytest.raises(SigningKeyNotFound):
        queries.signing_key(other.id, signer.id)


def test_lists_are_filtered_by_text_and_state(api_key: ApiKey, own: Actor) -> None:
    working, revoked, expired = (_create(api_key, actor=own, name=name).key for name in ("hourly", "two", "three"))
    actions.revoke_signing_key(api_key.id, signing_key_id=revoked.id, reason="over", actor=own)
    SigningKey.objects.filter(id=expired.id).update(expires_at=clock.now())

    assert list(queries.signing_keys(api_key.id, state="active")) == [working]
    assert list(queries.signing_keys(api_key.id, state="revoked")) == [revoked]
    assert list(queries.signing_keys(api_key.id, state="expired")) == [expired]
    assert list(queries.signing_keys(api_key.id, q="HOUR")) == [working]
    assert queries.has_signing_key(api_key.id)


def test_rest_makes_shows_replaces_and_revokes(made_key: actions.Created, client: Caller) -> None:
    client.key = made_key.secret
    place = f"/v1/api-keys/{made_key.key.public_id}/signing-keys"
    made = client.post(place, {"name": "billing", "algorithm": "hmac-sha256", "expires_in_days": 30})
    document = json_of(made)
    assert (made.status_code, document["state"], document["api_key"]) == (201, "active", made_key.key.public_id)
    assert document["secret"].startswith("fhhs_")

    shown = client.get(made["Location"])
    assert json_of(shown) == {name: value for name, value in document.items() if name != "secret"}
    assert [key["id"] for key in json_of(client.get(place))["data"]] == [document["id"]]

    replaced = client.post(f"{made['Location']}/rotation", {"overlap_hours": 0}, HTTP_IF_MATCH=made["ETag"])
    assert (replaced.status_code, json_of(client.get(made["Location"]))["state"]) == (201, "expired")

    ended = client.put(f"{replaced['Location']}/revocation", {"reason": "over"}, HTTP_IF_MATCH=replaced["ETag"])
    assert (json_of(ended)["state"], json_of(ended)["revoke_reason"], ended["ETag"]) == ("revoked", "over", '"v2"')
    is_problem(client.get(f"{place}/{ids.show('sig', ids.new_id())}"), status=404, kind="signing-key-not-found")
    is_problem(client.post(place, {"name": "x", "algorithm": "none"}), status=422, kind="invalid")


def test_a_repeated_request_makes_one_signing_key_and_keeps_its_secret(made_key: actions.Created, client: Caller) -> None:
    client.key = made_key.secret
    place, body = f"/v1/api-keys/{made_key.key.public_id}/signing-keys", {"name": "billing", "algorithm": "hmac-sha256"}
    first = client.post(place, body, HTTP_IDEMPOTENCY_KEY="one")

    again = client.post(place, body, HTTP_IDEMPOTENCY_KEY="one")

    assert json_of(again) == {**json_of(first), "secret": None}
    assert SigningKey.objects.count() == 1


def test_a_signed_request_may_be_repeated_under_a_new_signature(made_key: actions.Created, client: Caller) -> None:
    signer = signing.made(made_key.key)
    body = orjson.dumps({"name": "signers", "label": "Signers", "permissions": ["read:audit.entries"]})
    calls = [signing.headers(signer, "POST", "/v1/roles", body=body) for _ in range(2)]

    answers = [client.post("/v1/roles", body, HTTP_IDEMPOTENCY_KEY="role", **headers) for headers in calls]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].content == answers[1].content


def _command(*arguments: str) -> Any:
    out = io.StringIO()
    call_command("signing_key", *arguments, "--tenant", "acme", "--json", stdout=out)
    return orjson.loads(out.getvalue())


def test_the_command_makes_lists_replaces_and_revokes(api_key: ApiKey, tmp_path: Any) -> None:
    pem = tmp_path / "public.pem"
    pem.write_text(PEM)

    rehearsed = _command("create", api_key.public_id, "--name", "billing", "--dry-run")
    assert (rehearsed["dry_run"], SigningKey.objects.count(), "secret" in rehearsed) == (True, 0, False)
    made = _command("create", api_key.public_id, "--name", "billing")
    assert made["secret"].startswith("fhhs_")
    _command("create", api_key.public_id, "--name", "pair", "--algorithm", "ed25519", "--public-key", str(pem))
    assert [key["name"] for key in _command("list", api_key.public_id)["signing_keys"]] == ["pair", "billing"]
    successor = _command("rotate", made["signing_key"]["id"], "--overlap", "0")
    assert successor["secret"] != made["secret"]
    revoked = _command("revoke", successor["signing_key"]["id"], "--reason", "over")
    assert revoked["signing_key"]["state"] == "revoked"


def test_the_command_asks_for_signatures_and_asks_no_more(made_key: actions.Created) -> None:
    def change(*words: str) -> Any:
        out = io.StringIO()
        call_command("key", "change", made_key.key.public_id, *words, "--tenant", "acme", "--json", stdout=out)
        return orjson.loads(out.getvalue())["key"]["requires_signature"]

    signing.made(made_key.key)

    assert [change("--requires-signature", "yes"), change("--name", "renamed"), change("--requires-signature", "no")] == [
        True,
        True,
        False,
    ]


def test_the_command_refuses_a_file_that_is_not_there(api_key: ApiKey) -> None:
    with pytest.raises(SystemExit) as end:
        _command("create", api_key.public_id, "--name", "x", "--algorithm", "ed25519", "--public-key", "/nowhere/key.pem")

    assert end.value.code == 2
    assert not SigningKey.objects.exists()
