"""Become one program of the product: `manage.py serve web|worker|beat`, for containers and service managers."""

import os
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import safety
from config.embedded import addresses as addressing
from config.embedded import programs
from kernel.problems import Unavailable


class Command(BaseCommand):
    """Replaces itself by the program, so that signals reach it. The exit code is the program's, or 1 where tenants would not be kept apart."""

    help = "Run one program in the foreground: web, worker or beat (exactly one beat per installation)."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("program", choices=("web", "worker", "beat"))
        parser.add_argument("--host", default="127.0.0.1", help="address that web listens on; 0.0.0.0 inside a container")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - the shape of a command
        """Look at the walls, then run it."""
        try:
            safety.require_walls()
        except Unavailable as open_wall:
            raise CommandError(open_wall.detail) from open_wall
        addresses = addressing.at(settings.VAR)
        commands = {
            "web": programs.web(options["host"], port=settings.PORT, workers=settings.WEB_WORKERS, threads=settings.WEB_THREADS),
            "worker": programs.worker(),
            "beat": programs.beat(addresses.beat_file),
        }
        addresses.beat_file.parent.mkdir(parents=True, mode=0o711, exist_ok=True)
        command = commands[options["program"]]
        if options["program"] == "web":
            settings.DRAINING_FILE.unlink(missing_ok=True)  # what drained is over
        os.chdir(settings.ROOT)
        os.execve(command[0], command, {**os.environ, **programs.WORKER_ENVIRON})  # noqa: S606 - our own command line
