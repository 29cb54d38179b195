"""The subprocess of one peer: `python -m bench.worker prepare` makes its data, `serve` answers requests in process, `work` calls functions.

It speaks JSON lines: orders on standard input, answers on standard output; everything else goes to standard error. `serve` calls the WSGI
application as a server would, response body read and closed, and times nothing else. Django's settings come from DJANGO_SETTINGS_MODULE.
"""

from __future__ import annotations

import gc
import io
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

Target = dict[str, Any]  # {"host": …, "headers": {…}, "expected": text that the answer of a view with a query must hold}
Answer = dict[str, Any]
PREPARE = "BENCH_PREPARE"  # a setting of the peers alone: the function that makes their data


class WrongAnswer(RuntimeError):
    """A peer answered with another status, or with another tenant's row. Such a run measures nothing."""


class Server:
    """One WSGI application and the tenants that it is asked for, in a seeded random order that never repeats a tenant at once."""

    def __init__(self, application: WSGIApplication, *, targets: list[Target], seed: int) -> None:
        self.application = application
        self.targets = self._endless(targets, order=random.Random(seed))  # noqa: S311 - an order of requests, no secret

    def serve(self, order: dict[str, Any]) -> Answer:
        """Answer `calls` requests; gives the wall time of each and the CPU time per request of the block, in microseconds."""
        calls = [self._call(next(self.targets), order=order) for _ in range(order["calls"])]
        walls = []
        cpu_started = time.process_time_ns()
        for call in calls:
            started = time.perf_counter_ns()
            self._answer(call)
            walls.append((time.perf_counter_ns() - started) / 1e3)
        cpu_us = (time.process_time_ns() - cpu_started) / 1e3 / len(calls)
        for call in calls:
            self._check(call)
        return {"wall_us": walls, "cpu_us": cpu_us}

    def _answer(self, call: dict[str, Any]) -> None:
        response = self.application(call["environ"], call["start"])
        call["body"] = b"".join(response)
        close = getattr(response, "close", None)
        if close is not None:
            close()

    def _call(self, target: Target, *, order: dict[str, Any]) -> dict[str, Any]:
        body = order.get("body", "").encode()
        call: dict[str, Any] = {"expected": target["expected"] if order["names_tenant"] else ""}
        call["start"] = lambda status, headers: call.update(status=status, headers=headers)
        call["environ"] = {
            "REQUEST_METHOD": order["method"],
            "SCRIPT_NAME": "",
            "PATH_INFO": order["path"],
            "QUERY_STRING": "",
            "SERVER_NAME": target["host"],
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": f"{target['host']}:8000",
            "HTTP_ACCEPT": "*/*",
            "HTTP_USER_AGENT": "bench",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **({"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))} if body else {}),
            **(target["headers"] if order["with_headers"] else {}),
        }
        return call

    @staticmethod
    def _check(call: dict[str, Any]) -> None:
        if not call["status"].startswith("200") or call["expected"].encode() not in call["body"]:
            environ = call["environ"]
            where = environ["HTTP_HOST"] + environ["PATH_INFO"]
            raise WrongAnswer(f"{where}: {call['status']} {call['body'][:500]!r}; it should hold {call['expected']!r}")

    @staticmethod
    def _endless(targets: list[Target], *, order: random.Random) -> Iterator[Target]:
        last: Target | None = None
        while True:
            row = order.sample(targets, len(targets))
            if len(row) > 1 and row[0] is last:
                row.reverse()
            yield from row
            last = row[-1]


def prepare() -> None:
    """Make the peer's database and tenants by its own means; prints them as one line."""
    django.setup()
    make = import_string(getattr(settings, PREPARE))
    targets = make(int(os.environ["BENCH_TENANTS"]))
    _say({"targets": targets})


def serve() -> None:
    """Read the targets, then answer one order per line until standard input ends."""
    first = json.loads(sys.stdin.readline())
    server = Server(get_wsgi_application(), targets=first["targets"], seed=first["seed"])
    gc.collect()
    _say({"ready": True})
    for line in sys.stdin:
        _say(server.serve(json.loads(line)))


def work() -> None:
    """Call one function of ours per line, by its dotted name and with its arguments, until standard input ends."""
    django.setup()
    _say({"ready": True})
    for line in sys.stdin:
        order = json.loads(line)
        _say({"answer": import_string(order["call"])(**order["arguments"])})


def _say(answer: Answer) -> None:
    sys.__stdout__.write(json.dumps(answer) + "\n")  # type: ignore[union-attr]  # a subprocess of ours always has one
    sys.__stdout__.flush()  # type: ignore[union-attr]


if __name__ == "__main__":
    sys.stdout = sys.stderr
    {"prepare": prepare, "serve": serve, "work": work}[sys.argv[1]]()
