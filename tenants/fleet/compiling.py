"""What is pending for tables in one state, as statements: worked out once by Django's own schema editor, then replayed in every schema.

A migration is compiled only where the outcome is the same for all schemas. One that runs Python, commits in between, looks into the database
before it decides, or works out a value anew for each schema is left to Django's executor, schema by schema; that is slow and always right.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from django.db import connections, transaction
from django.db.migrations import operations
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

from kernel import tenancy
from kernel.tenancy import Purpose
from tenants.fleet import safety
from tenants.fleet.history import Applied, History, Node, recorded
from tenants.fleet.locks import Locks, wanted
from tenants.fleet.members import Member

CONSTANT_DEFAULTS = frozenset({dict, list, set, tuple, str, int, float, bool, bytes})
"""Callables that give the same value each time."""


class Way(StrEnum):
    """How a migration is run: by its statements, or by Django's executor."""

    REPLAY = "replay"
    EXECUTOR = "executor"


class NotCompilable(Exception):
    """A migration cannot be written as statements that fit every schema; the message says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """One pending migration. `why` says what keeps it from being replayed; `contracts` what breaks code of the release before."""

    app: str
    name: str
    way: Way
    why: str = ""
    statements: tuple[str, ...] = ()
    notes: tuple[Node, ...] = ()
    contracts: tuple[str, ...] = ()
    excuse: str = ""
    needed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """Steps that are committed together: any number that are replayed, or one that is not."""

    way: Way
    steps: tuple[Step, ...]
    locks: Locks = ()

    @property
    def notes(self) -> list[Node]:
        """What `django_migrations` holds afterwards in addition."""
        return [note for step in self.steps for note in step.notes]


@dataclass(frozen=True, slots=True)
class Script:
    """All that is pending for tables in the state `start`."""

    start: Applied
    steps: tuple[Step, ...]
    segments: tuple[Segment, ...] = field(repr=False)


def compiled(member: Member, *, applied: Applied) -> Script:
    """The script for tables in the state `applied`; `member` is one schema in that state, which is only looked at.

    Raises what Django raises for migrations that do not fit together.
    """
    ref = member.ref()
    history = History(applied)
    state = history.present()
    tables = frozenset(model._meta.db_table for model in state.apps.get_models(include_auto_created=True))
    steps = []
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), _looking_only(ref.cell):
        history.loader.check_consistent_history(connections[ref.cell])
        for migration in history.pending():
            step, state = _step(migration, state=state, alias=ref.cell)
            steps.append(step)
    return Script(start=applied, steps=tuple(steps), segments=tuple(_segments(steps, tables=tables)))


@contextmanager
def _looking_only(alias: str) -> Iterator[None]:
    """A transaction in which nothing can be changed, whatever a migration tries."""
    with transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
        transaction.set_rollback(True, using=alias)


def _step(migration: Migration, *, state: ProjectState, alias: str) -> tuple[Step, ProjectState]:
    """One migration, and the models after it."""
    facts: dict[str, Any] = {
        "app": migration.app_label,
        "name": migration.name,
        "notes": tuple(recorded(migration)),
        "contracts": tuple(safety.contractions(migration, before=state)),
        "excuse": safety.excuse(migration),
        "needed": tuple(safety.needed_by_code(migration)),
    }
    try:
        _require_compilable(migration, before=state)
        after = state.clone()
        statements = _collected(migration, state=after, alias=alias)
    except NotCompilable as fault:
        return Step(way=Way.EXECUTOR, why=str(fault), **facts), migration.mutate_state(state)
    return Step(way=Way.REPLAY, statements=tuple(statements), **facts), after


def _collected(migration: Migration, *, state: ProjectState, alias: str) -> list[str]:
    """The statements of one migration; `state` is moved on. Nothing is sent to the database, not even a question."""
    connection = connections[alias]
    try:
        with connection.schema_editor(collect_sql=True, atomic=True) as editor, connection.execute_wrapper(_refuse):
            migration.apply(state, editor)
    except NotCompilable:
        raise
    except Exception as fault:  # whatever a migration of somebody else's raises here, Django's executor has the last word
        raise NotCompilable(f"it cannot be written as statements: {fault}") from fault
    return [statement for statement in editor.collected_sql if statement.strip(" ;\n")]


def _refuse(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:  # noqa: ARG001 - Django's signature
    raise NotCompilable("it looks into the database before it decides what to change")


def _require_compilable(migration: Migration, *, before: ProjectState) -> None:
    if not migration.atomic:
        raise NotCompilable("it does not run in one transaction")
    for operation in safety.flat(migration.operations):
        if not operation.reduces_to_sql:
            raise NotCompilable(f"{type(operation).__name__} runs Python")
        if _is_computed(operation, app=migration.app_label, before=before):
            raise NotCompilable("the default of a column is worked out anew for each tenant")


def _is_computed(operation: Operation, *, app: str, before: ProjectState) -> bool:
    """Whether rows get a value that must not be the same in all tenants, such as a random one."""
    if isinstance(operation, operations.AlterField):
        model = before.models.get((app, operation.model_name_lower))
        old = None if model is None else model.fields.get(operation.name)
        fills = old is not None and old.null and not operation.field.null
    else:
        fills = isinstance(operation, operations.AddField)
    default: Any = operation.field.default if fills else NOT_PROVIDED  # type: ignore[attr-defined]  # both kinds have one
    return default is not NOT_PROVIDED and callable(default) and default not in CONSTANT_DEFAULTS


def _segments(steps: list[Step], *, tables: frozenset[str]) -> Iterator[Segment]:
    """Neighbours that are replayed share a transaction; each other one stands alone."""
    for (way, _), group in groupby(
        enumerate(steps), key=lambda pair: (pair[1].way, pair[0] if pair[1].way is Way.EXECUTOR else -1)
    ):
        together = tuple(step for _, step in group)
        statements = [statement for step in together for statement in step.statements]
        yield Segment(way=way, steps=together, locks=wanted(statements, tables=tables))
