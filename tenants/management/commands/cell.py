"""`manage.py cell VERB`: the places where tenants live."""

import argparse
import os
from functools import partial
from pathlib import Path
from typing import Any

from kernel.commands import CHECK_FAILED, DONE, ERROR, OperatorCommand, Options, Outcome
from kernel.problems import Invalid
from kernel.tenancy import PLATFORM_SLUG
from operations.models import Operation
from tenants import actions, documents, queries
from tenants.management import tables, waiting
from tenants.models import CellKind, CellState
from tenants.placement.findings import Level, gravest

URL_VARIABLE = "CELL_URL"


class Command(OperatorCommand):
    """Add databases as cells, look at them, fill, drain and close them.

    Exit codes: 0 done, 1 error (also: not every tenant could be moved), 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict, 6 a check
    failed.
    """

    help = "Add, list, check, drain, open, close and remove cells."

    def declare(self) -> None:
        """The verbs and their arguments."""
        listing = self.verb("list", self.list, help_text="List the cells by name.")
        listing.add_argument("--q", default="", help="part of a name, a region or a jurisdiction")
        listing.add_argument("--state", default="", choices=[state.value for state in CellState])
        self._declare_adding()
        self._declare_changes()
        self._named("show", self.verb("show", self.show, help_text="Show one cell."))
        self._named("check", self.verb("check", self.look, help_text="Look at a cell now: reachable, fit, complete."))
        full = self._named("capacity", self.changing_verb("capacity", self.capacity, help_text="Measure how full a cell is."))
        full.add_argument("--set", type=int, metavar="N", help="let it hold N tenants from now on")

    def _declare_adding(self) -> None:
        add = self._named("add", self.changing_verb("add", self.add, help_text="Make an empty database a cell."))
        add.add_argument("--region", required=True, help="the region that it lies in")
        self._address(add, left_out="a database is made on the embedded server")
        add.add_argument(
            "--capacity", type=int, default=1000, metavar="N", help="how many tenants it may hold; 1,000 when left out"
        )
        kinds = [kind.value for kind in CellKind]
        add.add_argument(
            "--kind", choices=kinds, default=CellKind.SHARED.value, help="for everybody, or for those who are put there"
        )

    def _declare_changes(self) -> None:
        change = self._named("change", self.changing_verb("change", self.change, help_text="Change a cell."))
        change.add_argument("--kind", choices=[kind.value for kind in CellKind])
        change.add_argument("--region", help="the region that it lies in")
        self._address(change, left_out="the address stays")
        self._named("open", self.changing_verb("open", self.open, help_text="Let a cell take tenants."))
        drain = self._named("drain", self.changing_verb("drain", self.drain, help_text="Let a cell take no new tenants."))
        drain.add_argument(
            "--to", default="", metavar="CELL", help="move all its tenants to this cell, or with `auto` to where room is"
        )
        how = drain.add_mutually_exclusive_group()
        how.add_argument("--inline", action="store_true", help="do the work in this process instead of waiting for a worker")
        how.add_argument("--no-wait", action="store_true", help="print the operation and leave the work to a worker")
        self._named("close", self.changing_verb("close", self.close, help_text="Take an empty cell out of use."))
        self._named("remove", self.changing_verb("remove", self.remove, help_text="Take an empty cell out of the registry."))

    def list(self, options: Options) -> Outcome:
        """All cells, or those that fit."""
        rows = queries.loads(queries.cells(q=options["q"], state=options["state"]))
        return Outcome({"cells": [documents.of_cell(row) for row in rows]}, tables.of_cells(rows))

    def show(self, options: Options) -> Outcome:
        """One cell."""
        return self._shown(options["cell"], options={**options, "dry_run": False})

    def add(self, options: Options) -> Outcome:
        """Make a database a cell."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.add_cell(
                options["cell"],
                region=options["region"],
                url=_url(options) or "",
                capacity=options["capacity"],
                kind=options["kind"],
                actor=self.actor,
            )
            return self._shown(options["cell"], options=options)

    def change(self, options: Options) -> Outcome:
        """Change kind, region or address."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.change_cell(
                options["cell"], kind=options["kind"], region=options["region"], url=_url(options), actor=self.actor
            )
            return self._shown(options["cell"], options=options)

    def open(self, options: Options) -> Outcome:
        """Let a cell take tenants."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.open_cell(options["cell"], actor=self.actor)
            return self._shown(options["cell"], options=options)

    def close(self, options: Options) -> Outcome:
        """Take an empty cell out of use."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.close_cell(options["cell"], actor=self.actor)
            return self._shown(options["cell"], options=options)

    def remove(self, options: Options) -> Outcome:
        """Take an empty cell out of the registry."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.remove_cell(options["cell"], actor=self.actor)
        ending = "would be removed. Nothing was changed." if options["dry_run"] else "is removed; its database is yours to drop."
        dry = {"dry_run": True} if options["dry_run"] else {}
        return Outcome({"removed": options["cell"], **dry}, tables.line(f"{options['cell']} {ending}"))

    def drain(self, options: Options) -> Outcome:
        """Let a cell take no new tenants, and move those that it has."""
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                drained = actions.drain_cell(options["cell"], to=options["to"], actor=self.actor)
                outcome = self._shown(options["cell"], options=options)
            if drained.operation is None or options["dry_run"]:
                return outcome
            return self._emptied(drained.operation, options=options)

    def look(self, options: Options) -> Outcome:
        """Look at a cell; exit code 6 when something is gravely wrong."""
        with self.enter(PLATFORM_SLUG):
            found = actions.check_cell(options["cell"], actor=self.actor)
        is_bad = gravest(found.findings) is Level.FAIL
        return Outcome(documents.of_check(found), tables.of_check(found), exit_code=CHECK_FAILED if is_bad else DONE)

    def capacity(self, options: Options) -> Outcome:
        """Measure a cell, after setting how many tenants it may hold if that was asked."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            if options["set"] is not None:
                actions.change_cell(options["cell"], capacity=options["set"], actor=self.actor)
            found = actions.measure_cell(options["cell"], actor=self.actor)
        dry = {"dry_run": True} if options["dry_run"] else {}
        return Outcome({**documents.of_capacity(found), **dry}, tables.of_capacity(found))

    def _emptied(self, operation: Operation, *, options: Options) -> Outcome:
        if not options["no_wait"]:
            work = partial(actions.empty_cell, operation.id, actor=self.actor)
            patience_s = 0.0 if options["inline"] else waiting.PATIENCE_S
            operation = waiting.until_over(operation.id, work=work, patience_s=patience_s, console=self.console)
        load = queries.load(options["cell"])
        data = {
            "cell": documents.of_cell(load),
            "operation": operation.public_id,
            "state": operation.state,
            "result": operation.result,
            "problem": operation.problem,
        }
        is_fine = operation.state in {"queued", "running", "succeeded"}
        why = (operation.problem or {}).get("detail", f"manage.py operation show {operation.public_id}")
        text = f"{load.name} holds {load.tenant_count} tenants ({operation.state}). {why}"
        return Outcome(data, tables.line(text), exit_code=DONE if is_fine else ERROR)

    def _shown(self, name: str, *, options: Options) -> Outcome:
        """What the cell is now, or would be."""
        row = queries.load(name)
        if not options["dry_run"]:
            return Outcome({"cell": documents.of_cell(row)}, tables.of_cells([row]))
        self.console.print("Dry run: the cell would be as shown. Nothing was changed in the registry.")
        return Outcome({"cell": documents.of_cell(row), "dry_run": True}, tables.of_cells([row]))

    def _named(self, verb: str, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        """Add the argument that says which cell."""
        parser.add_argument("cell", help=f"the name of the cell to {verb}")
        return parser

    def _address(self, parser: argparse.ArgumentParser, *, left_out: str) -> None:
        """Add the ways to give an address; it holds a password, which others can read on a command line."""
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            "--url-file",
            type=Path,
            metavar="FILE",
            help=f"file with postgres://user:password@db.internal:5432/name; else {left_out}",
        )
        how.add_argument(
            "--url", help=f"the same on the command line, where others on this machine can read it; or set {URL_VARIABLE}"
        )


def _url(options: dict[str, Any]) -> str | None:
    """The address from the file, the command line or the environment; None when none is given. Raises Invalid."""
    if options["url_file"] is None:
        return options["url"] or os.environ.get(URL_VARIABLE) or None
    try:
        text: str = options["url_file"].read_text(encoding="utf-8").strip()
    except OSError as fault:
        raise Invalid(f"{options['url_file']} cannot be read ({type(fault).__name__}).") from fault
    return text
