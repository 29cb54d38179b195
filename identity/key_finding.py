"""Finding a key with one statement: the usual one, which leaves out what hardly any key needs, or the whole one for keys that needed it last time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from identity import key_rows
from kernel import tenancy
from kernel.tenancy.backend import prepared

REMEMBERED_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """A key, and the columns that the way to it asks for beside, as texts."""

    row: key_rows.Row
    beside: tuple[str, ...]


class Finder:
    """One way to a key `k`: `source` is SQL from FROM on, in which $1 is the text that finds it and $2 the present; `beside` are other columns of it.

    Each way has statements of its own, called by `name`. A key whose usual row was not whole is remembered, so that the larger statement is asked
    first from then on. Nothing is decided by that memory, and it is bounded.
    """

    def __init__(self, name: str, *, source: str, beside: tuple[str, ...] = ()) -> None:
        self._beside = len(beside)
        self._usual = self._statement(name, source=source, columns=(*beside, key_rows.plain_columns(moment="$2")))
        self._whole = self._statement(f"{name}_whole", source=source, columns=(*beside, key_rows.columns(moment="$2")))
        self._unusual: dict[tuple[UUID, str], None] = {}

    def find(self, text: str, *, moment: datetime) -> Found | None:
        """The key that a text of the active tenant leads to, whole; None when there is none. Raises Django's database errors."""
        remembered = (tenancy.current().id, text)
        if remembered not in self._unusual:
            found = self._asked(self._usual, text, moment=moment)
            if found is None or found.row.is_whole:
                return found
            if len(self._unusual) >= REMEMBERED_MAX:
                self._unusual.clear()
            self._unusual[remembered] = None
        return self._asked(self._whole, text, moment=moment)

    def _asked(self, statement: prepared.Statement, text: str, *, moment: datetime) -> Found | None:
        columns = statement.first(text, moment.isoformat())
        if columns is None:
            return None
        beside = tuple(value or "" for value in columns[: self._beside])
        return Found(row=key_rows.read(columns[self._beside :]), beside=beside)

    @staticmethod
    def _statement(name: str, *, source: str, columns: tuple[str, ...]) -> prepared.Statement:
        return prepared.Statement(name=name, types="text, timestamptz", sql=f"SELECT {', '.join(columns)} {source}")
