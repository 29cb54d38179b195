"""From the catalog to SQL. Pure but for the seed rows.

A table comes with its columns, keys, unique and check constraints in one statement, its foreign keys in another: a tenth of the statements
that the migrations need. Rights are written only where they differ from the default privileges that every place has. Partitions are made last, by
the function of the schema that makes them, so that a script of last month gives the months of today.
"""

from typing import Any

from tenants.template.catalog import Catalog, Column, Table, seed_rows, stored_columns
from tenants.template.limits import MAKERS, SEED_ROWS_MAXIMUM, NotCompilable

PLACE = "@place@"
"""Stands for the schema, and for the role of the same name, of the place that the script is replayed in."""

JOURNAL = "django_migrations"
DEFAULTS = {"TABLE": {PLACE: "DELETE, INSERT, SELECT, UPDATE"}, "SEQUENCE": {PLACE: "SELECT, USAGE"}}


def write(catalog: Catalog, *, schema: str, cursor: Any) -> list[str]:
    """The statements that make such a schema anew, in an order that works; `PLACE` wherever the schema or its role is named."""
    tables = catalog.tables
    statements = [
        "SET LOCAL check_function_bodies = off",
        *(f"CREATE SEQUENCE {name} AS {kind} {options}" for name, kind, options, _ in catalog.sequences),
        *(definition.strip() for _, definition, _, _ in catalog.functions),
        *(_create(table) for table in tables),
        *(f"ALTER SEQUENCE {name} OWNED BY {owner}" for name, _, _, owner in catalog.sequences if owner),
        *_seeds(tables, cursor=cursor),
        *(f"SELECT setval({name}, {value})" for name, value in catalog.used_sequences if JOURNAL not in name),
        *catalog.indexes,
        *(_foreign_keys(table) for table in tables if table.foreign_keys),
        *catalog.triggers,
        *_comments(tables),
    ]
    # The schema's name has no sign that SQL would quote, so it reads the same in every statement that names it.
    named = [statement.replace(schema, PLACE) for statement in statements]
    return [*named, *_rights(catalog, schema=schema), *(f"SELECT {MAKERS[table.name]}()" for table in tables if table.cut_by)]


def joined(statements: list[str]) -> str:
    """The statements as one text."""
    return "".join(f"{statement};\n" for statement in statements)


def _create(table: Table) -> str:
    parts = [_column(column) for column in table.columns]
    parts += [f"CONSTRAINT {name} {definition}" for name, definition in table.constraints]
    cut = f" PARTITION BY {table.cut_by}" if table.cut_by else ""
    return f"CREATE TABLE {table.name} (\n    " + ",\n    ".join(parts) + f"\n){cut}"


def _column(column: Column) -> str:
    parts = [column.name, column.type]
    if column.collation:
        parts.append(f"COLLATE {column.collation}")
    if column.generated:
        parts.append(f"GENERATED ALWAYS AS ({column.expression}) {'STORED' if column.generated == 's' else 'VIRTUAL'}")
    elif column.expression:
        parts.append(f"DEFAULT {column.expression}")
    if column.not_null:
        parts.append(column.not_null)
    if column.identity:
        parts.append(f"GENERATED {'ALWAYS' if column.identity == 'a' else 'BY DEFAULT'} AS IDENTITY ({column.sequence})")
    return " ".join(parts)


def _foreign_keys(table: Table) -> str:
    keys = ",\n    ".join(f"ADD CONSTRAINT {name} {definition}" for name, definition in table.foreign_keys)
    return f"ALTER TABLE {table.name}\n    {keys}"


def _seeds(tables: list[Table], *, cursor: Any) -> list[str]:
    """The rows that the migrations put in. The journal of migrations tells of the replay, not of the day on which the script was compiled."""
    statements = []
    for table in tables:
        rows = seed_rows(cursor, table)
        if len(rows) > SEED_ROWS_MAXIMUM:
            raise NotCompilable(f"{len(rows)} rows that migrations put into {table.name}")
        if table.name == JOURNAL:
            statements += _journal(cursor)
        elif rows:
            names = ", ".join(column.name for column in stored_columns(table))
            values = ",\n    ".join(f"({row})" for row in rows)
            statements.append(f"INSERT INTO {table.name} ({names}) OVERRIDING SYSTEM VALUE VALUES\n    {values}")
    return statements


def _journal(cursor: Any) -> list[str]:
    cursor.execute(f"SELECT '(' || quote_literal(app) || ', ' || quote_literal(name) || ', now())' FROM {JOURNAL} ORDER BY id")
    rows = ",\n    ".join(row for (row,) in cursor.fetchall())
    return [f"INSERT INTO {JOURNAL} (app, name, applied) VALUES\n    {rows}"] if rows else []


def _comments(tables: list[Table]) -> list[str]:
    of_tables = [f"COMMENT ON TABLE {table.name} IS {_literal(table.comment)}" for table in tables if table.comment]
    of_columns = [
        f"COMMENT ON COLUMN {table.name}.{column.name} IS {_literal(column.comment)}"
        for table in tables
        for column in table.columns
        if column.comment
    ]
    return of_tables + of_columns


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _rights(catalog: Catalog, *, schema: str) -> list[str]:
    statements = [f"GRANT {privileges} ON SCHEMA {PLACE} TO {grantee}" for grantee, privileges in catalog.schema_rights]
    for (relation, sort), given in catalog.rights.items():
        wanted, default = {grantee.replace(schema, PLACE): rights for grantee, rights in given.items()}, DEFAULTS[sort]
        if wanted == default:
            continue
        statements += [f"REVOKE ALL ON {sort} {relation} FROM {role}" for role in default if wanted.get(role) != default[role]]
        statements += [
            f"GRANT {rights} ON {sort} {relation} TO {role}"
            for role, rights in sorted(wanted.items(), key=_own_first)
            if rights != default.get(role)
        ]
    for signature, _, is_restricted, is_procedure in catalog.functions:
        if is_restricted:
            sort = "PROCEDURE" if is_procedure else "FUNCTION"
            statements.append(f"REVOKE ALL ON {sort} {signature} FROM PUBLIC")
            statements += [
                f"GRANT EXECUTE ON {sort} {signature} TO {role}" for of, role in catalog.function_rights if of == signature
            ]
    return [statement.replace(schema, PLACE) for statement in statements]


def _own_first(granted: tuple[str, str]) -> tuple[bool, str]:
    """The order in which the migrations give rights: to the place's own role, then to the others."""
    role, _ = granted
    return role != PLACE, role
