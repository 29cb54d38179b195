"""Signed requests: one closed profile, read strictly, and nothing changed on the way."""

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity import actions, queries, request_signing
from identity.actions.signing_keys import CreatedSigningKey
from identity.api.signed_requests import TENANT_HEADER
from identity.models import ApiKey
from identity.problems import SignatureRefused
from identity.request_signing import profile
from identity.request_signing.faults import Unacceptable
from kernel import clock, tenancy
from kernel.api.views import ACT_IN_TENANT_HEADER
from tests import makers
from tests.caller import Caller
from tests.identity import signing
from tests.identity.answers import is_problem
from tests.identity.trail import newest, recorded
from tests.wire import traced

REFUSED = "identity.signing_key.refused"
ME = "/v1/me"
ROLE = b'{"name":"signers","label":"Signers","permissions":["read:audit.entries"]}'


@pytest.fixture
def made_key() -> actions.Created:
    return makers.make_key()


@pytest.fixture
def api_key(made_key: actions.Created) -> ApiKey:
    return made_key.key


@pytest.fixture
def signer(api_key: ApiKey) -> CreatedSigningKey:
    return signing.made(api_key)


def test_nonces_are_remembered_for_longer_than_a_signature_lives() -> None:
    assert request_signing.nonces.KEPT_S > profile.LONGEST_S + 2 * profile.SKEW_S


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"method": "POST"}, "wrong_signature"),
        ({"host": "globex.localhost"}, "wrong_signature"),
        ({"host": "acme.localhost:8001"}, "wrong_signature"),
        ({"scheme": "https", "host": "acme.localhost:80"}, "wrong_signature"),
        ({"path": "/v1/Me"}, "wrong_signature"),
        ({"path": "/v1/me/"}, "wrong_signature"),
        ({"query": "limit=1"}, "wrong_signature"),
        ({"body": lambda: b"{}"}, "body_not_covered"),
        ({"content_digest": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"}, ""),
        ({"tenant": "globex"}, ""),
    ],
)
def test_what_is_changed_on_the_way_is_refused(change: dict[str, Any], reason: str, signer: CreatedSigningKey) -> None:
    message = signing.message(signing.headers(signer, "GET", ME))

    assert signing.refusal_of(replace(message, **change)) == reason

    assert queries.signed_actor(message).may("read:identity.people"), "the nonce of a spoilt request is not used up"


@pytest.mark.parametrize("body", [b"", ROLE + b" ", ROLE.replace(b"Signers", b"Singers"), b"\0" * len(ROLE)])
def test_another_body_than_the_signed_one_is_refused(body: bytes, signer: CreatedSigningKey, client: Caller) -> None:
    headers = signing.headers(signer, "POST", "/v1/roles", body=ROLE)

    is_problem(client.post("/v1/roles", body, **headers), status=401, kind="signature-refused")

    assert newest(REFUSED)["details"]["reason"] == "digest"
    assert not queries.roles(q="signers").exists()


def test_another_tenant_to_act_in_than_the_signed_one_is_refused(signer: CreatedSigningKey) -> None:
    message = signing.message(signing.headers(signer, "GET", ME, tenant="globex"))

    assert signing.refusal_of(replace(message, tenant="initech")) == "wrong_signature"
    assert signing.refusal_of(replace(message, tenant=None)) == ""
    assert queries.signed_actor(message)


def test_the_header_of_the_tenant_to_act_in_is_the_one_that_is_obeyed() -> None:
    assert TENANT_HEADER == ACT_IN_TENANT_HEADER


def _with(name: str, value: str) -> Any:
    return lambda headers: {**headers, name: value}


def _input(old: str, new: str) -> Any:
    return lambda headers: {**headers, "HTTP_SIGNATURE_INPUT": headers["HTTP_SIGNATURE_INPUT"].replace(old, new, 1)}


def _twice(headers: dict[str, str]) -> dict[str, str]:
    """Two header lines with a name reach the product as one, with a comma between."""
    return {name: f"{value}, {value.replace('sig=', 'other=', 1)}" for name, value in headers.items()}


SPOILT = {
    "components in another order": _input('"@method" "@authority"', '"@authority" "@method"'),
    "a component less": _input(' "@query"', ""),
    "a component twice": _input('"@query")', '"@query" "@query")'),
    "a component more": _input('"@query")', '"@query" "date")'),
    "a component with a parameter": _input('"@query")', '"@query";req)'),
    "two spaces": _input('"@method" ', '"@method"  '),
    "no components": _input('"@method" "@authority" "@path" "@query"', ""),
    "a parameter twice": _input(";tag=", ';alg="hmac-sha256";tag='),
    "an unknown parameter": _input(";tag=", ";version=1;tag="),
    "no tag": _input(';tag="freehold-v1"', ""),
    "another tag": _input("freehold-v1", "freehold-v2"),
    "no nonce": lambda headers: {**headers, "HTTP_SIGNATURE_INPUT": _without(headers, "nonce")},
    "no alg": _input(';alg="hmac-sha256"', ""),
    "no created": lambda headers: {**headers, "HTTP_SIGNATURE_INPUT": _without(headers, "created")},
    "no expires": lambda headers: {**headers, "HTTP_SIGNATURE_INPUT": _without(headers, "expires")},
    "an unknown algorithm": _input("hmac-sha256", "rsa-v1_5-sha256"),
    "no algorithm at all": _input('"hmac-sha256"', '"none"'),
    "created as a text": _input("created=1", 'created="1'),
    "created as a decimal": _input(";expires", ".0;expires"),
    "a negative moment": _input("created=", "created=-"),
    "a key id that is none": _input("fhh_", "fh_"),
    "a key id with a line in it": _input("fhh_", "fhh_\n"),
    "another label for the signature": _with("HTTP_SIGNATURE", "other=:" + "A" * 43 + "=:"),
    "no signature": _with("HTTP_SIGNATURE", ""),
    "a signature that is no bytes": _with("HTTP_SIGNATURE", 'sig="' + "A" * 43 + '="'),
    "a signature of another length": _with("HTTP_SIGNATURE", "sig=:" + "A" * 86 + "==:"),
    "a signature with a parameter": lambda headers: {**headers, "HTTP_SIGNATURE": headers["HTTP_SIGNATURE"] + ";a=1"},
    "two signatures": _twice,
    "an endless input": _with("HTTP_SIGNATURE_INPUT", "sig=(" + '"@method" ' * 10_000 + ")"),
    "an endless signature": _with("HTTP_SIGNATURE", "sig=:" + "A" * 100_000 + ":"),
    "a NUL": _input("sig=", "s\0g="),
    "no input": _with("HTTP_SIGNATURE_INPUT", ""),
}


def _without(headers: dict[str, str], name: str) -> str:
    parts = headers["HTTP_SIGNATURE_INPUT"].split(";")
    return ";".join(part for part in parts if not part.startswith(f"{name}="))


@pytest.mark.parametrize("what", sorted(SPOILT))
def test_whatever_is_not_the_profile_is_refused_without_sql(what: str, signer: CreatedSigningKey) -> None:
    message = signing.message(SPOILT[what](signing.headers(signer, "GET", ME)))

    with traced(tenancy.current_alias()) as messages, pytest.raises(SignatureRefused):
        queries.signed_actor(message)

    assert messages == []


@pytest.mark.parametrize("header", ["HTTP_SIGNATURE", "HTTP_SIGNATURE_INPUT"])
def test_half_a_signature_is_no_request_without_one(
    header: str, made_key: actions.Created, signer: CreatedSigningKey, client: Caller
) -> None:
    client.key = made_key.secret
    whole = signing.headers(signer, "GET", ME)

    is_problem(client.get(ME, **{header: whole[header]}), status=401, kind="signature-refused")


@given(data=st.data())
def test_whatever_one_sign_of_the_headers_becomes_they_sign_the_request_no_more(data: st.DataObject) -> None:
    secret = "fhhs_" + "s" * 43
    signed = signing.client.signed_headers(
        "GET", f"http://{signing.HOST}{ME}", key_id="fhh_" + "k" * 16, sign=signing.client.hmac_sha256(secret)
    )
    name = data.draw(st.sampled_from(["Signature-Input", "Signature"]))
    place = data.draw(st.integers(0, len(signed[name]) - 1))
    sign = data.draw(st.characters(codec="latin-1").filter(lambda drawn: drawn != signed[name][place]))
    spoilt = signed | {name: signed[name][:place] + sign + signed[name][place + 1 :]}
    message = signing.message({signing.WSGI[name]: value for name, value in spoilt.items()})

    try:
        claim = message.claim()
        is_right = hmac.digest(secret.encode(), message.signed_bytes(claim), "sha256") == claim.signature
    except Unacceptable:
        is_right = False

    assert not is_right


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    noon = clock.now().replace(microsecond=0)
    monkeypatch.setattr(clock, "now", lambda: noon)
    monkeypatch.setattr(signing.client.time, "time", noon.timestamp)
    return noon


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [(-30, ""), (-31, "future"), (89, ""), (90, "expired"), (3600, "expired"), (-3600, "future")],
)
def test_a_signature_has_its_time_and_clocks_may_differ_by_30_seconds(
    seconds: int, reason: str, signer: CreatedSigningKey, at_noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = signing.message(signing.headers(signer, "GET", ME))

    monkeypatch.setattr(clock, "now", lambda: at_noon + timedelta(seconds=seconds))

    if reason:
        assert signing.refusal_of(message) == reason
    else:
        assert queries.signed_actor(message)


@pytest.mark.parametrize(("lives_s", "is_let_in"), [(300, True), (301, False), (0, False), (-1, False)])
def test_no_signature_lives_longer_than_five_minutes(
    lives_s: int, *, is_let_in: bool, signer: CreatedSigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing.client, "LIVES_S", lives_s)
    message = signing.message(signing.headers(signer, "GET", ME))

    if is_let_in:
        assert queries.signed_actor(message)
    else:
        assert signing.refusal_of(message) == "lifetime"


def test_all_refusals_of_signatures_answer_alike(signer: CreatedSigningKey) -> None:
    whole = signing.message(signing.headers(signer, "GET", ME))
    documents = []
    for message in (replace(whole, signature=""), replace(whole, method="PUT"), replace(whole, body=lambda: b"x")):
        with pytest.raises(SignatureRefused) as refusal:
            queries.signed_actor(message)
        documents.append(refusal.value.document())

    assert documents == [documents[0]] * 3


def test_nobodys_body_is_read_before_the_signature_is_right(signer: CreatedSigningKey) -> None:
    def unread() -> bytes:
        raise AssertionError("the body was read")

    message = replace(signing.message(signing.headers(signer, "GET", ME)), method="PUT", body=unread)

    assert signing.refusal_of(message) == "wrong_signature"


def test_a_body_that_is_too_large_is_refused_as_such(signer: CreatedSigningKey, client: Caller) -> None:
    body = b"x" * (1024 * 1024 + 1)
    headers = signing.headers(signer, "POST", "/v1/roles", body=body)

    is_problem(client.post("/v1/roles", body, **headers), status=413, kind="too-large")


def test_a_hammering_signature_is_recorded_once_a_minute(signer: CreatedSigningKey) -> None:
    for _ in range(5):
        with pytest.raises(SignatureRefused):
            queries.signed_actor(replace(signing.message(signing.headers(signer, "GET", ME)), method="PUT"))

    assert len(recorded(REFUSED)) == 1


def test_an_independent_implementation_signs_what_is_let_in(signer: CreatedSigningKey, client: Caller) -> None:
    headers = signing.by_library(signer, "POST", "/v1/roles", body=ROLE)

    assert client.post("/v1/roles", ROLE, **headers).status_code == 201


def test_an_independent_implementation_accepts_what_our_clients_sign(signer: CreatedSigningKey) -> None:
    headers = signing.headers(signer, "POST", "/v1/roles?a=b", body=ROLE)

    assert signing.library_accepts(signer, "POST", "/v1/roles?a=b", headers=headers, body=ROLE)
    assert not signing.library_accepts(signer, "POST", "/v1/roles?a=c", headers=headers, body=ROLE)
