"""`manage.py doctor`: is everything well, and what to do where it is not."""

from django.core.management.base import CommandParser
from rich.markup import escape
from rich.table import Table

from config import checkups
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome
from tenants.placement.findings import Finding, Level, gravest

COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


class Command(OperatorCommand):
    """Look at databases, roles, trails, Redis, workers, secrets and tenants; changes nothing.

    Exit codes: 0 all is well or only warnings, 1 the examination itself broke off, 6 something failed.
    """

    help = "Check databases, roles, Redis, workers, secrets and tenants, and say what to do."

    def add_arguments(self, parser: CommandParser) -> None:
        """The command has no verbs."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON document")
        parser.set_defaults(handler=self.examine, verb="", dry_run=False)

    def examine(self, options: Options) -> Outcome:
        """Ask everything."""
        del options
        findings = list(checkups.examine())
        worst = gravest(findings)
        checks = [{"check": f.check, "level": f.level, "detail": f.detail, "fix": f.fix} for f in findings]
        return Outcome(
            {"status": worst, "checks": checks}, _table(findings), exit_code=CHECK_FAILED if worst is Level.FAIL else DONE
        )


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Check", "State", "What was found", "What to do"):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(finding.check, f"[{COLOURS[finding.level]}]{finding.level}[/]", escape(finding.detail), escape(finding.fix))
    return table
