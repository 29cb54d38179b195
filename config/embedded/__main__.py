"""`python -m config.embedded start|stop|status|postgres|redis`: the services without the product, for development and tests.

`start` and `stop` work in the background; `postgres` and `redis` run one server in the foreground. Exit codes: 0 done (status: all
run), 1 a fault, 2 wrong usage, 3 status: not all run.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from config.embedded import addresses as addressing
from config.embedded import folders, postgres, redis
from config.embedded.faults import EmbeddedFault

if TYPE_CHECKING:
    from config.embedded.addresses import Addresses

ROOT = Path(__file__).resolve().parent.parent.parent
NOT_RUNNING = 3


def main(arguments: list[str]) -> int:
    """Run one command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m config.embedded", description="Start and stop the embedded services.")
    parser.add_argument("command", choices=sorted(COMMANDS))
    chosen = parser.parse_args(arguments)
    addresses = addressing.at(addressing.var_folder(ROOT))
    try:
        return COMMANDS[chosen.command](addresses)
    except EmbeddedFault as fault:
        sys.stderr.write(f"{chosen.command}: {fault}\n")
        return 1


def start(addresses: Addresses) -> int:
    """Start both services in the background and make the databases; idempotent."""
    folders.ensure(addresses)
    with folders.locked(addresses):
        postgres.start(addresses)
        redis.start(addresses)
    return status(addresses)


def stop(addresses: Addresses) -> int:
    """Stop both services; idempotent."""
    if addresses.var.is_dir():
        with folders.locked(addresses):
            redis.stop(addresses)
            postgres.stop(addresses)
    sys.stdout.write("postgres and redis are stopped\n")
    return 0


def status(addresses: Addresses) -> int:
    """Say what runs and where."""
    numbers = (postgres.pid(addresses), redis.pid(addresses))
    places = (addresses.postgres_sockets, addresses.redis_socket)
    for name, number, place in zip(("postgres", "redis"), numbers, places, strict=True):
        state = "not running" if number is None else f"runs as process {number} at {place}"
        sys.stdout.write(f"{name:<9}{state}\n")
    return 0 if all(numbers) else NOT_RUNNING


def run_postgres(addresses: Addresses) -> int:
    """Become the PostgreSQL server; roles and databases are made by `start` or by the supervisor."""
    folders.ensure(addresses)
    postgres.make_ready_to_start(addresses)
    _become(postgres.command(addresses))
    return 0


def run_redis(addresses: Addresses) -> int:
    """Become the Redis server."""
    folders.ensure(addresses)
    redis.make_ready_to_start(addresses)
    _become(redis.command(addresses))
    return 0


def _become(command: list[str]) -> None:
    os.chdir("/")
    os.execvp(command[0], command)  # noqa: S606 - our own command line


COMMANDS = {"start": start, "stop": stop, "status": status, "postgres": run_postgres, "redis": run_redis}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
