"""The doors of streams: REST and the command; pages have their own tests."""

import io
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from django.core.management import call_command

from audit import following
from audit.models import Entry, Stream
from kernel import tenancy
from tests import makers
from tests.caller import Caller
from tests.listeners import CA_PEM, HttpSink, Reply, http_sink

PATH = "/v1/audit/streams"
KEY = "a-signing-key-of-more-than-24-signs"


pytestmark = pytest.mark.usefixtures("open_loopback")


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as listening:
        yield listening


@pytest.fixture
def caller() -> Caller:
    return Caller(host="acme.localhost", key=makers.make_key().secret)


def wanted(sink: HttpSink, **more: Any) -> dict[str, Any]:
    settings = {"url": f"{sink.url}/in", "ca": CA_PEM}
    return {"name": "SIEM", "kind": "https", "settings": settings, "secret": {"signing_key": KEY}, **more}


def test_a_stream_lives_over_rest(caller: Caller, sink: HttpSink) -> None:
    made = caller.post(PATH, wanted(sink, filters={"severity": 3}))
    assert made.status_code == 201, made.content
    stream = made.json()
    address = f"{PATH}/{stream['id']}"

    assert (made["Location"], made["ETag"]) == (address, '"v1"')
    assert (stream["name"], stream["target"], stream["format"], stream["has_secret"]) == ("SIEM", "localhost", "jsonl", True)
    assert stream["filters"] == {"severity": 3}
    assert KEY not in made.content.decode()
    assert [row["id"] for row in caller.get(f"{PATH}?q=sie").json()["data"]] == [stream["id"]]
    assert caller.get(f"{PATH}?kind=s3").json()["data"] == []
    changed = caller.patch(address, {"name": "renamed"}, HTTP_IF_MATCH='"v1"')
    assert (changed.status_code, changed.json()["name"], changed["ETag"]) == (200, "renamed", '"v2"')
    assert caller.patch(address, {"name": "again"}, HTTP_IF_MATCH='"v1"').status_code == 412
    assert caller.put(f"{address}/pause", {"reason": "moving"}).json()["state"] == "paused"
    assert caller.delete(f"{address}/pause").json()["state"] in {"live", "behind"}
    assert caller.post(f"{address}/replay", {"from_seq": 1}).json()["seq"] == 0
    sink.answer = lambda _request: Reply(pieces=(b"thanks",))
    assert caller.post(f"{address}/test").json() == {"is_taken": True, "answer": "200 thanks"}
    assert caller.delete(address).status_code == 204
    assert caller.get(address).status_code == 404


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"kind": "pigeon"}, 422, "/kind"),
        ({"name": ""}, 422, "/name"),
        ({"settings": {"url": "https://10.0.0.1/"}}, 422, None),
        ({"settings": {"url": "ftp://example.com/"}}, 422, None),
        ({"secret": {}}, 422, "/secret/signing_key"),
        ({"filters": {"severity": 9}}, 422, "/severity"),
        ({"filters": {"nothing": "x"}}, 422, "/nothing"),
        ({"from_seq": 10**9}, 422, "/from_seq"),
        ({"more": 1}, 422, "/more"),
    ],
)
def test_bad_streams_are_refused_by_rest(
    change: dict[str, Any], status: int, pointer: str | None, caller: Caller, sink: HttpSink
) -> None:
    refused = caller.post(PATH, wanted(sink) | change)

    assert refused.status_code == status
    if pointer is None:
        assert refused.json()["type"] == "/problems/unsafe-address"
    else:
        assert [fault["pointer"] for fault in refused.json()["errors"]] == [pointer]
    assert Stream.objects.count() == 0


def test_readers_may_look_and_not_touch(caller: Caller, sink: HttpSink) -> None:
    stream = caller.post(PATH, wanted(sink)).json()
    reader = Caller(host="acme.localhost", key=makers.make_key(scopes=("read:audit.streams",), email="reader@acme.example").secret)
    address = f"{PATH}/{stream['id']}"

    assert reader.get(address).status_code == 200
    assert [
        reader.post(PATH, wanted(sink)).status_code, reader.patch(address, {"name": "x"}).status_code, reader.delete(address).status_code,
        reader.put(f"{address}/pause", {"reason": "x"}).status_code, reader.delete(f"{address}/pause").status_code,
        reader.post(f"{address}/replay", {"from_seq": 1}).status_code, reader.post(f"{address}/test").status_code,
    ] == [403] * 7  # fmt: skip
    assert (Stream.objects.count(), sink.requests) == (1, [])


def run(*words: str) -> tuple[dict[str, Any], int]:
    """The document and the exit code of the command in acme."""
    out, code = io.StringIO(), 0
    with tenancy.outside(), suppress(SystemExit):
        try:
            call_command("stream", *words, "--tenant", "acme", "--json", stdout=out, stderr=io.StringIO())
        except SystemExit as ended:
            code = int(str(ended.code))
    return orjson.loads(out.getvalue()), code


def test_a_stream_lives_by_command(sink: HttpSink, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(CA_PEM)
    (tmp_path / "secret").write_text(f"signing_key={KEY}\n")
    making: tuple[str, ...] = ("create", "SIEM", "https", "--url", f"{sink.url}/in", "--ca-file", str(tmp_path / "ca.pem"))
    making += ("--secret-file", str(tmp_path / "secret"), "--filter", "severity=2", "--format", "ecs")

    dry, _ = run(*making, "--dry-run")
    assert (dry["dry_run"], Stream.objects.count()) == (True, 0)
    made, code = run(*making)
    assert (code, made["stream"]["format"], made["stream"]["filters"]) == (0, "ecs", {"severity": 2})
    assert KEY not in orjson.dumps(made).decode()
    assert run("show", "SIEM")[0]["stream"]["id"] == run("show", made["stream"]["id"])[0]["stream"]["id"]
    assert run("pause", "SIEM", "--reason", "moving")[0]["stream"]["state"] == "paused"
    assert run("resume", "SIEM")[0]["stream"]["paused_at"] is None
    assert run("replay", "SIEM", "--from-seq", "1")[0]["stream"]["seq"] == 0
    assert run("test", "SIEM") == ({"schema": 1, "is_taken": True, "answer": "200 {}"}, 0)
    sink.answer = lambda _request: Reply(status=500, pieces=(b"",))
    assert run("test", "SIEM")[1] == 6
    assert [row["name"] for row in run("list")[0]["streams"]] == ["SIEM"]
    assert run("status")[1] == 0
    assert run("remove", "SIEM", "--dry-run")[0]["dry_run"] is True
    assert run("remove", "SIEM")[1] == 0
    assert (run("show", "SIEM")[1], Stream.objects.count()) == (3, 0)


def test_the_command_says_when_a_stream_fails(sink: HttpSink, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"signing_key={KEY}\n")
    run("create", "SIEM", "https", "--url", f"{sink.url}/in", "--secret-file", str(tmp_path / "secret"), "--from-seq", "1")
    stream = Stream.objects.get()
    following.postpone(stream.cursor_name, fault="No connection.", wait=timedelta(minutes=1))

    document, code = run("status")
    assert (code, document["failing"]) == (6, ["SIEM"])


def test_the_command_refuses_files_that_are_not_there(sink: HttpSink, tmp_path: Path) -> None:
    _, code = run("create", "SIEM", "https", "--url", f"{sink.url}/in", "--secret-file", str(tmp_path / "nothing"))

    assert (code, Stream.objects.count()) == (2, 0)
    assert not Entry.objects.filter(action="audit.stream.created").exists()
