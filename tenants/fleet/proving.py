"""Whether the script that new tenants are made from says what the migrations say."""

import difflib
import secrets

from tenants import places, tables, template
from tenants.places import Progress
from tenants.template.compiling import PREFIX, bare


def difference(alias: str, *, on_progress: Progress) -> list[str]:
    """The lines by which the kept script differs from one that is written anew from the migrations; empty when they agree.

    The migrations are run in a schema of their own in the cell `alias`, which takes seconds and is gone afterwards. Raises NotCompilable.
    """
    kept = template.compiled(alias, on_progress=on_progress)
    ref = places.ref_of(alias, schema=f"{PREFIX}{secrets.token_hex(8)}")
    places.create_schema(ref)
    try:
        tables.migrate(ref, on_progress=on_progress)
        anew = template.scripted(ref)
    finally:
        places.drop_place(alias, ref.schema, on_progress=places.quietly)
    return list(difflib.unified_diff(bare(kept.script).splitlines(), bare(anew).splitlines(), "kept", "migrations", lineterm=""))
