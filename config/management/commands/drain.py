"""`manage.py drain`: let the balancer send no new requests to the web server of this installation, before it is stopped."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    """Makes `/readyz` answer 503 until the web server is started again, or until `--undo`; requests are served as before.

    Exit code 0.
    """

    help = "Take this installation's web server out of the balancer: /readyz answers 503, everything else as before."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--undo", action="store_true", help="let it be ready again")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - the shape of a command
        """Make the mark, or take it away."""
        if options["undo"]:
            settings.DRAINING_FILE.unlink(missing_ok=True)
            self.stdout.write("Ready again.")
            return
        settings.DRAINING_FILE.parent.mkdir(parents=True, exist_ok=True)
        settings.DRAINING_FILE.touch(mode=0o600)
        self.stdout.write("/readyz answers 503 now. Wait until the balancer has seen it, then stop the web server.")
