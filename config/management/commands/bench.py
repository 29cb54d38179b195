"""Measure Freehold against named peers on this machine: `manage.py bench NAME [--json] [--full]`."""

from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console

from bench.effort import Effort
from bench.registry import BENCHMARKS


class Command(BaseCommand):
    """Runs one benchmark in a scratch installation of its own; the running product and its data are not touched.

    The figures go to standard output, progress to standard error. The exit code is 0 when it ran, whatever the ratios.
    """

    help = "Measure Freehold against named peers on this machine."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        choices = "; ".join(f"{benchmark.name}: {benchmark.summary}" for benchmark in BENCHMARKS.values())
        parser.add_argument("name", choices=sorted(BENCHMARKS), help=choices)
        parser.add_argument("--rounds", type=int, help="how often each side is measured; the default is the benchmark's own")
        parser.add_argument("--tenants", type=int, help="how many tenants are made, where a benchmark is about their number")
        parser.add_argument(
            "--full", action="store_true", help="the sizes that the promised figures are about; may take many minutes"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON object")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run it and print what it found."""
        benchmark = BENCHMARKS[options["name"]]
        progress = Console(stderr=True)
        with progress.status("starting") as status:
            effort = Effort(rounds=options["rounds"], tenants=options["tenants"], is_full=options["full"])
            result = benchmark.run(effort, lambda step: status.update(f"{benchmark.name}: {step}"))
        if options["as_json"]:
            self.stdout.write(orjson.dumps(result.document(), option=orjson.OPT_INDENT_2).decode())
        else:
            Console().print(result.tables())
