"""Start everything on this machine and stay in the foreground: `manage.py up [--port N] [--without-demo]`."""

import contextlib
import os
import sys
from contextlib import AbstractContextManager
from typing import Any

import orjson
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from config.embedded import addresses as addressing
from config.embedded import claim, installation, ports
from config.embedded.addresses import Addresses
from config.embedded.faults import EmbeddedFault
from config.embedded.installation import Installation
from config.embedded.supervisor import Interrupted, Supervisor
from config.env import Env

TITLE = "Freehold runs"
# Columns; wider than any table here.
UNLIMITED = 1000


class Command(BaseCommand):
    """Starts the databases, brings them up to date, then web, worker and beat; Ctrl-C stops every process that it started.

    Exit codes: 0 after Ctrl-C, SIGTERM or `manage.py down`; 1 when something could not be started, with everything stopped again.
    """

    help = "Start the product with its own PostgreSQL and Redis, and stay in the foreground; Ctrl-C stops everything."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--port", type=int, help="port of the web server; the default is PORT, else the next free one from 8000"
        )
        parser.add_argument("--without-demo", action="store_true", help="make no demo tenants")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - the shape of a command
        """Run until told to end."""
        addresses = addressing.at(settings.VAR)
        try:
            there = claim.holder(addresses)
            choosing = contextlib.nullcontext(there.port) if there else _port(options["port"])
            with choosing as port, claim.held(addresses, port=port, address=_address(port)):
                _run(_installation(addresses, port=port), with_demo=not options["without_demo"])
        except EmbeddedFault as fault:
            raise CommandError(str(fault)) from fault


def _run(chosen: Installation, *, with_demo: bool) -> None:
    # Every process below, and the addresses that they print, must know the port that was found.
    os.environ["PORT"] = str(chosen.port)
    supervisor = Supervisor(output=sys.stdout, folder=chosen.root)
    try:
        installation.start_databases(chosen, supervisor)
        told = installation.run_command(chosen, supervisor, "setup")
        installation.start_worker(chosen, supervisor)
        web = installation.start_web(chosen, supervisor)
        sign_ins = orjson.loads(installation.run_command(chosen, supervisor, "demo", "--json"))["sign_ins"] if with_demo else []
        installation.wait_for_web(chosen, supervisor, launched=web)
        _show(sign_ins, port=chosen.port)
        if not with_demo:
            sys.stdout.write(told.decode())
        supervisor.watch()
    except Interrupted:
        supervisor.say("interrupted")
    finally:
        supervisor.stop()
        supervisor.say("everything is stopped; the data is kept")


def _installation(addresses: Addresses, *, port: int) -> Installation:
    return Installation(
        root=settings.ROOT,
        addresses=addresses,
        port=port,
        web_workers=settings.WEB_WORKERS,
        web_threads=settings.WEB_THREADS,
        has_postgres=settings.IS_EMBEDDED,
        has_redis=addresses.redis_url(0) == settings.REDIS_URL,
    )


def _port(asked: int | None) -> AbstractContextManager[int]:
    """Holds the port that was asked for, by argument or by PORT, if it is free; else the next free one."""
    if asked is not None:
        return ports.exact(asked)
    if Env.at(settings.ROOT).value("PORT"):
        return ports.exact(settings.PORT)
    return ports.next_free(settings.PORT)


def _address(port: int) -> str:
    return f"http://{settings.OPERATOR_HOST}:{port}"


def _show(sign_ins: list[dict[str, str]], *, port: int) -> None:
    console = Console(file=sys.stdout, highlight=False)
    entries = sign_ins or [{"label": "operator", "url": _address(port), "email": "", "password": ""}]
    table = _wide(entries)
    # Addresses and passwords are there to be copied, so they are never broken over lines.
    if Measurement.get(console, console.options.update(width=UNLIMITED), table).maximum > console.width:
        table = _narrow(entries)
    console.print()
    console.print(table)
    console.print("Ctrl-C stops everything and keeps the data.\n")


def _wide(entries: list[dict[str, str]]) -> Table:
    table = Table(title=TITLE, title_justify="left", title_style="bold")
    for heading in ("Who", "Address", "Email", "Password"):
        table.add_column(heading, no_wrap=True)
    for entry in entries:
        table.add_row(entry["label"], entry["url"], entry["email"], entry["password"])
    return table


def _narrow(entries: list[dict[str, str]]) -> Table:
    table = Table(title=TITLE, title_justify="left", title_style="bold", show_header=False)
    table.add_column("Who", no_wrap=True)
    table.add_column("Address, email, password", no_wrap=True)
    for entry in entries:
        table.add_row(entry["label"], "\n".join((entry["url"], entry["email"], entry["password"])))
        table.add_section()
    return table
