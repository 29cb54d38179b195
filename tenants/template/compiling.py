"""Compiling the script: the migrations are run once, in a schema made for that, and what they made is read from the catalog.

Before it is kept, the script is replayed beside it and read again: a script that does not make exactly what it was read from is not used.
"""

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connections

from kernel import clock, tenancy
from kernel.tenancy import Purpose, TenantRef
from tenants import advisory, places, tables
from tenants.models import Template
from tenants.places import Progress
from tenants.template import catalog, limits, script
from tenants.template.limits import NotCompilable
from tenants.template.replaying import replay
from tenants.template.state import current_state, migrations

PREFIX = "freehold_template_"
POLL_S = 0.2
CASTS = re.compile(r"::[a-z]+(?: varying)?(?:\[\])?|[()]")
_known: dict[str, Template] = {}
_refused: dict[str, str] = {}


def compiled(alias: str, *, on_progress: Progress = places.quietly) -> Template:
    """The script for the state of the code: from memory, from home, or compiled now in the cell of this alias, which takes seconds.

    Two that ask at once compile once. Raises NotCompilable, and what the database raises.
    """
    state = current_state()
    if state in _refused:
        raise NotCompilable(_refused[state])
    found = _known.get(state) or Template.objects.filter(state=state).first()
    if found is None:
        with _alone(alias, on_progress=on_progress):
            found = Template.objects.filter(state=state).first() or _compile(alias, on_progress=on_progress)
    _known[state] = found
    return found


def scripted(ref: TenantRef) -> str:
    """The script that would make such a place. Raises NotCompilable."""
    return script.joined(_statements(ref))


def _statements(ref: TenantRef) -> list[str]:
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        limits.require_known(cursor, schema=ref.schema)
        return script.write(catalog.read(cursor, schema=ref.schema), schema=ref.schema, cursor=cursor)


def _compile(alias: str, *, on_progress: Progress) -> Template:
    began = time.monotonic()
    try:
        statements = _checked(alias, on_progress=on_progress)
    except NotCompilable as fault:
        _refused[current_state()] = str(fault)
        raise
    template, _ = Template.objects.get_or_create(
        state=current_state(),
        defaults={
            "script": script.joined(statements),
            "migrations": migrations(),
            "statements": len(statements),
            "compile_ms": round((time.monotonic() - began) * 1000),
            "created_at": clock.now(),
        },
    )
    return template


def _checked(alias: str, *, on_progress: Progress) -> list[str]:
    """The statements, after a trial."""
    with _scratch(alias) as migrated:
        tables.migrate(migrated, on_progress=on_progress)
        statements = _statements(migrated)
    text = script.joined(statements)
    with _scratch(alias) as replayed:
        try:
            replay(text, ref=replayed, on_progress=on_progress)
        except DatabaseError as fault:
            raise NotCompilable(f"the script does not run: {str(fault).splitlines()[0]}") from fault
        if bare(scripted(replayed)) != bare(text):
            raise NotCompilable("the script does not make what the migrations make")
    return statements


def bare(text: str) -> str:
    """A script without casts and brackets, to compare: PostgreSQL writes the cast of a list as casts of its parts once it has read its own text."""
    return CASTS.sub("", text)


@contextmanager
def _scratch(alias: str) -> Iterator[TenantRef]:
    """A place of its own name, so that compilers in databases of one server do not meet in its role; gone afterwards."""
    ref = places.ref_of(alias, schema=f"{PREFIX}{secrets.token_hex(8)}")
    places.create_schema(ref)
    try:
        yield ref
    finally:
        places.drop_place(alias, ref.schema, on_progress=places.quietly)


@contextmanager
def _alone(alias: str, *, on_progress: Progress) -> Iterator[None]:
    """One compiler at a time; it clears away what one that died left behind. The server lets go of the lock when the process dies."""
    ref = places.ref_of(alias, schema="freehold_template")
    while not _asked(ref, f"SELECT pg_try_advisory_lock({advisory.COMPILING})"):
        on_progress(0, 1, "Wait for the template")
        time.sleep(POLL_S)
    try:
        for schema in _abandoned(ref):
            places.drop_place(alias, schema, on_progress=on_progress)
        yield
    finally:
        _asked(ref, f"SELECT pg_advisory_unlock({advisory.COMPILING})")


def _abandoned(ref: TenantRef) -> list[str]:
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE starts_with(nspname, %s)", [PREFIX])
        return [name for (name,) in cursor.fetchall()]


def _asked(ref: TenantRef, query: str) -> bool:
    with tenancy.activate(ref, purpose=Purpose.MIGRATE), connections[ref.cell].cursor() as cursor:
        cursor.execute(query)
        return bool(cursor.fetchone()[0])
