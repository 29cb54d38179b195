"""Targets: what each kind gets, and which are refused."""

import gzip
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from audit import actions
from audit.actions import Wanted
from audit.models import Cursor, Stream
from kernel import clock
from kernel.actors import Actor
from kernel.problems import Invalid, UnsafeAddress
from kernel.tenancy import TenantRef
from tests.audit.conftest import happen
from tests.audit.streaming import SIGNING_KEY, actions_on_trail, deliver, own_records, seal, to_https
from tests.conftest import Settings
from tests.listeners import CA_PEM, HttpSink, Reply, SyslogSink, http_sink, server_context, syslog_sink, wait_until

pytestmark = pytest.mark.usefixtures("open_loopback")


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as listening:
        yield listening


def test_private_addresses_are_refused_when_a_stream_is_made(settings: Settings, owner: Actor) -> None:
    settings.OUTBOUND_PRIVATE = ()
    targets: tuple[tuple[str, dict[str, str], dict[str, str]], ...] = (
        ("https", {"url": "https://127.0.0.1/x"}, {"signing_key": SIGNING_KEY}),
        ("https", {"url": "http://8.8.8.8/x"}, {"signing_key": SIGNING_KEY}),
        ("splunk", {"url": "https://10.0.0.1:8088"}, {"token": "t"}),
        ("syslog", {"host": "localhost", "port": "6514"}, {}),
        (
            "s3",
            {"endpoint": "https://169.254.169.254", "bucket": "logs", "region": "eu-1"},
            {"access_key_id": "a", "secret_access_key": "b"},
        ),
    )

    for kind, target, secret in targets:
        with pytest.raises(UnsafeAddress):
            actions.create_stream(kind, wanted=Wanted(name="x", settings=target, secret=secret), from_seq=None, actor=owner)

    assert (Stream.objects.count(), actions_on_trail("audit.stream.")) == (0, [])


def test_private_addresses_are_refused_when_it_is_sent(sink: HttpSink, settings: Settings, acme: TenantRef, owner: Actor) -> None:
    stream = to_https(sink, actor=owner)
    happen(actor=owner)
    seal(acme)
    settings.OUTBOUND_PRIVATE = ()

    run = deliver(stream)

    assert (run.moved, sink.requests) == (0, [])
    assert "not on the public internet" in run.fault


@pytest.mark.parametrize(
    ("kind", "target", "secret", "pointer"),
    [
        ("https", {"url": ""}, {"signing_key": SIGNING_KEY}, "/settings/url"),
        ("https", {"url": "https://localhost", "more": "x"}, {"signing_key": SIGNING_KEY}, "/settings/more"),
        ("https", {"url": "https://localhost"}, {"signing_key": "short"}, "/secret/signing_key"),
        ("https", {"url": "https://localhost"}, {"signing_key": SIGNING_KEY, "authorization": "x\r\ny: z"}, "/secret/authorization"),
        ("https", {"url": "https://localhost", "ca": "no certificate"}, {"signing_key": SIGNING_KEY}, "/settings/ca"),
        ("splunk", {"url": "https://localhost"}, {}, "/secret/token"),
        ("syslog", {"host": "localhost", "port": "70000"}, {}, "/settings/port"),
        ("s3", {"endpoint": "https://localhost", "bucket": "UP", "region": "r"}, {"access_key_id": "a", "secret_access_key": "b"}, "/settings/bucket"),
        (
            "s3", {"endpoint": "https://localhost", "bucket": "logs", "region": "r", "prefix": "a/../b"},
            {"access_key_id": "a", "secret_access_key": "b"}, "/settings/prefix",
        ),
        ("pigeon", {}, {}, "/kind"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(kind: str, target: dict[str, str], secret: dict[str, str], pointer: str, owner: Actor) -> None:
    with pytest.raises(Invalid) as refused:
        actions.create_stream(kind, wanted=Wanted(name="x", settings=target, secret=secret), from_seq=None, actor=owner)

    assert [fault["pointer"] for fault in refused.value.fields["errors"]] == [pointer]
    assert Stream.objects.count() == 0


def test_formats_that_a_target_does_not_take_are_refused(sink: HttpSink, owner: Actor) -> None:
    tries: tuple[dict[str, Any], ...] = (
        {"format": "csv"},
        {"format": "ocsf", "format_version": "0.1"},
        {"format": "jsonl", "format_version": "1.3.0"},
    )
    for wanted in tries:
        with pytest.raises(Invalid):
            to_https(sink, actor=owner, **wanted)

    assert Stream.objects.count() == 0


def test_splunk_gets_its_shape_and_must_say_code_0(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    wanted = Wanted(name="splunk", settings={"url": sink.url, "ca": CA_PEM}, secret={"token": "b5a6-token"})
    stream = actions.create_stream("splunk", wanted=wanted, from_seq=None, actor=owner)
    happen(actor=owner, number=3)
    seal(acme)
    sink.answer = lambda _request: Reply(pieces=(b'{"text":"Invalid token","code":4}',))
    assert deliver(stream).moved == 0
    sink.answer = lambda _request: Reply(pieces=(b'{"text":"Success","code":0}',))
    Cursor.objects.update(not_before=None)

    assert deliver(stream).moved > 0

    request = sink.requests[-1]
    assert (request.path, request.headers["authorization"]) == ("/services/collector/event", "Splunk b5a6-token")
    events = [orjson.loads(line) for line in request.body.splitlines()]
    own = [event for event in events if event["sourcetype"] == "freehold:audit:jsonl"]
    assert [event["event"]["entry"]["details"].get("number") for event in own][-1] == 3
    assert own[-1]["fields"]["leaf"] == own[-1]["event"]["leaf"]
    assert isinstance(own[-1]["time"], float)
    assert [event["sourcetype"] for event in events if event not in own] == ["freehold:checkpoint"]


@pytest.fixture
def listening() -> Iterator[SyslogSink]:
    with syslog_sink() as sink:
        yield sink


def to_syslog(listening: SyslogSink, *, actor: Actor, format_name: str = "syslog") -> Stream:
    settings = {"host": "localhost", "port": str(listening.port), "ca": CA_PEM}
    return actions.create_stream(
        "syslog", wanted=Wanted(name="syslog", settings=settings, format=format_name), from_seq=None, actor=actor
    )


@pytest.mark.parametrize("format_name", ["syslog", "cef", "jsonl", "ocsf", "ecs"])
def test_syslog_over_tls_counts_octets(format_name: str, listening: SyslogSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_syslog(listening, actor=owner, format_name=format_name)
    happen(actor=owner, label="line\nbreak and 999 <13>1 \u00e4\u2028", number=4)
    seal(acme)

    run = deliver(stream)

    wait_until(lambda: len(listening.messages) >= run.moved + 1)
    assert (run.fault, listening.faults) == ("", [])
    assert all(message.startswith(b"<1") and b"\n" not in message for message in listening.messages)
    own = next(message for message in listening.messages if b"tests.thing.happened [freehold@32473" in message)
    assert (b"CEF:0|Freehold" in own) is (format_name == "cef")
    assert sum(b" audit.log.checkpoint [" in message and b"] checkpoint " in message for message in listening.messages) == 1


def test_a_syslog_receiver_that_is_away_loses_nothing(listening: SyslogSink, acme: TenantRef, owner: Actor) -> None:
    stream = to_syslog(listening, actor=owner)
    happen(actor=owner, number=1)
    seal(acme)
    Stream.objects.filter(pk=stream.pk).update(settings=stream.settings | {"port": "9"})
    assert deliver(stream).fault.startswith("No connection")
    Stream.objects.filter(pk=stream.pk).update(settings=stream.settings)
    Cursor.objects.update(not_before=None)

    run = deliver(stream)

    wait_until(lambda: len(listening.messages) >= run.moved + 1)
    assert any(b"tests.thing.happened" in message for message in listening.messages)


def test_objects_are_packed_under_a_key_that_tells_their_place(sink: HttpSink, acme: TenantRef, owner: Actor) -> None:
    settings = {"endpoint": sink.url, "bucket": "logs", "prefix": "/freehold/", "region": "eu-central-1", "ca": CA_PEM}
    secret = {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "secret"}
    wanted = Wanted(name="s3", settings=settings, secret=secret)
    stream = actions.create_stream("s3", wanted=wanted, from_seq=None, actor=owner)
    happen(actor=owner, number=1)
    seal(acme)

    run = deliver(stream)

    packed, note = sink.requests
    lines = [orjson.loads(line) for line in gzip.decompress(packed.body).splitlines()]
    first, last, day = lines[0]["seq"], lines[-1]["seq"], clock.now().strftime("%Y/%m/%d")
    stem = f"/logs/freehold/acme/{day}/{lines[0]['epoch']:04d}-{first:012d}-{last:012d}"
    assert (packed.method, packed.path, note.path) == ("PUT", f"{stem}.jsonl.gz", f"{stem}.checkpoint")
    assert (len(lines), own_records(lines)) == (run.moved, [1])
    assert packed.headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")


@contextmanager
def breaking_off() -> Iterator[int]:
    """The port of a TLS server that takes the connection and then breaks it off with most of it unread."""
    context = server_context("localhost")
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            raw, _address = listening.accept()
            wrapped = context.wrap_socket(raw, server_side=True)
            wrapped.recv(1)
            time.sleep(0.3)  # by now the sender has handed everything to its kernel, which is not the same as its being taken
            wrapped.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            wrapped.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def test_a_syslog_receiver_that_breaks_off_has_taken_nothing(acme: TenantRef, owner: Actor) -> None:
    with breaking_off() as port:
        settings = {"host": "localhost", "port": str(port), "ca": CA_PEM}
        stream = actions.create_stream("syslog", wanted=Wanted(name="syslog", settings=settings), from_seq=None, actor=owner)
        for number in range(50):
            happen(actor=owner, number=number)
        seal(acme)

        run = deliver(stream)

    assert (run.moved, run.fault) == (0, "The connection broke off before everything was taken.")
