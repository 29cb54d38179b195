"""A real PgBouncer in front of the embedded server, on a port of the loopback, for the length of a block."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from config.embedded import account
from config.embedded import addresses as addressing

PATIENCE_S = 20.0
DEBIAN_PROGRAM = "/usr/sbin/pgbouncer"


@contextmanager
def running(alias: str, *, mode: str, size: int = 5) -> Iterator[dict[str, Any]]:
    """Run a pooler in front of an alias's database with `size` connections to the server; gives the entry of DATABASES through it."""
    entry = connections[alias].settings_dict
    owner = account.for_postgres(addressing.at(settings.VAR).postgres_data)
    with tempfile.TemporaryDirectory(prefix="freehold-pooler-") as name:
        folder, port = Path(name), _free_port()
        (folder / "users.txt").write_text(f'"{entry["USER"]}" "{entry["PASSWORD"]}"\n', encoding="utf-8")
        (folder / "pooler.ini").write_text(_configuration(entry, folder=folder, port=port, mode=mode, size=size), encoding="utf-8")
        if owner.is_other:
            for path in (folder, *folder.iterdir()):
                os.chown(path, owner.uid, owner.gid)
        program = shutil.which("pgbouncer") or DEBIAN_PROGRAM
        command = owner.wrapped([program, "--quiet", str(folder / "pooler.ini")])
        with subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield {**entry, "HOST": "127.0.0.1", "PORT": str(port)}
            finally:
                process.terminate()
                process.wait(timeout=PATIENCE_S)


def _configuration(entry: dict[str, Any], *, folder: Path, port: int, mode: str, size: int) -> str:
    return f"""
[databases]
{entry["NAME"]} = host={entry["HOST"]} port={entry["PORT"]} dbname={entry["NAME"]}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 50
"""


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, "the pooler does not listen"
            time.sleep(0.05)
        else:
            return
