"""The whole product on one machine: what `manage.py up` starts, in which order, and what `manage.py reset` removes."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from config.embedded import postgres, processes, programs, redis
from config.embedded.faults import EmbeddedFault
from config.embedded.supervisor import Service

if TYPE_CHECKING:
    from pathlib import Path

    from config.embedded.addresses import Addresses
    from config.embedded.supervisor import Supervisor

HOST = "127.0.0.1"
SERVICE_TIMEOUT_S = 60.0
WEB_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Installation:
    """One checkout with its var folder and the settings that decide what runs."""

    root: Path
    addresses: Addresses
    port: int
    web_workers: int
    web_threads: int
    has_postgres: bool
    has_redis: bool

    def manage(self, *arguments: str) -> list[str]:
        """The command line of a management command."""
        return [sys.executable, str(self.root / "manage.py"), *arguments]


def start_databases(installation: Installation, supervisor: Supervisor) -> None:
    """Start the embedded services that this installation uses, and wait until they answer."""
    addresses = installation.addresses
    if installation.has_postgres:
        if postgres.stop(addresses):
            supervisor.say("stopped the PostgreSQL that ran in the background")
        supervisor.say("starting postgres")
        launched = supervisor.start(_postgres(addresses))
        supervisor.wait(lambda: postgres.answers(addresses) or launched.poll() is not None, timeout_s=SERVICE_TIMEOUT_S)
        if not postgres.answers(addresses):
            raise EmbeddedFault(f"PostgreSQL did not start. {processes.log_tail(addresses.postgres_log)}")
        postgres.prepare(addresses)
    if installation.has_redis:
        if redis.stop(addresses):
            supervisor.say("stopped the Redis that ran in the background")
        supervisor.say("starting redis")
        launched_redis = supervisor.start(_redis(addresses))
        supervisor.wait(lambda: redis.answers(addresses) or launched_redis.poll() is not None, timeout_s=SERVICE_TIMEOUT_S)
        if not redis.answers(addresses):
            raise EmbeddedFault(f"Redis did not start. {processes.log_tail(addresses.redis_log)}")


def run_command(installation: Installation, supervisor: Supervisor, *arguments: str) -> bytes:
    """Run a management command to its end, its progress shown; what it printed. Raises EmbeddedFault when it fails."""
    supervisor.say(f"manage.py {' '.join(arguments)}")
    with tempfile.TemporaryFile() as printed:
        code = supervisor.call(installation.manage(*arguments), stdout=printed)
        printed.seek(0)
        text = printed.read()
    if code:
        told = text.decode(errors="replace").strip()
        raise EmbeddedFault(f"`manage.py {' '.join(arguments)}` failed with code {code}; the reason stands above. {told}".strip())
    return text


def start_worker(installation: Installation, supervisor: Supervisor) -> None:
    """Start what works off the queues, and what puts the chores of the timetable into them."""
    supervisor.say("starting worker and beat")
    supervisor.start(_worker())
    supervisor.start(_beat(installation.addresses))


def start_web(installation: Installation, supervisor: Supervisor) -> subprocess.Popen[bytes]:
    """Start the web server; it gets ready while other things go on."""
    supervisor.say("starting web")
    return supervisor.start(_web(installation))


def wait_for_web(installation: Installation, supervisor: Supervisor, *, launched: subprocess.Popen[bytes]) -> None:
    """Return when the web server answers; raise EmbeddedFault when it ends or stays silent for a minute."""
    supervisor.wait(lambda: _web_answers(installation.port) or launched.poll() is not None, timeout_s=WEB_TIMEOUT_S)
    if not _web_answers(installation.port):
        raise EmbeddedFault("The web server does not answer; the reason stands above.")


def written(addresses: Addresses) -> list[Path]:
    """Everything that Freehold wrote into the var folder and that is there."""
    paths = [
        *(addresses.postgres_data, addresses.redis_data, addresses.secrets, addresses.logs, addresses.run, addresses.static),
        *(addresses.backups, addresses.exports),  # Sealed with the secrets that go: nobody could open them.
        *addresses.var.glob("test*"),
        *(
            addresses.var / "redis.conf",
            addresses.redis_pid_file,
            addresses.lock_file,
            addresses.supervisor_file,
        ),
    ]
    return [path for path in paths if path.exists()]


def remove_data(addresses: Addresses) -> list[Path]:
    """Remove everything that Freehold wrote into the var folder, and nothing else there; what was removed."""
    removed = written(addresses)
    try:
        for path in removed:
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    except PermissionError as error:
        raise EmbeddedFault(f"{error.filename} belongs to another user; only that user or root can remove it.") from error
    with contextlib.suppress(OSError):
        addresses.var.rmdir()
    return removed


def _postgres(addresses: Addresses) -> Service:
    return Service(
        name="postgres",
        command=postgres.command(addresses, death_signal="INT"),
        stop_signal=signal.SIGINT,
        patience_s=postgres.STOP_TIMEOUT_S,
        before=lambda: postgres.make_ready_to_start(addresses),
        log=addresses.postgres_log,
    )


def _redis(addresses: Addresses) -> Service:
    return Service(
        name="redis",
        command=redis.command(addresses, death_signal="TERM"),
        stop_signal=signal.SIGTERM,
        patience_s=redis.STOP_TIMEOUT_S,
        before=lambda: redis.make_ready_to_start(addresses),
        log=addresses.redis_log,
    )


def _web(installation: Installation) -> Service:
    command = programs.web(HOST, port=installation.port, workers=installation.web_workers, threads=installation.web_threads)
    return Service(name="web", command=_guarded(command), stop_signal=signal.SIGTERM, patience_s=20.0)


def _worker() -> Service:
    return Service(
        name="worker",
        command=_guarded(programs.worker()),
        stop_signal=signal.SIGTERM,
        patience_s=20.0,
        environ=programs.WORKER_ENVIRON,
    )


def _beat(addresses: Addresses) -> Service:
    return Service(name="beat", command=_guarded(programs.beat(addresses.beat_file)), stop_signal=signal.SIGTERM, patience_s=10.0)


def _guarded(command: list[str]) -> list[str]:
    return ["setpriv", "--pdeathsig=TERM", "--", *command]


def _web_answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
