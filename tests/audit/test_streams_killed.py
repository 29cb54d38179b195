"""A worker that is killed in the middle of a batch loses no entry and changes no order."""

import ipaddress
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise

import orjson
import pytest

from audit import actions, following, queries
from audit.actions import Wanted
from audit.models import Stream
from kernel import tenancy
from kernel.actors import Actor
from kernel.tenancy import Purpose, TenantRef
from tests import makers
from tests.audit.conftest import happen, seal
from tests.conftest import ROOT, Settings
from tests.listeners import CA_PEM, HttpSink, Reply, Request, http_sink

KEY = "a-signing-key-of-more-than-24-signs"
KILLED_AT = (4, 9, 11)
"""Requests during whose answer the worker is killed: in the middle of its batches of six."""


@pytest.fixture
def streamed() -> Iterator[TenantRef]:
    with makers.passing_tenant("streamed") as ref:
        yield ref


@pytest.fixture
def sink(settings: Settings) -> Iterator[HttpSink]:
    settings.OUTBOUND_PRIVATE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
    with http_sink() as listening:
        yield listening


def wait_for_the_lease(ref: TenantRef, stream: Stream) -> None:
    """Until a killed worker's lease has ended."""
    with tenancy.activate(ref, purpose=Purpose.OPERATOR):
        while (place := following.place_of(stream.cursor_name)) is not None and not following.is_free(place):
            time.sleep(0.05)


def worker(ref: TenantRef, stream: Stream) -> subprocess.Popen[bytes]:
    """A process that delivers."""
    environment = {**os.environ, "OUTBOUND_PRIVATE": "127.0.0.0/8,::1/128"}
    return subprocess.Popen([sys.executable, "-m", "tests.audit.delivering", ref.slug, str(stream.pk)], env=environment, cwd=ROOT)


@pytest.mark.committed
def test_a_killed_worker_loses_nothing_and_keeps_the_order(streamed: TenantRef, sink: HttpSink, operator: Actor) -> None:
    with tenancy.activate(streamed, purpose=Purpose.OPERATOR):
        seal(streamed)
        wanted = Wanted(name="SIEM", settings={"url": sink.url, "ca": CA_PEM}, secret={"signing_key": KEY})
        stream = actions.create_stream("https", wanted=wanted, from_seq=None, actor=operator)
        for number in range(20):
            happen(actor=operator, number=number)
        seal(streamed)
        first, last = queries.stream_status(stream).seq + 1, following.log_size()
    running: list[subprocess.Popen[bytes]] = []

    def kill_now_and_then(_request: Request) -> Reply:
        if len(sink.requests) in KILLED_AT:
            running[-1].send_signal(signal.SIGKILL)
            running[-1].wait()
        return Reply()

    sink.answer = kill_now_and_then
    ends: list[int] = []
    while not ends or ends[-1] != 0:
        wait_for_the_lease(streamed, stream)
        running.append(worker(streamed, stream))
        ends.append(running[-1].wait(60))
        assert len(ends) <= len(KILLED_AT) + 1

    seqs = [orjson.loads(request.body)["seq"] for request in sink.requests]
    assert ends == [-signal.SIGKILL] * len(KILLED_AT) + [0]
    assert sorted(set(seqs)) == list(range(first, last + 1))
    firsts = list(dict.fromkeys(seqs))
    assert firsts == sorted(firsts)
    assert all(after <= before + 1 for before, after in pairwise(seqs))
    assert len(seqs) > last - first + 1, "what was on its way when the worker died is sent again"
    with tenancy.activate(streamed, purpose=Purpose.OPERATOR):
        assert (queries.stream_status(stream).state, queries.stream_status(stream).seq) == ("live", last)
