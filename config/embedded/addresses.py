"""Where the embedded services live, computed from the var folder alone; nothing is made here."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from config.env import Env

# A Unix socket's path must fit sockaddr_un.sun_path: 108 bytes on Linux, 104 on others, the closing NUL included.
SOCKET_PATH_BYTES = 103
# PostgreSQL names its socket after the port, although nothing listens on one.
POSTGRES_PORT = 5432
LOGIN_ROLE = "freehold"
DATABASES = ("home", "cell_1")
# Not tempfile.gettempdir(): it follows TMPDIR, and two shells must find the same socket.
_SHORT_BASE = Path("/tmp")  # noqa: S108 - below it stands a folder that only its owner may enter, checked by files.private_folder
# Letters that mean the same in a path, a URL, a connection string and a configuration file.
_PLAIN = re.compile(r"[A-Za-z0-9/._-]+")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Every path of one installation; `run` holds the sockets and lies outside `var` when `var` is too deep for a socket."""

    var: Path
    run: Path

    @property
    def postgres_data(self) -> Path:
        """The database cluster."""
        return self.var / "postgres"

    @property
    def postgres_sockets(self) -> Path:
        """The folder that holds PostgreSQL's socket; libpq calls it the host."""
        return self.run / "postgres"

    @property
    def postgres_log(self) -> Path:
        """What PostgreSQL writes."""
        return self.logs / "postgres.log"

    @property
    def redis_data(self) -> Path:
        """Redis' append-only files."""
        return self.var / "redis"

    @property
    def redis_socket(self) -> Path:
        """Redis' socket."""
        return self.run / "redis" / "redis.sock"

    @property
    def redis_log(self) -> Path:
        """What Redis writes."""
        return self.logs / "redis.log"

    @property
    def redis_pid_file(self) -> Path:
        """The number of the Redis process, written by Redis."""
        return self.var / "redis.pid"

    @property
    def logs(self) -> Path:
        """The folder of all logs."""
        return self.var / "log"

    @property
    def static(self) -> Path:
        """The folder of gathered stylesheets and scripts; empty where they are served from their sources."""
        return self.var / "static"

    @property
    def backups(self) -> Path:
        """The folder of the copies of tenants, unless the settings name another."""
        return self.var / "backups"

    @property
    def exports(self) -> Path:
        """The folder of exports of the trail, unless the settings name another."""
        return self.var / "exports"

    @property
    def secrets(self) -> Path:
        """The folder of the secrets made on this machine."""
        return self.var / "secrets"

    @property
    def supervisor_file(self) -> Path:
        """Locked for as long as `manage.py up` runs; holds its process number and address as JSON."""
        return self.var / "up.json"

    @property
    def beat_file(self) -> Path:
        """When beat put each chore into its queue; may be lost."""
        return self.run / "beat.db"

    @property
    def lock_file(self) -> Path:
        """Held while services are started or stopped, so that two commands do not do it at once."""
        return self.var / "services.lock"

    def database(self, name: str, *, password: str) -> dict[str, str]:
        """What Django's DATABASES wants to know about one embedded database: NAME, USER, PASSWORD, HOST, PORT."""
        return {
            "NAME": name,
            "USER": LOGIN_ROLE,
            "PASSWORD": password,
            "HOST": str(self.postgres_sockets),
            "PORT": str(POSTGRES_PORT),
        }

    def redis_url(self, number: int) -> str:
        """The address of Redis database `number` (0 to 15) for redis-py."""
        return f"unix://{quote(str(self.redis_socket))}?db={number}"

    def broker_url(self, number: int) -> str:
        """The same address in the form that Celery understands."""
        return f"redis+socket://{quote(str(self.redis_socket))}?virtual_host={number}"


def at(var: Path) -> Addresses:
    """The addresses of the installation whose data lies in `var`."""
    # Not resolve(): it follows links, and a link that changes must not move the sockets of a running server.
    var = Path(os.path.abspath(var))
    run = var / "run"
    longest = run / "postgres" / f".s.PGSQL.{POSTGRES_PORT}"
    if len(os.fsencode(longest)) <= SOCKET_PATH_BYTES and _PLAIN.fullmatch(str(run)):
        return Addresses(var=var, run=run)
    name = hashlib.sha256(os.fsencode(var)).hexdigest()[:16]
    return Addresses(var=var, run=_SHORT_BASE / f"freehold-{name}")


def var_folder(root: Path) -> Path:
    """The folder of all data: FREEHOLD_VAR from the environment or from `.env`, read from the project folder `root`; else its `var`."""
    return root / (Env.at(root).value("FREEHOLD_VAR") or "var")
