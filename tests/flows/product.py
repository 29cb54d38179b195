"""The started product as the flows see it: addresses, commands and processes."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson
import psutil

from tests.conftest import ROOT


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, headers in lower case, and the body as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, parsed."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Product:
    """A product that runs at `port`; `environ` is what its commands need, `process` the one that looks after all others."""

    port: int
    environ: dict[str, str]
    process: psutil.Process

    @property
    def var(self) -> Path:
        """The folder of its data."""
        return Path(self.environ["FREEHOLD_VAR"])

    def form(self, host: str, path: str) -> tuple[Reply, str, str]:
        """A page with a form: the page, its cookie, and the token that the form carries."""
        page = self.call("GET", host, path, headers={"Accept": "text/html"})
        found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.body)
        assert found is not None, page.body[:2000]
        return page, page.headers["set-cookie"].partition(";")[0].strip(), found.group(1).decode()

    def url(self, slug: str, path: str = "/") -> str:
        """The address of a tenant's page."""
        return f"http://{slug}.localhost:{self.port}{path}"

    def call(
        self, method: str, host: str, path: str, body: Any = None, *, key: str = "", headers: dict[str, str] | None = None
    ) -> Reply:
        """One request over a connection of its own; `body` is sent as JSON."""
        sent = {"Host": f"{host}:{self.port}", "Accept": "application/json", **(headers or {})}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=None if body is None else orjson.dumps(body), headers=sent)
            response = connection.getresponse()
            return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def submit(self, host: str, path: str, form: str, *, cookie: str) -> Reply:
        """A form, as a browser without JavaScript sends it; `form` is URL-encoded."""
        sent = {
            "Host": f"{host}:{self.port}",
            "Accept": "text/html",
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": cookie,
            "Origin": f"http://{host}:{self.port}",
        }
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("POST", path, body=form, headers=sent)
            response = connection.getresponse()
            return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
        finally:
            connection.close()

    def manage(self, *arguments: str) -> Any:
        """A command with `--json`, run to its end; what it printed, parsed."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, f"{arguments} ended with {done.returncode}: {done.stdout[-1000:]} {done.stderr[-2000:]}"
        return orjson.loads(done.stdout)

    def way_in(self, host: str) -> dict[str, Any]:
        """The demo's first person at a host: `url`, `email` and `password`."""
        ways: list[dict[str, Any]] = self.manage("demo")["sign_ins"]
        return {**next(way for way in ways if f"//{host}." in way["url"]), "url": self.url(host, "")}

    def key(self, slug: str, *, owner: str) -> str:
        """The secret of a fresh API key that may all that its owner may."""
        created = self.manage("key", "create", "flow", "--tenant", slug, "--owner", owner, "--scope", "*")
        return str(created["secret"])

    def ready_spares(self) -> int:
        """How many places are complete and wait for a tenant."""
        return sum(int(pool["ready"]) for pool in self.manage("fleet", "spares")["pools"])

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command, run to its end, whatever that is."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def processes(self, word: str) -> list[psutil.Process]:
        """The product's processes whose command line holds a word."""
        found = []
        for child in self.process.children(recursive=True):
            try:
                if any(word in part for part in child.cmdline()):
                    found.append(child)
            except psutil.NoSuchProcess:
                continue
        return found


def wait_until(condition: Callable[[], Any], *, timeout_s: float, what: str) -> Any:
    """Ask until the condition gives something true, and return that; fails with `what` when it never does."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {timeout_s} s: {what}")
