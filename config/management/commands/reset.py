"""Remove all data of this installation: `manage.py reset [--yes] [--dry-run]`."""

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.embedded import addresses as addressing
from config.embedded import claim, installation, postgres, redis
from config.embedded.faults import EmbeddedFault

CONFIRMATION = "reset"


class Command(BaseCommand):
    """Stops what runs, then removes databases, queues, secrets, logs, copies and exports below the var folder; what lies elsewhere is not touched.

    Exit codes: 0 done or nothing to do, 1 not confirmed or a fault.
    """

    help = "Stop the product and remove all its data below the var folder. There is no way back."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - the shape of a command
        """Ask, stop, remove, and say what was removed."""
        addresses = addressing.at(settings.VAR)
        if options["dry_run"]:
            self.stdout.write("\n".join(str(path) for path in installation.written(addresses)))
            return
        if not options["yes"]:
            self._confirm(addresses.var)
        try:
            claim.end(addresses)
            redis.stop(addresses)
            postgres.stop(addresses)
            removed = installation.remove_data(addresses)
        except EmbeddedFault as fault:
            raise CommandError(str(fault)) from fault
        self.stdout.write(f"Removed {len(removed)} files and folders from {addresses.var}.")

    def _confirm(self, var: Path) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Nothing was removed: there is nobody to ask. Add --yes to remove all data.")
        answer = input(f"This removes all tenants, people, keys and trails in {var}. Type {CONFIRMATION!r} to go on: ")
        if answer.strip() != CONFIRMATION:
            raise CommandError("Nothing was removed.")
