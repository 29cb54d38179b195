"""The way out: which addresses are called, that the checked address is the one connected to, and that nothing lasts or grows without limit."""

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rrset
import pytest

from kernel import outbound
from kernel.addresses import canonical
from kernel.outbound import addresses
from kernel.problems import Unreachable, UnsafeAddress
from tests import nameserver
from tests.conftest import Settings
from tests.listeners import CA_PEM, HttpSink, Reply, http_sink, syslog_sink, wait_until

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
CLOSED = (
    "0.0.0.1", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16", "169.254.169.254", "169.254.170.2",
    "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.3", "192.168.1.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "233.252.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1",
    "::ffff:10.0.0.1", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::1", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
)  # fmt: skip
OPEN = ("8.8.8.8", "::ffff:8.8.8.8", "2001:4860:4860::8888", "172.32.0.1", "100.128.0.1", "192.0.1.1", "223.255.255.255")


@pytest.fixture
def sink(settings: Settings) -> Iterator[HttpSink]:
    """A sink at https://localhost, with loopback open."""
    settings.OUTBOUND_PRIVATE = LOOPBACK
    with http_sink() as listening:
        yield listening


@pytest.mark.parametrize("text", CLOSED)
def test_closed_addresses_are_not_public(text: str) -> None:
    assert not addresses.is_public(canonical(text))


@pytest.mark.parametrize("text", OPEN)
def test_open_addresses_are_public(text: str) -> None:
    assert addresses.is_public(canonical(text))


@pytest.mark.parametrize("text", CLOSED)
def test_closed_addresses_are_refused_in_urls(text: str) -> None:
    host = f"[{text}]" if ":" in text else text

    with pytest.raises(UnsafeAddress):
        outbound.require_allowed(f"https://{host}/hook")


@pytest.mark.parametrize("text", OPEN)
def test_open_addresses_are_accepted_in_urls(text: str) -> None:
    host = f"[{text}]" if ":" in text else text

    outbound.require_allowed(f"https://{host}:8443/hook?a=b")


@pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "168.63.129.16"])
def test_metadata_stays_closed_whatever_is_listed(address: str, settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))

    with pytest.raises(UnsafeAddress):
        outbound.require_allowed(f"https://{address}/latest/meta-data")


@pytest.mark.parametrize(
    "url",
    [
        "http://8.8.8.8/", "ftp://8.8.8.8/", "//8.8.8.8/", "8.8.8.8", "https://", "https:///x", "https://user@8.8.8.8/", "https://u:p@8.8.8.8/",
        "https://8.8.8.8/#part", "https://8.8.8.8:99999/", "https://8.8.8.8:0/", "https://8.8.8.8\\@10.0.0.1/", "https://8.8.8.8/a b",
        "https://8.8.8.8/\r\nX: y", "https://0x7f.1/", "https://2130706433/", "https://017700000001/", "https://①②⑦.0.0.1/", "https://[::1/",
        "https://8.8.8.8/" + "a" * 3000, "file:///etc/passwd", "https://127.1/", "https://-a.example/", "https://a..example/",
    ],
)  # fmt: skip
def test_urls_that_are_not_plain_https_are_refused(url: str) -> None:
    with pytest.raises(UnsafeAddress):
        outbound.require_allowed(url)


def test_a_post_arrives_whole_and_its_answer_comes_back(sink: HttpSink) -> None:
    sink.answer = lambda _request: Reply(status=202, pieces=(b"tak", b"en"), headers={"X-Kept": "yes"})

    answer = outbound.post(f"{sink.url}/a?b=c", body=b"x" * 100_000, headers={"X-Said": "so"}, ca_pem=CA_PEM)

    assert (answer.status, answer.body, answer.headers["x-kept"], answer.is_success) == (202, b"taken", "yes", True)
    (request,) = sink.requests
    assert (request.method, request.path, request.body) == ("POST", "/a?b=c", b"x" * 100_000)
    assert (request.headers["host"], request.headers["x-said"]) == (f"localhost:{sink.port}", "so")


def test_put_and_get_use_their_methods(sink: HttpSink) -> None:
    outbound.put(f"{sink.url}/object", body=b"body", ca_pem=CA_PEM)
    outbound.get(f"{sink.url}/object", ca_pem=CA_PEM)

    assert [(request.method, request.body) for request in sink.requests] == [("PUT", b"body"), ("GET", b"")]


def test_a_certificate_of_another_name_is_refused(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE = LOOPBACK
    with http_sink("other.example") as listening, pytest.raises(Unreachable) as refused:
        outbound.post(f"{listening.url}/", body=b"secret", ca_pem=CA_PEM)

    assert "certificate" in refused.value.detail
    assert listening.requests == []


def test_a_certificate_of_an_unknown_authority_is_refused(sink: HttpSink) -> None:
    with pytest.raises(Unreachable) as refused:
        outbound.post(f"{sink.url}/", body=b"secret")

    assert "certificate" in refused.value.detail
    assert sink.requests == []


def test_loopback_is_refused_unless_listed(sink: HttpSink, settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE = ()

    with pytest.raises(UnsafeAddress):
        outbound.post(f"{sink.url}/", body=b"", ca_pem=CA_PEM)

    assert sink.requests == []


def test_a_redirect_is_an_answer_and_is_not_followed(sink: HttpSink) -> None:
    sink.answer = lambda _request: Reply(status=307, headers={"Location": f"{sink.url}/elsewhere"})

    answer = outbound.post(f"{sink.url}/", body=b"", ca_pem=CA_PEM)

    assert (answer.status, len(sink.requests)) == (307, 1)


def test_an_answer_that_is_too_large_is_not_read_to_its_end(sink: HttpSink) -> None:
    sink.answer = lambda _request: Reply(pieces=(b"x" * 1000,) * 20)

    with pytest.raises(Unreachable) as refused:
        outbound.post(f"{sink.url}/", body=b"", ca_pem=CA_PEM, limit_bytes=5000)

    assert "5,000 bytes" in refused.value.detail


def test_an_answer_that_drips_ends_with_the_whole_time(sink: HttpSink) -> None:
    sink.answer = lambda _request: Reply(pieces=(b"x",) * 200, pause_s=0.1)
    began = time.monotonic()

    with pytest.raises(Unreachable):
        outbound.post(f"{sink.url}/", body=b"", ca_pem=CA_PEM, timeout_s=0.5)

    assert time.monotonic() - began < 10


def test_proxies_of_the_environment_are_ignored(sink: HttpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert outbound.get(f"{sink.url}/", ca_pem=CA_PEM).status == 200


def test_plain_http_is_let_through_only_inside_listed_networks(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE = LOOPBACK
    with http_sink(tls=False) as listening:
        answer = outbound.post(f"{listening.url}/", body=b"")

    assert answer.status == 200


@pytest.fixture
def names(settings: Settings) -> Iterator[nameserver.NameServer]:
    """A name server that outbound asks."""
    with nameserver.running("outbound-names") as server:
        settings.OUTBOUND_RESOLVERS = server.resolvers
        yield server


def test_names_that_lead_to_closed_addresses_are_refused(names: nameserver.NameServer) -> None:
    names.serve(
        "private.example.com. A 10.1.2.3",
        "mixed.example.com. A 8.8.8.8",
        "mixed.example.com. A 127.0.0.1",
        "six.example.com. A 8.8.8.8",
        "six.example.com. AAAA ::1",
        "alias.example.com. CNAME private.example.com.",
        "open.example.com. A 8.8.8.8",
    )

    for name in ("private", "mixed", "six", "alias"):
        with pytest.raises(UnsafeAddress):
            outbound.require_allowed(f"https://{name}.example.com/")
    outbound.require_allowed("https://open.example.com/")
    with pytest.raises(Unreachable):
        outbound.require_allowed("https://nobody.example.com/")


def test_a_name_that_changes_its_address_between_check_and_connection_gains_nothing(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.1/32"),)
    with turning_name("127.0.0.1", "127.0.0.2") as (port, asked), http_sink("turning.example.com") as allowed:
        settings.OUTBOUND_RESOLVERS = (("127.0.0.1", port),)
        with http_sink("turning.example.com", address="127.0.0.2", port=allowed.port) as closed:
            url = f"https://turning.example.com:{allowed.port}/"
            answer = outbound.post(url, body=b"first", ca_pem=CA_PEM)
            asked_once = list(asked)
            with pytest.raises(UnsafeAddress):
                outbound.post(url, body=b"second", ca_pem=CA_PEM)

    assert (answer.status, asked_once) == (200, ["127.0.0.1"])
    assert ([request.body for request in allowed.requests], closed.requests) == ([b"first"], [])


def test_dial_makes_a_tls_connection_of_the_name(settings: Settings) -> None:
    settings.OUTBOUND_PRIVATE = LOOPBACK
    with syslog_sink() as listening:
        with outbound.dial("localhost", listening.port, ca_pem=CA_PEM) as connection:
            assert isinstance(connection, ssl.SSLSocket)
            connection.sendall(b"5 hello")
        wait_until(lambda: listening.messages == [b"hello"])


def test_dial_refuses_closed_addresses_and_strangers(settings: Settings) -> None:
    with syslog_sink("other.example") as listening:
        with pytest.raises(UnsafeAddress):
            outbound.dial("localhost", listening.port, ca_pem=CA_PEM)
        settings.OUTBOUND_PRIVATE = LOOPBACK
        with pytest.raises(Unreachable):
            outbound.dial("localhost", listening.port, ca_pem=CA_PEM)
        with pytest.raises(UnsafeAddress):
            outbound.dial("localhost", listening.port, ca_pem="no certificate")


def turning_name(*answers: str) -> "_Turning":
    """A name server that gives the next of `answers` at each question for an address."""
    return _Turning(answers)


class _Turning:
    def __init__(self, answers: tuple[str, ...]) -> None:
        self._answers = list(answers)
        self._asked: list[str] = []
        self._ended = threading.Event()

    def __enter__(self) -> tuple[int, list[str]]:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self._socket.getsockname()[1], self._asked

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                packet, caller = self._socket.recvfrom(4096)
            except TimeoutError:
                continue
            question = dns.message.from_wire(packet)
            response = dns.message.make_response(question)
            response.flags |= dns.flags.RA
            if question.question[0].rdtype == dns.rdatatype.A:
                given = self._answers[min(len(self._asked), len(self._answers) - 1)]
                self._asked.append(given)
                response.answer.append(dns.rrset.from_text(question.question[0].name, 0, "IN", "A", given))
            self._socket.sendto(response.to_wire(), caller)
