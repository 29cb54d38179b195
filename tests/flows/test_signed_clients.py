"""The client files that users copy, run as programs against the started product, in Python and in JavaScript."""

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from threading import Barrier
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests import nameserver
from tests.conftest import ROOT
from tests.flows.product import Product, wait_until
from tests.identity.signing import client

PYTHON = [sys.executable, str(ROOT / "clients" / "python" / "freehold_signing.py")]
JAVASCRIPT = ["node", str(ROOT / "clients" / "javascript" / "freehold-signing.mjs")]
PROGRAMS = pytest.mark.parametrize("program", [PYTHON, JAVASCRIPT], ids=["python", "javascript"])


def _run(program: list[str], *words: str, environ: dict[str, str], body: bytes = b"") -> tuple[int, Any]:
    """Status and JSON of what the program was answered; it ends with 1 for a refusal."""
    done = subprocess.run(
        [*program, *words], input=body, env={**os.environ, **environ}, capture_output=True, check=False, timeout=60
    )
    status, _, text = done.stdout.decode().partition("\n")
    assert status.isdigit(), done.stderr.decode()
    assert done.returncode == (0 if int(status) < 400 else 1)
    return int(status), orjson.loads(text)


@pytest.fixture(scope="module")
def api_key(product: Product) -> dict[str, Any]:
    """A key that may all that its owner may, and its secret."""
    made = product.manage("key", "create", "signed", "--tenant", "acme", "--owner", "ada@acme.example", "--scope", "*")
    return {**made["key"], "secret": made["secret"]}


@pytest.fixture(scope="module")
def hmac_key(product: Product, api_key: dict[str, Any]) -> dict[str, str]:
    """What a program needs to sign with an HMAC key."""
    made = product.manage("signing_key", "create", api_key["id"], "--name", "flow", "--tenant", "acme")
    return {"FREEHOLD_KEY_ID": made["signing_key"]["key_id"], "FREEHOLD_SECRET": made["secret"]}


@PROGRAMS
def test_a_program_that_signs_is_known(
    program: list[str], product: Product, api_key: dict[str, Any], hmac_key: dict[str, str]
) -> None:
    status, document = _run(program, "GET", product.url("acme", "/v1/me"), environ=hmac_key)

    assert (status, document["id"]) == (200, api_key["id"])


@PROGRAMS
def test_a_body_and_a_query_are_signed_too(program: list[str], product: Product, hmac_key: dict[str, str]) -> None:
    name = f"signed-by-{Path(program[0]).name.partition('.')[0].partition('3')[0]}"
    body = orjson.dumps({"name": name, "label": "Größe", "permissions": ["read:audit.entries"]})

    status, document = _run(program, "POST", product.url("acme", "/v1/roles"), body=body, environ=hmac_key)
    found = _run(program, "GET", product.url("acme", f"/v1/roles?q={name}&limit=5"), environ=hmac_key)

    assert (status, document["name"]) == (201, name)
    assert [role["name"] for role in found[1]["data"]] == [name]


@PROGRAMS
@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/v1%2Fme", (200, "")),
        ("/v1/audit/rules/no%20such%2drule%C3%BC", (404, "/problems/rule-not-found")),
    ],
)
def test_a_path_is_signed_as_it_is_sent(
    path: str, wanted: tuple[int, str], program: list[str], product: Product, hmac_key: dict[str, str]
) -> None:
    status, document = _run(program, "GET", product.url("acme", path), environ=hmac_key)

    assert (status, document.get("type", "")) == wanted


@PROGRAMS
def test_a_wrong_secret_is_refused(program: list[str], product: Product, hmac_key: dict[str, str]) -> None:
    wrong = hmac_key | {"FREEHOLD_SECRET": "fhhs_" + "0" * 43}

    status, document = _run(program, "GET", product.url("acme", "/v1/me"), environ=wrong)

    assert (status, document["type"]) == (401, "/problems/signature-refused")


@PROGRAMS
def test_a_key_that_must_be_signed_needs_both(
    program: list[str], product: Product, api_key: dict[str, Any], hmac_key: dict[str, str]
) -> None:
    address = product.url("acme", "/v1/me")

    both = _run(program, "GET", address, environ=hmac_key | {"FREEHOLD_API_KEY": api_key["secret"]})
    garbled = _run(program, "GET", address, environ=hmac_key | {"FREEHOLD_API_KEY": "fh_garbled"})

    assert (both[0], both[1]["id"]) == (200, api_key["id"])
    assert (garbled[0], garbled[1]["type"]) == (401, "/problems/api-key-refused")


def test_an_ed25519_pair_signs_and_its_private_half_stays_at_home(
    product: Product, api_key: dict[str, Any], tmp_path: Path
) -> None:
    pair = Ed25519PrivateKey.generate()
    private, public = tmp_path / "private.pem", tmp_path / "public.txt"
    private.write_bytes(pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(base64.b64encode(pair.public_key().public_bytes_raw()))
    words = ("create", api_key["id"], "--name", "pair", "--algorithm", "ed25519", "--public-key", str(public))
    made = product.manage("signing_key", *words, "--tenant", "acme")

    key_id = made["signing_key"]["key_id"]
    environ = {"FREEHOLD_KEY_ID": key_id, "FREEHOLD_PRIVATE_KEY": str(private)}
    status, document = _run(JAVASCRIPT, "GET", product.url("acme", "/v1/me"), environ=environ)

    assert made["secret"] == ""
    assert (status, document["id"]) == (200, api_key["id"])


@pytest.fixture
def second_port(product: Product) -> Iterator[int]:
    """Where a second web server of the same installation listens, started as a service manager starts it."""
    port = nameserver.free_port()
    command = [sys.executable, "manage.py", "serve", "web"]
    with subprocess.Popen(command, cwd=ROOT, env=product.environ | {"PORT": str(port)}) as server:
        try:
            wait_until(lambda: _is_up(port), timeout_s=60, what="the second web server answers")
            yield port
        finally:
            server.terminate()


def _is_up(port: int) -> bool:
    try:
        return _answer("/livez", port=port, headers={"Host": f"acme.localhost:{port}"}, at_once=Barrier(1)) == 200
    except ConnectionError:
        return False


def _answer(path: str, *, port: int, headers: dict[str, str], at_once: Barrier) -> int:
    """The status of one request, sent when all are ready to send theirs."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.connect()
        at_once.wait(timeout=30)
        connection.request("GET", path, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_of_one_signature_that_reaches_two_servers_at_once_one_is_let_in(
    product: Product, hmac_key: dict[str, str], second_port: int
) -> None:
    url, sign = product.url("acme", "/v1/me"), client.hmac_sha256(hmac_key["FREEHOLD_SECRET"])
    ports = [product.port, second_port] * 2
    answers = []

    with ThreadPoolExecutor(len(ports)) as pool:
        for _ in range(25):
            headers = client.signed_headers("GET", url, key_id=hmac_key["FREEHOLD_KEY_ID"], sign=sign)
            headers["Host"] = client.authority(url)
            at_once = Barrier(len(ports))
            sent = [pool.submit(_answer, "/v1/me", port=port, headers=headers, at_once=at_once) for port in ports]
            answers.append(sorted(one.result() for one in sent))

    assert answers == [[200, 401, 401, 401]] * 25
