"""The papers about settings: `manage.py settings [--write | --check]`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import papers
from config.settings import env


class Command(BaseCommand):
    """Writes `.env.example` and `docs/settings.md` from the declarations, or checks them. Exit codes: 0 done, 1 a paper is old."""

    help = "List every setting with its default; --write renews .env.example and docs/settings.md, --check says whether they are current."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--write", action="store_true", help="write both papers anew")
        choice.add_argument("--check", action="store_true", help="fail when one of them is old")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write, check, or print."""
        root: Path = settings.ROOT
        texts = papers.about(env.variables, root=root)
        if options["write"]:
            for path, text in texts.items():
                path.parent.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
                self.stdout.write(f"wrote {path.relative_to(root)}")
        elif options["check"]:
            old = [
                str(path.relative_to(root))
                for path, text in texts.items()
                if not path.is_file() or path.read_text(encoding="utf-8") != text
            ]
            if old:
                raise CommandError(f"old: {', '.join(old)}. Write them anew with: make docs")
        else:
            self.stdout.write(papers.example(env.variables, root=root))
