"""`manage.py setup`: bring the installation to the state of the code, from nothing or from an older release."""

import time
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import OperationalError, connections
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from config import accounts, safety, servers
from config.embedded import addresses as addressing
from config.embedded import keys
from identity import queries as people
from kernel import ids, tenancy
from kernel.commands import ERROR, OperatorCommand, Options, Outcome
from kernel.problems import Invalid, Unavailable
from kernel.tenancy import Purpose
from tenants import actions, links, queries
from tenants.fleet import planning
from tenants.management import waiting
from tenants.models import FleetRun, ResultState, RunState

PATIENCE_S = 60.0
POLL_S = 0.5
OPERATOR_NAME = "Operator"


class Command(OperatorCommand):
    """Wait for the databases, prepare them unless they are the embedded ones, migrate home, make or update tenant zero, migrate the fleet, and make the first operator.

    Idempotent. Exit codes: 0 done, 1 error (also: a tenant could not be migrated), 2 wrong usage or input, 5 another setup is at it.
    """

    help = "Bring databases, tables and the operator's account to the state of the code; safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        """The command has no verbs."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON document")
        parser.add_argument(
            "--operator-email", default="", help=f"the first operator; operator@{settings.OPERATOR_HOST} when left out"
        )
        parser.add_argument(
            "--operator-password-file", type=Path, help="a file with the first operator's password; one is made when left out"
        )
        parser.add_argument(
            "--without-tenants",
            action="store_true",
            help="leave the tenants' tables to `manage.py fleet migrate`, e.g. to begin with a few of them",
        )
        parser.set_defaults(handler=self.set_up, verb="", dry_run=False)

    def set_up(self, options: Options) -> Outcome:
        """All of it, in order."""
        password = _password(options["operator_password_file"])
        wait_for_databases()
        if not settings.IS_EMBEDDED:
            servers.prepare()
        safety.require_walls()
        with bars(self.console) as progress:
            home = actions.update_home(on_progress=Bar(progress, "Registry").show)
            platform = actions.establish_platform(on_progress=Bar(progress, "platform").show, actor=self.actor)
        with tenancy.activate(platform, purpose=Purpose.OPERATOR):
            operator = self._ensure_operator(options["operator_email"], password=password)
            run = None if options["without_tenants"] else self._migrate_fleet()
        address = links.base_url(settings.OPERATOR_HOST)
        updated = [] if run is None else _migrated(run)
        data = {"home_migrations": home, "tenants_updated": updated, "operator": operator, "url": address}
        text = _told(operator, address=address)
        if run is None or run.state == RunState.SUCCEEDED:
            return Outcome(data, Text(text, no_wrap=True, overflow="ignore"))
        failure = f"Not every tenant is in the state of the code: {run.problem or run.state}\nGo on with: manage.py fleet resume {run.public_id}"
        return Outcome({**data, "fleet_run": run.public_id}, Text(f"{failure}\n{text}", no_wrap=True, overflow="ignore"), ERROR)

    def _migrate_fleet(self) -> FleetRun | None:
        """Bring the tables of all tenants and spares to the state of the code; None when they are. One that is still being made, or failed, is brought there by its operation."""
        run = None
        if planning.stand().behind:
            run = actions.continue_fleet_run(actor=self.actor)
            operation_id = ids.parse("op", run.operation)
            work = partial(actions.migrate_fleet, operation_id, actor=self.actor)
            waiting.until_over(operation_id, work=work, patience_s=0.0, console=self.console)
            run = queries.fleet_run(run.id)
        actions.update_roles(actor=self.actor)
        return run

    def _ensure_operator(self, email: str, *, password: str) -> dict[str, Any]:
        """The first operator, unless platform has people already; `password` is told once, when it was made here."""
        if people.people().exists() and not email:
            return {"is_new": False}
        address = email or accounts.default_operator()
        secret = password or keys.secret(addressing.at(settings.VAR), accounts.PASSWORD_SECRET)
        is_new = accounts.ensure_person(address, name=OPERATOR_NAME, role_names=["owner"], password=secret, actor=self.actor)
        told = {"password": secret} if is_new and not password else {}
        return {"is_new": is_new, "email": address, **told}


class Bar:
    """One bar of the display; shown when there is something to do."""

    def __init__(self, progress: Progress, label: str) -> None:
        self.progress = progress
        self.label = label
        self.task: TaskID | None = None

    def show(self, done: int, of: int, what: str) -> None:
        """Move the bar: `done` of `of` migrations, `what` comes next."""
        if not of:
            return
        if self.task is None:
            self.task = self.progress.add_task(self.label, total=of, what="")
        self.progress.update(self.task, completed=done, what=what)


def bars(console: Console) -> Progress:
    """A display of bars."""
    return Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} {task.fields[what]}"),
        console=console,
    )


def _migrated(run: FleetRun) -> list[str]:
    """The slugs of the tenants whose tables changed, in their order."""
    done = queries.fleet_results(run.id, state=ResultState.DONE).filter(tenant_id__isnull=False)
    return sorted(done.values_list("label", flat=True))


def wait_for_databases() -> None:
    """Return when home and all cells answer. Raises Unavailable after a minute."""
    end = time.monotonic() + PATIENCE_S
    for alias in (tenancy.HOME, *settings.CELLS):
        while not _answers(alias):
            if time.monotonic() > end:
                raise Unavailable(f"The database {alias} does not answer. Start it, or correct its address in the settings.")
            time.sleep(POLL_S)


def _answers(alias: str) -> bool:
    try:
        connections[alias].ensure_connection()
    except OperationalError:
        return False
    return True


def _password(file: Path | None) -> str:
    """The password in a file, without its final line break; empty when there is no file. Raises Invalid."""
    if file is None:
        return ""
    try:
        password = file.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"The password file {file} cannot be read.") from fault
    if not password:
        raise Invalid(f"The password file {file} is empty.")
    return password


def _told(operator: dict[str, Any], *, address: str) -> str:
    lines = ["The installation is in the state of the code."]
    if operator["is_new"]:
        lines.append(f"Operator: {operator['email']} at {address}")
    if "password" in operator:
        lines.append(f"Password: {operator['password']}")
        lines.append(
            f"It is kept in {addressing.at(settings.VAR).secrets / accounts.PASSWORD_SECRET}; change it after the first sign-in and remove the file."
        )
    return "\n".join(lines)
