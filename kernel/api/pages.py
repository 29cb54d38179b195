"""Lists in pages: newest first, by id (UUIDv7 sorts by time), with a signed cursor instead of an offset.

A cursor is bound to the list and its filters, so it can neither be forged nor carried to another list. No page counts the whole table.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet

from kernel import sealing, tenancy
from kernel.problems import Malformed

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
MAC_BYTES = 12

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Up to `limit` rows, newest first; `next_cursor` leads to older ones and is empty on the last page."""

    items: list[Row]
    next_cursor: str

    @property
    def has_more(self) -> bool:
        """Whether older rows follow."""
        return bool(self.next_cursor)


def cut(queryset: QuerySet[Row], *, scope: str, cursor: str = "", limit: int = DEFAULT_LIMIT) -> Page[Row]:
    """One page of a queryset. `scope` names the list and its filters, e.g. `people?status=active`.

    Raises Malformed for a cursor that was altered, or given out for another list, tenant or filter.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    rows = queryset.order_by("-id")
    if cursor:
        rows = rows.filter(id__lt=_open(cursor, scope=scope))
    items = list(rows[: limit + 1])
    following = _close(items[limit - 1].pk, scope=scope) if len(items) > limit else ""
    return Page(items=items[:limit], next_cursor=following)


def _mac(identifier: bytes, *, scope: str) -> bytes:
    ref = tenancy.current_or_none()
    owner = "" if ref is None else ref.id.hex
    return sealing.digest(identifier + f"{owner}\0{scope}".encode(), purpose="page-cursor")[:MAC_BYTES]


def _close(identifier: UUID, *, scope: str) -> str:
    return base64.urlsafe_b64encode(identifier.bytes + _mac(identifier.bytes, scope=scope)).decode().rstrip("=")


def _open(cursor: str, *, scope: str) -> UUID:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raw = b""
    identifier, mac = raw[:16], raw[16:]
    if len(identifier) != 16 or not hmac.compare_digest(mac, _mac(identifier, scope=scope)):
        raise Malformed("The cursor does not belong to this list. Start again without it.", parameter="cursor")
    return UUID(bytes=identifier)
