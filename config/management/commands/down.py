"""Stop what runs: `manage.py down`."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.embedded import addresses as addressing
from config.embedded import claim, postgres, redis
from config.embedded.faults import EmbeddedFault


class Command(BaseCommand):
    """Ends a running `manage.py up`, then services left in the background; idempotent. Exit codes: 0 nothing runs any more, 1 fault."""

    help = "Stop the product that `up` started here; the data is kept."
    requires_system_checks = ()
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - the shape of a command
        """Stop and say what was stopped."""
        addresses = addressing.at(settings.VAR)
        try:
            ended = claim.end(addresses)
            services = {"PostgreSQL": postgres.stop(addresses), "Redis": redis.stop(addresses)}
        except EmbeddedFault as fault:
            raise CommandError(str(fault)) from fault
        stopped = [f"process {ended.pid} at {ended.address}"] if ended else []
        stopped += [f"the {name} that ran in the background" for name, ran in services.items() if ran]
        self.stdout.write(f"Stopped {', '.join(stopped)}." if stopped else "Nothing was running.")
