"""Keeping: from documents to rows of the trail, sealed under the keys of that trail. The canonical text is the evidence, the columns its projection."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from django.db import connections

from audit import canonical, log_lines, person_keys, personal, sealing
from audit.drafting import Prepared
from audit.person_keys import Keys
from kernel import tenancy

ID_MAX = 80  # characters of an id that its column holds
COLUMNS = (
    "id", "received_at", "action", "category", "severity", "source", "outcome", "actor_kind", "actor_id", "actor_label",
    "subject", "subject_label", "request_id", "address", "canonical", "mac",
)  # fmt: skip
TYPES = (
    "uuid", "timestamptz", "text", "text", "int", "text", "text", "text", "text", "text", "text", "text", "text", "text", "text", "text",
)  # fmt: skip
ONE = f"INSERT INTO audit_entry ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"
# One JSON text costs the client a twentieth of sixteen arrays, whose every value psycopg has to quote.
MANY = f"""
INSERT INTO audit_entry ({", ".join(COLUMNS)}) SELECT {", ".join(COLUMNS[:-1])}, decode(mac, 'hex')
  FROM json_to_recordset(%s::json) AS given ({", ".join(f"{name} {kind}" for name, kind in zip(COLUMNS, TYPES, strict=True))})
ON CONFLICT (id) DO NOTHING RETURNING id
"""


def keep(prepared: Prepared) -> None:
    """Put one entry on the active tenant's trail, at the latest with the COMMIT of the running transaction.

    No round trip of its own, and one for persons whose keys this process does not remember.
    """
    row = _row(prepared, keys=person_keys.for_writing(prepared.personal))
    connections[tenancy.current_alias()].defer(ONE, row)  # type: ignore[attr-defined]  # the backend's own
    log_lines.write([(row[0], row[-1])])


def keep_unless_there(prepared: Prepared) -> None:
    """Put one entry on the active tenant's trail, unless one with its id is there. One round trip."""
    row = _row(prepared, keys=person_keys.for_writing(prepared.personal))
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(f"{ONE} ON CONFLICT (id) DO NOTHING", row)
    log_lines.write([(row[0], row[-1])])


def keep_many(prepared: Iterable[Prepared]) -> set[UUID]:
    """Put many entries on the active tenant's trail with one statement; the ids of those that were not there yet."""
    wanted = list(prepared)
    keys = person_keys.for_writing({ref for one in wanted for ref in one.personal})
    rows = [_row(one, keys=keys) for one in wanted]
    if not rows:
        return set()
    with connections[tenancy.current_alias()].cursor() as cursor:
        cursor.execute(MANY, [orjson.dumps([_named(row) for row in rows]).decode()])
        added = {row[0] for row in cursor.fetchall()}
    log_lines.write([(row[0], row[-1]) for row in rows if row[0] in added])
    return added


def projected(document: dict[str, Any], *, shown: dict[str, Any]) -> Sequence[Any]:
    """What the columns of a document say, from `action` to `address`; `shown` is the document with what is personal in it."""
    actor, subject = shown["actor"], shown["subject"]
    return (
        document["action"], document.get("category", ""), document.get("severity", 1), document.get("source", "freehold"), document["outcome"],
        actor["kind"], actor["id"][:ID_MAX], actor["label"], subject["id"][:ID_MAX], subject["label"],
        shown["context"]["request_id"], shown["context"]["address"],
    )  # fmt: skip


def _named(row: list[Any]) -> dict[str, Any]:
    """A row by column, as JSON can hold it."""
    return {**dict(zip(COLUMNS, row, strict=True)), "mac": row[-1].hex()}


def _row(prepared: Prepared, *, keys: Keys) -> list[Any]:
    document = prepared.document
    if document["v"] == 1:
        # A letter that the release before put into the outbox.
        text, shown = canonical.text_of(document), document
    else:
        text, shown = _sealed_text(prepared, keys=keys), _shown(prepared, keys=keys)
    return [prepared.id, prepared.received_at, *projected(document, shown=shown), text, sealing.mac_of(text)]


def _sealed_text(prepared: Prepared, *, keys: Keys) -> str:
    canonical.require_personal(prepared.personal)
    sealed = personal.sealed(prepared.personal, entry_id=prepared.document["id"], keys=keys)
    return canonical.text_of(prepared.document, sealed=sealed)


def _shown(prepared: Prepared, *, keys: Keys) -> dict[str, Any]:
    """The labels and the address as the columns hold them: nothing of who is forgotten."""
    document = prepared.document
    actor = {"kind": document["actor"]["kind"], "id": document["actor"]["ref"], "label": document["actor"].get("label", "")}
    subject, where = {"label": "", **document["subject"]}, {"request_id": document["context"]["request_id"], "address": ""}
    for ref, parts in prepared.personal.items():
        if keys[ref] is not None:
            caller = parts.get("actor", {})
            actor["label"] = caller.get("label", actor["label"])
            where["address"] = caller.get("address", where["address"])
            subject |= parts.get("subject", {})
    return {"actor": actor, "subject": subject, "context": where}
