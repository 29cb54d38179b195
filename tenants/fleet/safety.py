"""Whether code of the release before can go on working on tables after a migration, and code of this release on tables before it.

While the fleet is migrated, processes of both releases serve tenants in both states. So a migration may only expand: what old code reads stays,
what old code writes stays allowed. A migration that must contract says why that is safe in an attribute, e.g.

    contracts = "nothing has read or written the column since release 0.4"
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.migrations import operations
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field

MARK = "contracts"
CONTRACTING_SQL = re.compile(r"\b(DROP\s+(TABLE|COLUMN|VIEW)|RENAME\s+(TO|COLUMN)|SET\s+NOT\s+NULL)\b", re.IGNORECASE)

_REMOVALS: dict[type[Operation], str] = {
    operations.RemoveField: "removes a column that old code still names",
    operations.DeleteModel: "removes a table that old code still reads",
    operations.RenameField: "renames a column that old code still names",
    operations.RenameModel: "renames a table that old code still reads",
    operations.AlterModelTable: "renames a table that old code still reads",
    operations.AddConstraint: "adds a rule that old code does not keep",
    operations.AlterUniqueTogether: "adds a rule that old code does not keep",
}


def flat(listed: Iterable[Operation]) -> Iterator[Operation]:
    """What the database goes through: of an operation that tells database and state apart, the database's part."""
    for operation in listed:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from flat(operation.database_operations)
        else:
            yield operation


def contractions(migration: Migration, *, before: ProjectState) -> list[str]:
    """What in a migration breaks code of the release before, one sentence each; `before` are the models that it meets.

    A table that the same migration makes is nobody's yet. What plain SQL does is told by its words; what Python does cannot be told.
    """
    made = {operation.name_lower for operation in flat(migration.operations) if isinstance(operation, operations.CreateModel)}
    found = []
    for operation in flat(migration.operations):
        model = str(getattr(operation, "model_name", getattr(operation, "name", ""))).lower()
        why = "" if model in made else _contraction(operation, app=migration.app_label, before=before)
        if why:
            found.append(f"{operation.describe()}: {why}")
    return found


def excuse(migration: Migration) -> str:
    """Why a contracting migration is safe, as it says itself; empty when it says nothing."""
    return str(getattr(migration, MARK, ""))


def needed_by_code(migration: Migration) -> list[str]:
    """Columns and tables that this release's models name and that are not there before the migration.

    As long as there are any, new code must not serve a tenant before it is migrated.
    """
    needed = []
    for operation in _of_state(migration.operations):
        if isinstance(operation, operations.CreateModel):
            needed.append(f"{migration.app_label}.{operation.name}")
        elif isinstance(operation, operations.AddField | operations.RenameField):
            name = operation.name if isinstance(operation, operations.AddField) else operation.new_name
            needed.append(f"{migration.app_label}.{operation.model_name}.{name}")
    return needed


def _of_state(listed: Iterable[Operation]) -> Iterator[Operation]:
    for operation in listed:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            yield from _of_state(operation.state_operations)
        else:
            yield operation


def _contraction(operation: Operation, *, app: str, before: ProjectState) -> str:
    if isinstance(operation, operations.AddField):
        return _of_new_field(operation.field)
    if isinstance(operation, operations.AlterField):
        return _of_changed_field(operation, app=app, before=before)
    if isinstance(operation, operations.RunSQL):
        found = CONTRACTING_SQL.search(str(operation.sql))
        return f"runs {found[0]}" if found else ""
    return next((why for kind, why in _REMOVALS.items() if isinstance(operation, kind)), "")


def _of_new_field(field: "Field[Any, Any]") -> str:
    if field.many_to_many or field.null or field.db_default is not NOT_PROVIDED or getattr(field, "generated", False):
        return ""
    return "adds a column that old code leaves empty; allow NULL or give it a db_default"


def _of_changed_field(operation: operations.AlterField, *, app: str, before: ProjectState) -> str:
    old: Field[Any, Any] | None = before.models[app, operation.model_name_lower].fields.get(operation.name)
    new: Field[Any, Any] = operation.field
    if old is None:
        return ""
    if old.null and not new.null and new.db_default is NOT_PROVIDED:
        return "forbids NULL, which old code still writes"
    if new.unique and not old.unique:
        return "forbids equal values, which old code still writes"
    if type(old) is not type(new):
        return "changes the type, which old code does not know"
    shorter = old.max_length is not None and new.max_length is not None and new.max_length < old.max_length
    return "forbids longer values, which old code still writes" if shorter else ""
