"""`manage.py up`, `down` and `reset` as people use them: one at a time, all or nothing, and nothing left behind."""

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.embedded import addresses as addressing
from config.embedded import ports, processes
from config.settings import ROOT

START_TIMEOUT_S = 120.0


class Installation:
    """An installation of its own and the commands run in it."""

    def __init__(self, var: Path) -> None:
        self.var = var
        with ports.next_free(8150) as port:
            self.port = port
        self.environ = {**os.environ, "FREEHOLD_VAR": str(var), "PORT": str(self.port), "ACCESS_LOG": "false"}
        self.log = var.parent / "up.log"
        self.process: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, check=False, capture_output=True, text=True, cwd=ROOT, env=self.environ | environ, timeout=120
        )

    def start(self) -> float:
        """Start `up` and wait for its table; the seconds it took."""
        begun = time.monotonic()
        with self.log.open("wb") as log:
            command = [sys.executable, "manage.py", "up", "--without-demo"]
            self.process = subprocess.Popen(command, cwd=ROOT, env=self.environ, stdout=log, stderr=log, start_new_session=True)
        running = self.process
        processes.wait_until(lambda: "Ctrl-C stops" in self.told() or running.poll() is not None, timeout_s=START_TIMEOUT_S)
        assert "Ctrl-C stops" in self.told(), (running.returncode, time.monotonic() - begun, self.told())
        return time.monotonic() - begun

    def told(self) -> str:
        """What `up` has written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def status_of(self, path: str) -> int:
        """The HTTP status of a page on the operator's host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": f"platform.localhost:{self.port}"})
            return connection.getresponse().status
        finally:
            connection.close()

    def children(self) -> list[psutil.Process]:
        """Every process that `up` has started."""
        assert self.process is not None
        return psutil.Process(self.process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation, running when the first test begins."""
    made = Installation(tmp_path_factory.mktemp("up") / "var")
    made.start()
    yield made
    made.run("down")


def test_all_programs_run_and_answer(place: Installation) -> None:
    names = {" ".join(child.cmdline()) for child in place.children()}

    for part in ("bin/postgres -D", "redis-server", "granian", "celery --quiet --app config.celery worker", "config.celery beat"):
        assert any(part in name for name in names), part
    assert place.status_of("/sign-in") == 200
    assert f"http://platform.localhost:{place.port}" in place.told()


def test_a_second_up_is_refused_with_the_first_ones_number_and_address(place: Installation) -> None:
    assert place.process is not None

    done = place.run("up")

    assert done.returncode == 1
    assert done.stderr == (
        f"CommandError: Freehold already runs as process {place.process.pid} at http://platform.localhost:{place.port}."
        " `make down` stops it.\n"
    )
    assert place.status_of("/sign-in") == 200


def test_a_taken_port_is_refused_before_anything_is_started(place: Installation, tmp_path: Path) -> None:
    done = place.run("up", FREEHOLD_VAR=str(tmp_path / "other"))

    assert done.returncode == 1
    assert done.stderr.startswith(f"CommandError: Port {place.port} is taken by another program.")
    assert not (tmp_path / "other" / "postgres").exists()


def test_after_a_kill_nothing_is_left_and_up_starts_again_with_the_data(place: Installation) -> None:
    assert place.process is not None
    children = place.children()
    made = place.run("tenant", "create", "kept", "--name", "Kept", "--owner-email", "a@kept.example", "--owner-name", "A")
    assert made.returncode == 0, made.stderr

    place.process.send_signal(signal.SIGKILL)
    place.process.wait(5)
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    place.start()

    shown = place.run("tenant", "show", "kept", "--json")
    assert shown.returncode == 0, shown.stderr


def test_down_stops_everything_and_is_idempotent(place: Installation) -> None:
    assert place.process is not None
    children = place.children()

    done = place.run("down")

    assert done.stdout == f"Stopped process {place.process.pid} at http://platform.localhost:{place.port}.\n"
    assert place.process.wait(5) == 0
    _, alive = psutil.wait_procs(children, timeout=5)
    assert alive == []
    told = place.told()
    order = [told.index(f"stopping {name}") for name in ("web", "beat", "worker", "redis", "postgres")]
    assert order == sorted(order)
    assert place.run("down").stdout == "Nothing was running.\n"


def test_reset_asks_and_then_removes_the_data_and_nothing_else(place: Installation) -> None:
    (place.var / "notes.txt").write_text("mine", encoding="utf-8")
    for folder in ("backups", "exports"):
        (place.var / folder).mkdir(exist_ok=True)
        (place.var / folder / "sealed").write_bytes(b"sealed with a key that goes")

    refused = place.run("reset")
    assert refused.returncode == 1
    assert (place.var / "postgres").is_dir()
    assert str(addressing.at(place.var).postgres_data) in place.run("reset", "--dry-run").stdout
    assert (place.var / "postgres").is_dir()
    assert place.run("reset", "--yes").returncode == 0

    assert [path.name for path in place.var.iterdir()] == ["notes.txt"]
