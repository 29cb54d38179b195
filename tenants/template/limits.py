"""What a script cannot express yet. Whoever writes a migration that makes such a thing is told so, and Django's executor is used instead."""

import json
from typing import Any

from tenants.partitions import CUT

SEED_ROWS_MAXIMUM = 5_000
MAKERS = {table: cut.make for table, cut in CUT.items()}
"""Tables with partitions, and the function of their schema that makes all partitions of today when it is called without arguments. Any other
table with partitions is refused: nobody would know which partitions a new place needs."""

# Each finds objects of the schema %(name)s that no script is written for. Names are shown to people.
_HERE = "(SELECT oid FROM pg_namespace WHERE nspname = %(name)s)"
_RELATION = f"SELECT c.relname FROM pg_class c WHERE c.relnamespace = {_HERE} AND "
_COLUMN = (
    "SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid"
    f" WHERE c.relnamespace = {_HERE} AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND "
)
_ON_TABLE = f"JOIN pg_class c ON c.oid = x.{{relation}} WHERE c.relnamespace = {_HERE}"
UNKNOWN: dict[str, str] = {
    "views, foreign tables, composite types": _RELATION + "c.relkind NOT IN ('r', 'p', 'i', 'I', 'S')",
    "partitioned tables without a function that makes their partitions": _RELATION
    + "c.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_proc f WHERE f.pronamespace = c.relnamespace"
    " AND f.proname = %(makers)s::jsonb ->> c.relname AND f.pronargs = f.pronargdefaults)",
    "unlogged or inherited tables, and tables with options": _RELATION
    + "c.relkind IN ('r', 'p') AND (c.relpersistence <> 'p' OR c.reloptions IS NOT NULL OR c.reltablespace <> 0"
    " OR c.reloftype <> 0 OR c.relreplident <> 'd' OR (c.relkind = 'r' AND c.relhassubclass)"
    " OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid AND NOT c.relispartition))",
    "row security": _RELATION
    + "(c.relrowsecurity OR c.relforcerowsecurity OR EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))",
    "rules": f"SELECT x.rulename FROM pg_rewrite x {_ON_TABLE.format(relation='ev_class')}",
    "extended statistics": f"SELECT stxname FROM pg_statistic_ext WHERE stxnamespace = {_HERE}",
    "types and domains": f"SELECT typname FROM pg_type WHERE typnamespace = {_HERE} AND typtype NOT IN ('c', 'b')"
    f" UNION ALL SELECT typname FROM pg_type WHERE typnamespace = {_HERE} AND typtype = 'b' AND typelem = 0",
    "operators": f"SELECT oprname FROM pg_operator WHERE oprnamespace = {_HERE}",
    "collations": f"SELECT collname FROM pg_collation WHERE collnamespace = {_HERE}",
    "text search configurations": f"SELECT cfgname FROM pg_ts_config WHERE cfgnamespace = {_HERE}",
    "text search dictionaries": f"SELECT dictname FROM pg_ts_dict WHERE dictnamespace = {_HERE}",
    "aggregates and window functions": f"SELECT proname FROM pg_proc WHERE pronamespace = {_HERE} AND prokind NOT IN ('f', 'p')",
    "columns with options, storage or compression of their own": _COLUMN
    + "(a.attoptions IS NOT NULL OR a.attstorage <> t.typstorage OR a.attcompression <> '' OR coalesce(a.attstattarget, -1) >= 0"
    " OR a.attacl IS NOT NULL)",
    "constraints that are not validated or not enforced": "SELECT x.conname FROM pg_constraint x"
    f" {_ON_TABLE.format(relation='conrelid')} AND NOT x.convalidated",
    "indexes that are invalid, clustered upon or the identity of replicas": "SELECT i.relname FROM pg_index x"
    " JOIN pg_class i ON i.oid = x.indexrelid"
    f" {_ON_TABLE.format(relation='indrelid')} AND (NOT x.indisvalid OR x.indisclustered OR x.indisreplident)",
    "triggers that are switched off or fire on replicas": "SELECT x.tgname FROM pg_trigger x"
    f" {_ON_TABLE.format(relation='tgrelid')} AND x.tgenabled <> 'O'",
    "rights that may be given on": f"SELECT c.relname FROM pg_class c, aclexplode(c.relacl) a WHERE c.relnamespace = {_HERE} AND a.is_grantable"
    " AND a.grantee <> c.relowner",
    "objects of another owner": _RELATION + "c.relowner <> 'freehold_owner'::regrole"
    f" UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = {_HERE} AND proowner <> 'freehold_owner'::regrole",
    "comments on anything but tables and columns": "SELECT d.description FROM pg_description d JOIN pg_proc p ON p.oid = d.objoid"
    f" AND d.classoid = 'pg_proc'::regclass WHERE p.pronamespace = {_HERE}"
    " UNION ALL SELECT d.description FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass"
    f" WHERE c.relnamespace = {_HERE} AND c.relkind NOT IN ('r', 'p')",
}


class NotCompilable(RuntimeError):
    """The tables hold something that no script is written for; the message names it. Not a refusal: the slow way is taken."""


def require_known(cursor: Any, *, schema: str) -> None:
    """Refuse a schema that holds what a script would leave out in silence. Raises NotCompilable."""
    for what, query in UNKNOWN.items():
        cursor.execute(query, {"name": schema, "makers": json.dumps(MAKERS)})
        found = [str(name) for (name,) in cursor.fetchall()]
        if found:
            raise NotCompilable(f"{what}: {', '.join(found[:5])}")
