"""The process of one peer: it serves as a server would, and refuses to measure wrong answers."""

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bench.worker import Server, WrongAnswer
from bench.workers import Worker, WorkerDied

TARGETS = [
    {"host": f"tenant-{number}.localhost", "headers": {"HTTP_AUTHORIZATION": f"Bearer {number}"}, "expected": f"t_{number}"}
    for number in range(3)
]
ORDER: dict[str, Any] = {
    "path": "/bench/one",
    "method": "GET",
    "body": "",
    "names_tenant": True,
    "with_headers": False,
    "calls": 30,
}


def application(
    seen: list[dict[str, Any]], *, status: str = "200 OK", text: Callable[[str], str] = lambda number: f"t_{number}"
) -> Any:
    """A WSGI application that notes what it was asked and names the tenant of the host."""

    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        seen.append({**environ, "read": environ["wsgi.input"].read()})
        start(status, [])
        return [text(environ["SERVER_NAME"].removeprefix("tenant-").removesuffix(".localhost")).encode()]

    return answer


def test_every_call_is_timed_and_no_tenant_is_asked_twice_in_a_row() -> None:
    seen: list[dict[str, Any]] = []

    answer = Server(application(seen), targets=TARGETS, seed=1).serve(ORDER)

    hosts = [environ["HTTP_HOST"] for environ in seen]
    assert len(answer["wall_us"]) == len(hosts) == 30
    assert all(wall > 0 for wall in answer["wall_us"])
    assert {host: hosts.count(host) for host in hosts} == {f"tenant-{number}.localhost:8000": 10 for number in range(3)}
    assert all(one != other for one, other in pairwise(hosts))


def test_a_body_and_an_actor_are_sent_when_asked_for() -> None:
    seen: list[dict[str, Any]] = []
    order = {**ORDER, "method": "POST", "body": '{"a": 1}', "with_headers": True, "names_tenant": False, "calls": 1}

    Server(application(seen), targets=TARGETS[:1], seed=1).serve(order)

    assert seen[0]["read"] == b'{"a": 1}'
    assert (seen[0]["CONTENT_TYPE"], seen[0]["CONTENT_LENGTH"], seen[0]["HTTP_AUTHORIZATION"]) == (
        "application/json",
        "8",
        "Bearer 0",
    )


def test_another_tenants_row_stops_the_run() -> None:
    server = Server(application([], text=lambda _number: "t_9"), targets=TARGETS, seed=1)

    with pytest.raises(WrongAnswer, match="t_9"):
        server.serve(ORDER)


def test_a_refusal_stops_the_run() -> None:
    server = Server(application([], status="404 Not Found"), targets=TARGETS, seed=1)

    with pytest.raises(WrongAnswer, match="404 Not Found"):
        server.serve(ORDER)


def test_a_worker_that_dies_says_why(tmp_path: Path) -> None:
    worker = Worker(
        name="nobody", settings="bench.routing.settings.nobody", environment={"BENCH_TENANTS": "1"}, log=tmp_path / "log"
    )

    worker.start_preparing()
    with pytest.raises(WorkerDied, match=r"nobody ended early:[\s\S]*No module named 'bench.routing.settings.nobody'"):
        worker.finish_preparing()
    worker.stop()
