"""Request ids in and out, the caller's address, addresses that are refused before anything else looks at them."""

import pytest
from django.test import RequestFactory

from audit import queries as audit
from identity import actions as identity
from kernel.api import errors
from kernel.api.middleware import caller_address
from tests import makers
from tests.caller import Caller
from tests.conftest import Settings


@pytest.fixture
def echo(settings: Settings, client: Caller) -> Caller:
    """A caller of an address that tells the request's context."""
    settings.ROOT_URLCONF = "tests.kernel.failing_urls"
    return client


@pytest.mark.parametrize("given", ["abcd1234", "A-b_c.9" * 9, "0" * 64])
def test_a_request_id_goes_in_and_out(echo: Caller, given: str) -> None:
    response = echo.get("/v1/echo", HTTP_X_REQUEST_ID=given)

    assert response["X-Request-Id"] == response.json()["request_id"] == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "with space", "new\nline-1234", "umlaut-ä-1234", "<script>alert</script>"]
)
def test_any_other_text_gets_an_id_of_ours(echo: Caller, given: str) -> None:
    first, second = (echo.get("/v1/echo", HTTP_X_REQUEST_ID=given) for _ in range(2))

    assert first["X-Request-Id"] == first.json()["request_id"]
    assert len(first["X-Request-Id"]) == 32
    assert first["X-Request-Id"] != second["X-Request-Id"]


def test_route_and_program_are_known(echo: Caller) -> None:
    told = echo.get("/v1/echo", HTTP_USER_AGENT="curl/8 " + "x" * 400).json()

    assert told["route"] == "GET /v1/echo"
    assert told["user_agent"] == ("curl/8 " + "x" * 400)[:300]


@pytest.mark.parametrize(
    ("path", "told"),
    [("/invitation/abc-DEF_123", "/invitation/…"), ("/v1/me", "/v1/me"), ("/" + "x" * 400, "/" + "x" * 199)],
)
def test_a_secret_in_an_address_is_not_told(path: str, told: str) -> None:
    assert errors.told_path(RequestFactory().get(path)) == told


def test_the_trail_of_an_accepted_invitation_does_not_hold_its_token(client: Caller) -> None:
    added = identity.add_person("late@acme.example", "Late", ["member"], actor=makers.OPERATOR)
    page = client.get(f"/invitation/{added.invitation_token}", HTTP_ACCEPT="text/html")
    token = page.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    form = {"csrfmiddlewaretoken": token, "name": "Late", "password": makers.PASSWORD, "password_again": makers.PASSWORD}
    accepted = client.client.post(f"/invitation/{added.invitation_token}", form)

    texts = [entry.canonical for entry in audit.entries()]
    assert accepted.status_code == 302
    assert any("identity.invitation.accepted" in text and "/invitation/…" in text for text in texts)
    assert not any(added.invitation_token in text for text in texts)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "10.9.9.9, 198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "forged, <script>", ""),
        (1, " , ,203.0.113.9, ", "203.0.113.9"),
        (1, "2001:DB8:0:0::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "::FFFF:CB00:7109", "203.0.113.9"),
        (1, f"fe80::1%{'x' * 5000}", "fe80::1"),
        (1, "::ffff:203.0.113.9%eth0", "203.0.113.9"),
        (1, "203.0.113.9:443", ""),
        (1, "[2001:db8::1]:443", ""),
        (1, "unknown", ""),
        (1, "203.0.113.9\0", ""),
        (1, "203.0.113.009", ""),
        (2, "203.0.113.9, forged, 198.51.100.1", ""),
    ],
)
def test_only_our_own_proxies_are_believed(settings: Settings, proxies: int, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory(REMOTE_ADDR="192.0.2.1").get("/", HTTP_X_FORWARDED_FOR=forwarded)

    assert caller_address(request) == address


def test_a_socket_has_no_address() -> None:
    assert caller_address(RequestFactory(REMOTE_ADDR="").get("/")) == ""


@pytest.mark.parametrize("path", ["/v1/echo?q=%00", "/v1/echo?q=a%00b&x=1", "/v1/ec%00ho", "/%00"])
def test_a_nul_in_the_address_is_refused(echo: Caller, path: str) -> None:
    response = echo.get(path)

    assert (response.status_code, response.json()["type"]) == (400, "/problems/malformed")


@pytest.mark.parametrize(
    ("length", "status"), [("-1", 400), ("1e3", 400), ("9" * 30, 413), ("5308417", 413), ("", 200), ("0", 200)]
)
def test_a_body_that_no_door_takes_is_refused_by_its_announced_length(echo: Caller, length: str, status: int) -> None:
    assert echo.get("/v1/echo", CONTENT_LENGTH=length).status_code == status


@pytest.mark.parametrize("path", ["/v1/echo?q=" + "a" * 8192, "/v1/" + "a" * 8192])
def test_an_endless_address_is_refused(echo: Caller, path: str) -> None:
    response = echo.get(path)

    assert (response.status_code, response.json()["limit_bytes"]) == (413, 8192)
    assert response["X-Request-Id"]


@pytest.mark.parametrize(
    "host", ["acme.localhost:99999999", "a b", "acme/../globex", "-acme.localhost", "ac_me.localhost", "[::1", "*.localhost"]
)
def test_a_malformed_host_is_refused(host: str) -> None:
    response = Caller(host=host).get("/v1/me")

    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("host", ["ACME.LOCALHOST", "acme.localhost:8000", "acme.localhost."])
def test_other_spellings_of_a_host_are_the_same_host(host: str) -> None:
    assert Caller(host=host).get("/v1/me").status_code == 401


@pytest.mark.parametrize("probe", ["/livez", "/readyz", "/status"])
@pytest.mark.parametrize("host", ["acme.localhost", "nobody.localhost", "127.0.0.1"])
def test_probes_are_answered_on_every_host(probe: str, host: str) -> None:
    response = Caller(host=host).get(probe)

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
