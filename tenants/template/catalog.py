"""What stands in a schema, read from the catalog: one query for each sort of thing, over all tables at once.

All of them run with the schema first on the search path, so that PostgreSQL writes names of this schema without it wherever it may.
Partitions are left out with all that is theirs: which there are is a matter of the day, and a function of the schema makes them (`limits.MAKERS`).
"""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

_TABLES = """
SELECT c.oid, quote_ident(c.relname), obj_description(c.oid, 'pg_class'), pg_get_partkeydef(c.oid)
  FROM pg_class c WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname
"""
_COLUMNS = """
SELECT a.attrelid, quote_ident(a.attname), format_type(a.atttypid, a.atttypmod), a.attidentity::text, a.attgenerated::text,
       pg_get_expr(d.adbin, d.adrelid),
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
       CASE WHEN a.attnotnull THEN coalesce((SELECT 'CONSTRAINT ' || quote_ident(n.conname) || ' ' FROM pg_constraint n
            WHERE n.conrelid = a.attrelid AND n.contype = 'n' AND n.conkey = ARRAY[a.attnum]), '') || 'NOT NULL' END,
       (SELECT format('SEQUENCE NAME %%s INCREMENT BY %%s MINVALUE %%s MAXVALUE %%s START WITH %%s CACHE %%s%%s', quote_ident(q.relname),
                      s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)
          FROM pg_depend p JOIN pg_class q ON q.oid = p.objid AND q.relkind = 'S' JOIN pg_sequence s ON s.seqrelid = q.oid
         WHERE p.classid = 'pg_class'::regclass AND p.refclassid = 'pg_class'::regclass AND p.deptype = 'i'
           AND p.refobjid = a.attrelid AND p.refobjsubid = a.attnum),
       col_description(a.attrelid, a.attnum)
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
"""
_CONSTRAINTS = """
SELECT k.conrelid, quote_ident(k.conname), k.contype::text, pg_get_constraintdef(k.oid)
  FROM pg_constraint k WHERE k.connamespace = %s::regnamespace AND k.contype IN ('p', 'u', 'c', 'x', 'f')
 ORDER BY k.conrelid, strpos('puxcf', k.contype::text), k.conname
"""
_INDEXES = """
SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid
 WHERE c.relnamespace = %s::regnamespace AND NOT c.relispartition
   AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
 ORDER BY x.relname
"""
_SEQUENCES = """
SELECT quote_ident(c.relname), format_type(s.seqtypid, NULL),
       format('INCREMENT BY %%s MINVALUE %%s MAXVALUE %%s START WITH %%s CACHE %%s%%s',
              s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END),
       (SELECT p.refobjid::regclass::text || '.' || quote_ident(a.attname) FROM pg_depend p
          JOIN pg_attribute a ON a.attrelid = p.refobjid AND a.attnum = p.refobjsubid
         WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.refclassid = 'pg_class'::regclass AND p.deptype = 'a')
  FROM pg_class c JOIN pg_sequence s ON s.seqrelid = c.oid
 WHERE c.relnamespace = %s::regnamespace
   AND NOT EXISTS (SELECT FROM pg_depend p WHERE p.classid = 'pg_class'::regclass AND p.objid = c.oid AND p.deptype = 'i')
 ORDER BY c.relname
"""
_USED = """
SELECT quote_literal(quote_ident(c.relname)), pg_sequence_last_value(s.seqrelid) FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
 WHERE c.relnamespace = %s::regnamespace AND pg_sequence_last_value(s.seqrelid) IS NOT NULL ORDER BY c.relname
"""
_FUNCTIONS = """
SELECT p.oid::regprocedure::text, pg_get_functiondef(p.oid), p.proacl IS NOT NULL, p.prokind = 'p'
  FROM pg_proc p WHERE p.pronamespace = %s::regnamespace ORDER BY 1
"""
_TRIGGERS = """
SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
 WHERE c.relnamespace = %s::regnamespace AND NOT t.tgisinternal AND NOT c.relispartition ORDER BY c.relname, t.tgname
"""
_RIGHTS = """
SELECT c.oid::regclass::text, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
       CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
  FROM pg_class c LEFT JOIN LATERAL aclexplode(c.relacl) a ON a.grantee <> c.relowner
 WHERE c.relnamespace = %s::regnamespace AND c.relkind IN ('r', 'p', 'S') AND NOT c.relispartition
 GROUP BY c.oid, c.relkind, c.relname, a.grantee ORDER BY c.relname, 3
"""
_FUNCTION_RIGHTS = """
SELECT p.oid::regprocedure::text, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END
  FROM pg_proc p, aclexplode(p.proacl) a WHERE p.pronamespace = %s::regnamespace AND a.grantee <> p.proowner ORDER BY 1, 2
"""
_SCHEMA_RIGHTS = """
SELECT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type)
  FROM pg_namespace n, aclexplode(n.nspacl) a WHERE n.oid = %s::regnamespace AND a.grantee <> n.nspowner GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Column:
    """One column in the words of CREATE TABLE."""

    name: str
    type: str
    identity: str
    generated: str
    expression: str | None
    collation: str | None
    not_null: str | None
    sequence: str | None
    comment: str | None


@dataclass(slots=True)
class Table:
    """One table: its columns in order, its constraints as (name, definition), its foreign keys apart; `cut_by` as `RANGE (id)` for one with partitions."""

    name: str
    comment: str | None
    cut_by: str | None
    columns: list[Column] = field(default_factory=list)
    constraints: list[tuple[str, str]] = field(default_factory=list)
    foreign_keys: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything in one schema that a script is written for. `rights` holds, by relation, its sort and what each role may."""

    tables: list[Table]
    indexes: list[str]
    sequences: list[tuple[str, str, str, str | None]]
    used_sequences: list[tuple[str, int]]
    functions: list[tuple[str, str, bool, bool]]
    triggers: list[str]
    rights: dict[tuple[str, str], dict[str, str]]
    function_rights: list[tuple[str, str]]
    schema_rights: list[tuple[str, str]]


def read(cursor: Any, *, schema: str) -> Catalog:
    """Read a schema that is first on the search path of `cursor`."""

    def rows(query: str) -> list[Any]:
        cursor.execute(query, [schema])
        return list(cursor.fetchall())

    rights: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for relation, sort, grantee, privileges in rows(_RIGHTS):
        if grantee is None:
            rights[relation, sort] = {}
        else:
            rights[relation, sort][grantee] = privileges
    return Catalog(
        tables=_tables(rows(_TABLES), columns=rows(_COLUMNS), constraints=rows(_CONSTRAINTS)),
        indexes=[text for (text,) in rows(_INDEXES)],
        sequences=rows(_SEQUENCES),
        used_sequences=rows(_USED),
        functions=rows(_FUNCTIONS),
        triggers=[text for (text,) in rows(_TRIGGERS)],
        rights=dict(rights),
        function_rights=rows(_FUNCTION_RIGHTS),
        schema_rights=rows(_SCHEMA_RIGHTS),
    )


def seed_rows(cursor: Any, table: Table) -> list[str]:
    """The rows of one table, each as a list of SQL literals without its brackets, in the order of the first column."""
    names = [column.name for column in stored_columns(table)]
    literals = " || ', ' || ".join(f"quote_nullable({name}::text)" for name in names)
    cursor.execute(f"SELECT {literals} FROM {table.name} ORDER BY {names[0]}")
    return [text for (text,) in cursor.fetchall()]


def stored_columns(table: Table) -> list[Column]:
    """The columns that hold a value of their own: generated ones work theirs out."""
    return [column for column in table.columns if not column.generated]


def _tables(tables: list[Any], *, columns: list[Any], constraints: list[Any]) -> list[Table]:
    found = {oid: Table(name=name, comment=comment, cut_by=cut_by) for oid, name, comment, cut_by in tables}
    for oid, *parts in columns:
        found[oid].columns.append(Column(*parts))
    for oid, name, sort, definition in constraints:
        if oid in found:
            (found[oid].foreign_keys if sort == "f" else found[oid].constraints).append((name, definition))
    return list(found.values())
