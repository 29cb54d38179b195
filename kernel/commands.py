"""What every operator command shares: verbs, `--json`, `--dry-run`, exit codes, the tenant it works in.

Exit codes: 0 done · 1 error · 2 wrong usage or input · 3 not found · 4 not allowed · 5 conflict · 6 a check failed · 130 interrupted.
Data goes to standard output, everything else to standard error.
"""

import argparse
import sys
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import orjson
import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, OperationalError, connections, transaction
from django.utils.module_loading import import_string
from rich.console import Console, RenderableType
from rich.text import Text

from kernel import context, tenancy
from kernel.actors import Actor
from kernel.problems import Conflict, Forbidden, Invalid, NotFound, Problem, Unauthenticated

DONE, ERROR, USAGE, NOT_FOUND, DENIED, CONFLICT, CHECK_FAILED = range(7)
INTERRUPTED = 130
"""As shells count it: 128 and the number of SIGINT."""

EXIT_CODES: tuple[tuple[type[Problem], int], ...] = (
    (NotFound, NOT_FOUND),
    (Forbidden, DENIED),
    (Unauthenticated, DENIED),
    (Conflict, CONFLICT),
    (Invalid, USAGE),
)
Options = dict[str, Any]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a verb found or did: `data` for machines, `text` for people, `exit_code` when it is not plain success."""

    data: dict[str, Any]
    text: RenderableType
    exit_code: int = DONE


Handler = Callable[[Options], Outcome]


def dry_mark(options: Options) -> dict[str, Any]:
    """What the data of an outcome says when `--dry-run` kept everything as it was; nothing otherwise."""
    return {"dry_run": True} if options["dry_run"] else {}


class OperatorCommand(BaseCommand):
    """A command with verbs, e.g. `manage.py tenant create`. Subclasses implement `declare` and one handler per verb."""

    requires_system_checks = ()
    requires_migrations_checks = False

    @abstractmethod
    def declare(self) -> None:
        """Call `self.verb(…)` for each verb and add its arguments to the parser that comes back."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Build one sub-parser per declared verb."""
        self._verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        self.declare()

    def verb(self, name: str, handler: Handler, *, help_text: str) -> argparse.ArgumentParser:
        """Declare a verb that only reads."""
        parser: argparse.ArgumentParser = self._verbs.add_parser(name, help=help_text, description=help_text, epilog=__doc__)
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON document")
        parser.set_defaults(handler=handler, dry_run=False)
        return parser

    def changing_verb(self, name: str, handler: Handler, *, help_text: str) -> argparse.ArgumentParser:
        """Declare a verb that changes something; it gets `--dry-run`."""
        parser = self.verb(name, handler, help_text=help_text)
        parser.add_argument("--dry-run", action="store_true", help="do everything, then undo it, and say what would have happened")
        parser.set_defaults(is_changing=True)
        return parser

    @property
    def actor(self) -> Actor:
        """The system, named after this command."""
        return Actor.system(f"command:{self._name()}")

    @property
    def console(self) -> Console:
        """Standard error for people: progress and remarks; silent about colours when it is not a terminal or NO_COLOR is set."""
        return Console(stderr=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the verb, print its outcome, and exit with its code."""
        unit = context.RequestContext(request_id=f"cmd-{uuid4().hex[:16]}", route=f"command:{self._name()} {options['verb']}")
        with context.bound(unit):
            try:
                outcome: Outcome = options["handler"](options)
            except Problem as problem:
                self._tell(problem, options)
                self._refuse(problem, as_json=options["as_json"])
            except OperationalError as fault:
                self._fail(f"The database does not answer: {str(fault).splitlines()[0]}. Is the product running (make up)?")
            except KeyboardInterrupt:
                self._fail(
                    "Interrupted. What was done before stays; a job that had begun goes on in a worker of the product.",
                    code=INTERRUPTED,
                )
            else:
                self._print(outcome, as_json=options["as_json"])

    @contextmanager
    def enter(self, slug: str) -> Iterator[tenancy.TenantRef]:
        """Work inside a tenant, in whatever state it is. Raises NotFound."""
        ref = import_string(settings.TENANT_BY_SLUG)(slug)
        with tenancy.activate(ref, purpose=tenancy.Purpose.OPERATOR):
            yield ref

    @contextmanager
    def changing(self, options: Options) -> Iterator[None]:
        """The block in which a verb changes something; under `--dry-run` both databases are rolled back at its end."""
        if not options["dry_run"]:
            yield
            return
        aliases = [tenancy.HOME]
        ref = tenancy.current_or_none()
        if ref is not None:
            aliases.append(ref.cell)
        with ExitStack() as stack:
            for alias in aliases:
                stack.enter_context(transaction.atomic(using=alias))
            yield
            for alias in aliases:
                connections[alias].set_rollback(True)

    def _tell(self, problem: Problem, options: Options) -> None:
        """Put on the trail, of the tenant that was named or of the platform, that a verb which wanted to change something changed nothing."""
        if not options.get("is_changing") or options["dry_run"]:
            return
        slug = options.get("tenant") or tenancy.PLATFORM_SLUG
        try:
            with self.enter(slug if isinstance(slug, str) else tenancy.PLATFORM_SLUG):
                import_string(settings.WORK_RECORDER)(problem, name=f"{self._name()} {options['verb']}", actor=self.actor)
        except NotFound:
            # Nobody has this slug: the platform hears of it, once there is one.
            with suppress(Problem, DatabaseError), self.enter(tenancy.PLATFORM_SLUG):
                import_string(settings.WORK_RECORDER)(problem, name=f"{self._name()} {options['verb']}", actor=self.actor)
        except (Problem, DatabaseError) as away:
            log.warning("command.failure_not_recorded", command=self._name(), why=str(away))

    def _name(self) -> str:
        return type(self).__module__.rpartition(".")[2]

    def _print(self, outcome: Outcome, *, as_json: bool) -> None:
        if as_json:
            document = {"schema": 1, **outcome.data}
            self.stdout.write(orjson.dumps(document, option=orjson.OPT_INDENT_2, default=str).decode())
        else:
            Console().print(outcome.text, soft_wrap=isinstance(outcome.text, (str, Text)))
        if outcome.exit_code:
            sys.exit(outcome.exit_code)

    def _refuse(self, problem: Problem, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(orjson.dumps({"schema": 1, "problem": problem.document()}, default=str).decode())
        self.console.print(f"[bold red]{problem.title}.[/] ", end="")
        self.console.print(problem.detail, markup=False)
        for fault in problem.fields.get("errors", ()):
            line = f", line {fault['line']}, column {fault['column']}" if "line" in fault else ""
            self.console.print(f"  {fault['pointer'].lstrip('/')}{line}: {fault['detail']}", markup=False)
        sys.exit(next((code for family, code in EXIT_CODES if isinstance(problem, family)), ERROR))

    def _fail(self, sentence: str, *, code: int = ERROR) -> None:
        self.console.print(sentence, markup=False, style="bold red")
        sys.exit(code)
