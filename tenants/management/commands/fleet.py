"""`manage.py fleet plan|migrate|status|resume|pause|cancel|spares|template`: all tenants' tables, brought to the state of the code."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from kernel import ids
from kernel.commands import CHECK_FAILED, DONE, ERROR, OperatorCommand, Options, Outcome
from kernel.problems import Conflict
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, places, queries, template
from tenants.fleet import planning, proving
from tenants.fleet.rings import WORDS
from tenants.management import tables, waiting
from tenants.models import Cell, FleetRun, ResultState, RunState

RUNS_SHOWN = 20
FAILED_SHOWN = 50
DROPPED = "An operator dropped it."


class Command(OperatorCommand):
    """Plan and run migrations of all tenants, and look after the places that wait for one.

    Exit codes: 0 done, 1 error (also: a tenant could not be migrated), 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict,
    6 a check failed.
    """

    help = "Bring the tables of all tenants to the state of the code, ring by ring, and look after spare places."

    def declare(self) -> None:
        """The verbs and their arguments."""
        plan = self.verb("plan", self.plan, help_text="Say which schemas are behind and what would run there; changes nothing.")
        migrate = self.changing_verb("migrate", self.migrate, help_text="Start a run and wait until it is over or paused.")
        for parser in (plan, migrate):
            parser.add_argument(
                "--canary", nargs="+", default=[], metavar="SLUG", help="tenants that go first, together with platform"
            )
            parser.add_argument("--cell", action="append", default=[], metavar="NAME", help="only this cell; may be repeated")
            parser.add_argument("--jobs", type=int, default=2, help="schemas that are migrated at once in each cell, 1 to 16")
        status = self.verb("status", self.status, help_text="Show the last runs, or one run and what failed in it.")
        status.add_argument("run", nargs="?", default="", help="a run's id, or latest")
        resume = self.changing_verb(
            "resume", self.resume, help_text="Go on with a paused or failed run, and try again what failed."
        )
        for parser in (migrate, resume):
            parser.add_argument(
                "--ring", default="rest", choices=list(WORDS), help="the last ring to migrate; the run pauses after it"
            )
            _add_waiting(parser)
        pause = self.changing_verb("pause", self.pause, help_text="Stop a run after the schemas that are being migrated now.")
        cancel = self.changing_verb("cancel", self.cancel, help_text="Give a run up; what is migrated stays migrated.")
        for parser in (resume, pause, cancel):
            parser.add_argument("run", nargs="?", default="latest", help="a run's id; the last run when left out")
        spares = self.changing_verb("spares", self.spares, help_text="List the places that wait for a tenant, build or drop some.")
        spares.add_argument("what", nargs="?", default="list", choices=["list", "refill", "drop"])
        script = self.verb("template", self.template, help_text="Show the script that new tenants are made from.")
        script.add_argument("--print", action="store_true", dest="is_printed", help="print the script itself")
        script.add_argument(
            "--check", action="store_true", dest="is_checked", help="run the migrations in a scratch schema and compare"
        )

    def plan(self, options: Options) -> Outcome:
        """What would run."""
        stand = planning.stand(options["cell"])
        found = planning.plan(stand, canaries={*options["canary"], *queries.canaries()}, jobs=max(1, options["jobs"]))
        data = {**documents.of_stand(stand, run=queries.open_fleet_run()), **documents.of_plan_of_fleet(found)}
        return Outcome(data, tables.of_plan_of_fleet(found), ERROR if stand.faults else DONE)

    def migrate(self, options: Options) -> Outcome:
        """Run it."""
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                run = actions.start_fleet_run(
                    until=options["ring"],
                    jobs=options["jobs"],
                    canaries=options["canary"],
                    cells=options["cell"],
                    actor=self.actor,
                )
            return self._went(run, options=options)

    def status(self, options: Options) -> Outcome:
        """The ledger."""
        if options["run"]:
            return self._shown(queries.fleet_run_named(options["run"]), exit_code=DONE)
        rows = [(run, queries.fleet_counts(run.id)) for run in queries.fleet_runs()[:RUNS_SHOWN]]
        data = {"runs": [documents.of_fleet_run(run, counts=counts) for run, counts in rows]}
        return Outcome(data, tables.of_fleet_runs(rows))

    def resume(self, options: Options) -> Outcome:
        """Go on."""
        with self.enter(PLATFORM_SLUG):
            with self.changing(options):
                run = actions.resume_fleet_run(queries.fleet_run_named(options["run"]).id, until=options["ring"], actor=self.actor)
            return self._went(run, options=options)

    def pause(self, options: Options) -> Outcome:
        """Stop for a while."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            run = actions.pause_fleet_run(queries.fleet_run_named(options["run"]).id, actor=self.actor)
            return self._shown(run, exit_code=DONE)

    def cancel(self, options: Options) -> Outcome:
        """Give up."""
        with self.enter(PLATFORM_SLUG), self.changing(options):
            run = actions.cancel_fleet_run(queries.fleet_run_named(options["run"]).id, actor=self.actor)
            return self._shown(run, exit_code=DONE)

    def spares(self, options: Options) -> Outcome:
        """The places that wait for a tenant."""
        if options["what"] == "refill" and options["dry_run"]:
            raise Conflict("Places are built in other databases and transactions; there is no dry run of that. List them instead.")
        with self.enter(PLATFORM_SLUG), self.changing(options):
            if options["what"] == "refill":
                actions.refill_spares(actor=self.actor)
            elif options["what"] == "drop":
                for spare in queries.spares():
                    actions.discard_spare(spare.id, reason=DROPPED, actor=self.actor)
            pools = queries.pools(template_state=template.current_state())
            rows = [documents.of_spare(spare) for spare in queries.spares()]
        table = tables.headed("Cell", "Ready", "Building", "Outdated")
        for pool in pools:
            table.add_row(pool.cell, str(pool.ready), str(pool.building), str(pool.outdated))
        return Outcome({"pools": [documents.of_pool(pool) for pool in pools], "spares": rows}, table)

    def template(self, options: Options) -> Outcome:
        """The script that new tenants are made from."""
        alias = Cell.objects.order_by("name")[0].name
        kept = template.compiled(alias)
        data: dict[str, Any] = {
            "state": kept.state,
            "statements": kept.statements,
            "compile_ms": kept.compile_ms,
            "script_bytes": len(kept.script),
            "migrations": kept.migrations,
        }
        if options["is_printed"]:
            return Outcome({**data, "script": kept.script}, tables.line(kept.script))
        text = f"{kept.statements} statements for {len(kept.migrations)} migrations, {len(kept.script)} signs, compiled in {kept.compile_ms} ms."
        if not options["is_checked"]:
            return Outcome(data, tables.line(text))
        lines = proving.difference(alias, on_progress=places.quietly)
        found = "\n".join(lines) or "The script and the migrations agree."
        return Outcome({**data, "difference": lines}, tables.line(f"{text}\n{found}"), CHECK_FAILED if lines else DONE)

    def _went(self, run: FleetRun, *, options: Options) -> Outcome:
        """Wait for a run that was let go, unless told otherwise."""
        if options["dry_run"]:
            self.console.print("Dry run: the run would be as shown. Nothing was changed.")
            return self._shown(run, exit_code=DONE)
        if not options["no_wait"]:
            operation_id = ids.parse("op", run.operation)
            work = partial(actions.migrate_fleet, operation_id, actor=self.actor)
            patience_s = 0.0 if options["inline"] else waiting.PATIENCE_S
            waiting.until_over(operation_id, work=work, patience_s=patience_s, console=self.console)
            run = queries.fleet_run(run.id)
        is_well = run.state in {RunState.SUCCEEDED, RunState.PAUSED} or options["no_wait"]
        return self._shown(run, exit_code=DONE if is_well else ERROR)

    def _shown(self, run: FleetRun, *, exit_code: int) -> Outcome:
        counts = queries.fleet_counts(run.id)
        failed = list(queries.fleet_results(run.id, state=ResultState.FAILED)[:FAILED_SHOWN])
        data = {
            "run": documents.of_fleet_run(run, counts=counts),
            "failed": [documents.of_fleet_result(row) for row in failed],
        }
        return Outcome(data, tables.of_fleet_run(run, counts=counts, failed=failed), exit_code)


def _add_waiting(parser: ArgumentParser) -> None:
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--inline", action="store_true", help="do the work in this process instead of waiting two seconds for a worker"
    )
    how.add_argument("--no-wait", action="store_true", help="leave the work to a worker and look later with `fleet status`")
