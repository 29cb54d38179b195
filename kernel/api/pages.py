"""Lists in pages: newest first, by id (UUIDv7 sorts by time), or by name, with a signed cursor instead of an offset.

A cursor is bound to the list and its filters, so it can neither be forged nor carried to another list. No page counts the whole table.
"""

import base64
import binascii
import hmac
from collections.abc import Callable
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
    """Up to `limit` rows; `next_cursor` leads to those that follow and is empty on the last page."""

    items: list[Row]
    next_cursor: str

    @property
    def has_more(self) -> bool:
        """Whether more rows follow."""
        return bool(self.next_cursor)


def cut(queryset: QuerySet[Row], *, scope: str, cursor: str = "", limit: int = DEFAULT_LIMIT, key: str = "id") -> Page[Row]:
    """One page of a queryset. `scope` names the list and its filters, e.g. `people?status=active`.

    `key` is what rows are known by: the id, newest first, or a unique text such as a name, in its order. Raises Malformed for a cursor that was
    altered, or given out for another list, tenant or filter.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    rows = queryset.order_by("-id" if key == "id" else key)
    if cursor:
        identifier = _open(cursor, scope=scope)
        rows = rows.filter(id__lt=_uuid(identifier)) if key == "id" else rows.filter(**{f"{key}__gt": _text(identifier)})
    items = list(rows[: limit + 1])
    following = _close(_bytes(getattr(items[limit - 1], key)), scope=scope) if len(items) > limit else ""
    return Page(items=items[:limit], next_cursor=following)


def cut_found(
    find: Callable[[UUID | None, int], list[Row]], *, scope: str, cursor: str = "", limit: int = DEFAULT_LIMIT
) -> Page[Row]:
    """The same for rows that no single queryset finds: `find(before, number)` gives up to `number` rows below an id, newest first."""
    limit = max(1, min(limit, MAX_LIMIT))
    items = find(_uuid(_open(cursor, scope=scope)) if cursor else None, limit + 1)
    following = _close(items[limit - 1].pk.bytes, scope=scope) if len(items) > limit else ""
    return Page(items=items[:limit], next_cursor=following)


def _mac(identifier: bytes, *, scope: str) -> bytes:
    ref = tenancy.current_or_none()
    owner = "" if ref is None else ref.id.hex
    return sealing.digest(identifier + f"{owner}\0{scope}".encode(), purpose="page-cursor")[:MAC_BYTES]


def _bytes(identifier: UUID | str) -> bytes:
    return identifier.bytes if isinstance(identifier, UUID) else identifier.encode()


def _uuid(identifier: bytes) -> UUID:
    if len(identifier) != 16:
        raise _foreign()
    return UUID(bytes=identifier)


def _text(identifier: bytes) -> str:
    try:
        return identifier.decode()
    except UnicodeDecodeError as fault:
        raise _foreign() from fault


def _close(identifier: bytes, *, scope: str) -> str:
    return base64.urlsafe_b64encode(identifier + _mac(identifier, scope=scope)).decode().rstrip("=")


def _open(cursor: str, *, scope: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except (ValueError, binascii.Error):
        raw = b""
    identifier, mac = raw[:-MAC_BYTES], raw[-MAC_BYTES:]
    if not identifier or not hmac.compare_digest(mac, _mac(identifier, scope=scope)):
        raise _foreign()
    return identifier


def _foreign() -> Malformed:
    return Malformed("The cursor does not belong to this list. Start again without it.", parameter="cursor")
