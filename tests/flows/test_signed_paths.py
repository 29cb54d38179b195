"""Signatures over paths with escapes (RFC 9421, section 2.2.6), through the web server that the product starts, and the proxy that it ships."""

import os
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from config.embedded import programs
from tests import nameserver
from tests.conftest import ROOT, VAR
from tests.flows import proxy
from tests.flows.product import wait_until
from tests.flows.signature_judge import KEY_ID, SECRET
from tests.identity.signing import client

HOST = "acme.localhost"
# As it is written, and as it is sent.
PATHS = [
    ("/v1/a%20b", "/v1/a%20b"),
    ("/v1/a%2Fb", "/v1/a%2Fb"),
    ("/v1/a%2fb", "/v1/a%2fb"),
    ("//v1//me/", "//v1//me/"),
    ("/v1/%C3%BC", "/v1/%C3%BC"),
    ("/v1/%c3%bc", "/v1/%c3%bc"),
    ("/v1/%7Eada%40acme.example%3A1", "/v1/%7Eada%40acme.example%3A1"),
    ("/v1/a b/ü", "/v1/a%20b/%C3%BC"),
    ("", "/"),
]


@pytest.fixture(scope="module")
def port(installation: None) -> Iterator[int]:
    """The judge behind the product's web server."""
    port = nameserver.free_port()
    command = programs.web("127.0.0.1", port=port, workers=1, threads=2)
    command[-1] = "tests.flows.signature_judge:application"
    with subprocess.Popen(command, cwd=ROOT, env=os.environ) as server:
        try:
            wait_until(lambda: _answers(port), timeout_s=60, what="the judge answers")
            yield port
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    try:
        return _sent(port, "/", headers={})[0] == 401
    except ConnectionError:
        return False


def _sent(port: int, path: str, *, headers: dict[str, str]) -> tuple[int, str]:
    """What is answered to exactly this path."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in ({"Host": f"{HOST}:{port}"} | headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _signed(path: str, *, port: int) -> dict[str, str]:
    """The headers of a signer that does not tell how its path is spelt."""
    url = f"http://{HOST}:{port}{path}"
    headers: dict[str, str] = client.signed_headers("GET", url, key_id=KEY_ID, sign=client.hmac_sha256(SECRET))
    del headers["X-Forwarded-Uri"]
    return headers


@pytest.mark.parametrize(("written", "sent"), PATHS)
def test_the_python_client_signs_the_path_that_it_sends(written: str, sent: str, port: int) -> None:
    assert client.send("GET", f"http://{HOST}:{port}{written}?q=a%20b", key_id=KEY_ID, secret=SECRET) == (200, sent)


@pytest.mark.parametrize(("written", "sent"), PATHS)
def test_the_javascript_client_signs_the_path_that_it_sends(written: str, sent: str, port: int) -> None:
    program = ["node", str(ROOT / "clients" / "javascript" / "freehold-signing.mjs")]
    environ = {**os.environ, "FREEHOLD_KEY_ID": KEY_ID, "FREEHOLD_SECRET": SECRET}

    url = f"http://{HOST}:{port}{written}?q=a%20b"
    done = subprocess.run([*program, "GET", url], env=environ, capture_output=True, check=False, timeout=60)

    assert done.stdout.decode() == f"200\n{sent}\n"


@pytest.mark.parametrize("path", ["/v1/me", "/v1/a%20b", "/v1/%C3%BC", "//v1//me/", "/v1/~ada@acme.example:1"])
def test_a_path_in_the_usual_spelling_needs_no_word_about_it(path: str, port: int) -> None:
    assert _sent(port, path, headers=_signed(path, port=port)) == (200, path)


def test_another_spelling_is_accepted_when_it_is_told(port: int) -> None:
    signed = _signed("/v1/a%2Fb", port=port)

    untold = _sent(port, "/v1/a%2Fb", headers=signed)
    told = _sent(port, "/v1/a%2Fb", headers=signed | {"X-Forwarded-Uri": "/v1/a%2Fb?q=1"})

    assert (untold, told) == ((401, "/v1/a/b"), (200, "/v1/a%2Fb"))


@pytest.mark.parametrize("path", ["/v1/c", "/v1/a%2Fb/", "/v1/A%2Fb", "/v1/a%252Fb", "//v1/a%2Fb"])
def test_what_is_told_of_another_path_than_the_one_that_is_asked_for_does_not_count(path: str, port: int) -> None:
    headers = _signed("/v1/a%2Fb", port=port) | {"X-Forwarded-Uri": "/v1/a%2Fb"}

    assert _sent(port, path, headers=headers)[0] == 401


@pytest.mark.parametrize("path", ["/v1/a%2Fb", "/v1/%7Eada%40acme.example"])
def test_the_proxy_tells_how_a_path_was_spelt_whatever_the_client_tells(path: str, port: int) -> None:
    host = f"{HOST}:{port}"
    with proxy.in_front_of(port, folder=VAR.parent / f"{VAR.name}-caddy-signed") as caddy:
        silent = caddy.get(host, path, name=HOST, headers=_signed(path, port=port))
        lying = caddy.get(host, path, name=HOST, headers=_signed(path, port=port) | {"X-Forwarded-Uri": "/v1/c"})

    assert [(reply.status, reply.body.decode()) for reply in (silent, lying)] == [(200, path)] * 2
