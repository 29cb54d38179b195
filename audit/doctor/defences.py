"""Owners, rights, triggers and functions of the active tenant's log, as its database has them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connections

from audit.doctor import expected
from audit.doctor.findings import Lack
from kernel import tenancy

OWNER, SEALER = "freehold_owner", "freehold_sealer"
RESTORE_RIGHTS = "Find out who changed it, verify the log (manage.py audit verify), then give the tables their rights again as audit's migration 0004 does."
RESTORE_TRIGGER = "Find out who changed it, verify the log (manage.py audit verify), then put the trigger back as audit's migrations 0002 and 0004 do."
TABLES = """
SELECT c.relname, c.relispartition, pg_get_userbyid(c.relowner),
       array(SELECT p FROM unnest(%(rights)s::text[]) p WHERE CASE WHEN p = ANY(%(by_column)s::text[])
             THEN has_any_column_privilege(%(tenant)s, c.oid, p) ELSE has_table_privilege(%(tenant)s, c.oid, p) END),
       array(SELECT p FROM unnest(%(rights)s::text[]) p WHERE CASE WHEN p = ANY(%(by_column)s::text[])
             THEN has_any_column_privilege(%(sealer)s, c.oid, p) ELSE has_table_privilege(%(sealer)s, c.oid, p) END)
  FROM pg_class c WHERE c.relnamespace = to_regnamespace(%(tenant)s)
   AND (c.relname = ANY(%(names)s) OR c.oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass('audit_entry')))
 ORDER BY c.relname
"""
BY_COLUMN = ["SELECT", "INSERT", "UPDATE", "REFERENCES"]
PRIVILEGES = [*BY_COLUMN, "DELETE", "TRUNCATE", "TRIGGER"]
TRIGGERS = """
SELECT t.tgname, p.proname, t.tgenabled::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
 WHERE t.tgrelid = to_regclass(quote_ident(%s)) AND NOT (t.tgisinternal AND t.tgparentid = 0)
   AND p.pronamespace = to_regnamespace(%s)
"""
FUNCTIONS = """
SELECT p.proname, pg_get_userbyid(p.proowner), p.prosecdef, coalesce(array_to_string(p.proconfig, '; '), ''),
       has_function_privilege(%(tenant)s, p.oid, 'EXECUTE') OR has_function_privilege(%(sealer)s, p.oid, 'EXECUTE')
  FROM pg_proc p WHERE p.pronamespace = to_regnamespace(%(tenant)s) AND p.proname = ANY(%(names)s) ORDER BY p.proname
"""
MEMBERSHIP = "SELECT pg_has_role(%s, %s, 'MEMBER')"


@dataclass(frozen=True, slots=True)
class _Held:
    """A table of the log and what is held on it."""

    name: str
    is_partition: bool
    owner: str
    tenant: frozenset[str]
    sealer: frozenset[str]


def lacks() -> Iterator[Lack]:
    """What the active tenant's log lacks of what keeps it from being changed."""
    ref = tenancy.current()
    names = {"tenant": ref.schema, "sealer": SEALER}
    with connections[ref.cell].cursor() as cursor:
        cursor.execute(TABLES, {**names, "rights": PRIVILEGES, "by_column": BY_COLUMN, "names": list(expected.TENANT)})
        held = [
            _Held(name, is_part, owner, frozenset(tenant), frozenset(sealer)) for name, is_part, owner, tenant, sealer in cursor
        ]
        for name in sorted(expected.TENANT.keys() - {one.name for one in held}):
            yield Lack("tables", name, "The table is missing.", "Run `manage.py fleet migrate`, or restore a copy of the tenant.")
        for one in held:
            yield from _of_rights(one)
            yield from _of_triggers(cursor, one, schema=ref.schema)
        cursor.execute(FUNCTIONS, {**names, "names": list(expected.FUNCTIONS)})
        yield from _of_functions(cursor.fetchall(), schema=ref.schema)
        for role in (ref.schema, SEALER):
            cursor.execute(MEMBERSHIP, [role, OWNER])
            if cursor.fetchone()[0]:
                yield Lack("owner", role, f"{role} may act as {OWNER}.", f"Run: REVOKE {OWNER} FROM {role}")


def _of_rights(one: _Held) -> Iterator[Lack]:
    if one.owner != OWNER:
        yield Lack(
            "owner",
            one.name,
            f"It belongs to {one.owner}, who may do anything with it.",
            f"Give it to {OWNER} (ALTER TABLE … OWNER TO).",
        )
    for whose, has, wanted in (("tenant", one.tenant, expected.TENANT), ("sealer", one.sealer, expected.SEALER)):
        may = expected.NOTHING if one.is_partition else wanted[one.name]
        if has - may:
            yield Lack("rights", one.name, f"The {whose}'s role may {', '.join(sorted(has - may))}.", RESTORE_RIGHTS)
        if may - has:
            yield Lack("rights", one.name, f"The {whose}'s role lacks {', '.join(sorted(may - has))}.", RESTORE_RIGHTS)


def _of_triggers(cursor: Any, one: _Held, *, schema: str) -> Iterator[Lack]:
    wanted = expected.TRIGGERS.get("audit_entry" if one.is_partition else one.name, {})
    cursor.execute(TRIGGERS, [one.name, schema])
    found = {name: (function, state) for name, function, state in cursor.fetchall()}
    for trigger, function in wanted.items():
        calls, state = found.get(trigger, ("", ""))
        if calls != function:
            yield Lack("triggers", one.name, f"The trigger {trigger} is missing.", RESTORE_TRIGGER)
        elif state != "O":
            fix = f"Find out who did it, verify the log, then run: ALTER TABLE {schema}.{one.name} ENABLE TRIGGER {trigger}"
            yield Lack("triggers", one.name, f"The trigger {trigger} is switched off.", fix)


def _of_functions(rows: list[Any], *, schema: str) -> Iterator[Lack]:
    for name in sorted(expected.FUNCTIONS - {row[0] for row in rows}):
        yield Lack("functions", name, "The function is missing.", "Run `manage.py fleet migrate`, or restore a copy of the tenant.")
    for name, owner, is_definer, settings, is_callable in rows:
        if owner != OWNER:
            yield Lack("functions", name, f"It belongs to {owner}.", f"Give it to {OWNER} (ALTER FUNCTION … OWNER TO).")
        if is_definer != (name in expected.AS_OWNER):
            yield Lack(
                "functions", name, f"It works with the rights of {'its owner' if is_definer else 'its caller'}.", RESTORE_TRIGGER
            )
        if name not in expected.ANY_PATH and not _is_fixed(settings, schema=schema):
            yield Lack("functions", name, "Its search path is not fixed, so that a caller chooses its tables.", RESTORE_TRIGGER)
        if is_callable:
            yield Lack(
                "functions",
                name,
                "The tenant's or the sealer's role may call it.",
                f"Run: REVOKE ALL ON FUNCTION {schema}.{name} FROM PUBLIC",
            )


def _is_fixed(settings: str, *, schema: str) -> bool:
    """Whether a function looks in its own schema, or in the catalog alone, and in temporary tables last."""
    return any(f"search_path={first}, pg_temp" in settings for first in (schema, "pg_catalog"))
