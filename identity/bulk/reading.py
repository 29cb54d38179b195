"""Reading a file of people: CSV (RFC 4180) or rows of JSON. Pure.

Nothing in a cell is ever computed: `=1+1` is the four signs. A file that cannot be meant as it stands is refused as a whole, each fault with its
line: bytes that are not UTF-8, columns that nobody knows, rows of another length than the heading, one person twice. What is wrong with one person
is said in that person's row when the run gets there.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from identity import texts
from identity.bulk.kinds import COLUMNS, NONE, Kind
from identity.problems import BulkFileInvalid

ROWS_MOST: Final = 10_000
BYTES_MOST: Final = 5 * 1024 * 1024
CELL_MOST: Final = 2_000
FAULTS_SHOWN: Final = 50
_BOM: Final = "\ufeff"


@dataclass(frozen=True, slots=True)
class Row:
    """One person of the file: the line on which they stand (of CSV) or their number (of JSON), counted from 1, and the cells by column."""

    number: int
    cells: dict[str, str]


def rows_of_csv(content: bytes, *, kind: Kind) -> list[Row]:
    """The rows of a CSV file with a heading, parted by commas or semicolons; a byte order mark is passed over. Raises BulkFileInvalid."""
    if len(content) > BYTES_MOST:
        raise _refusal([(1, "", "too_large", f"The file is larger than {BYTES_MOST:,} bytes. Part it.")])
    text = _decoded(content).removeprefix(_BOM)
    if "\0" in text:
        raise _refusal(
            [(text[: text.index("\0")].count("\n") + 1, "", "nul", "There is a NUL character. Save the file as UTF-8 text.")]
        )
    heading, *lines = _records(text) or [(1, [])]
    names = _heading(heading[1], kind=kind)
    faults = [
        (number, "", "cells", f"There are {len(cells)} cells, but the heading has {len(names)}.")
        for number, cells in lines
        if len(cells) != len(names)
    ]
    if faults:
        raise _refusal(faults)
    return _checked([Row(number, dict(zip(names, map(str.strip, cells), strict=True))) for number, cells in lines])


def rows_of_json(document: Any, *, kind: Kind) -> list[Row]:
    """The same from a list of objects with texts; roles and teams may also be lists of names. Raises BulkFileInvalid."""
    if not isinstance(document, list):
        raise _refusal([(1, "", "not_a_list", "Give the rows as a list of objects.")])
    found, faults = [], []
    for number, given in enumerate(document[: ROWS_MOST + 1], start=1):
        try:
            found.append(Row(number, _cells(given, number=number, kind=kind)))
        except BulkFileInvalid as fault:
            faults.append(fault)
    if faults:
        errors = [error for fault in faults for error in fault.fields["errors"]]
        raise BulkFileInvalid(_advice(), errors=errors[:FAULTS_SHOWN])
    return _checked(found)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise _refusal([(line, "", "not_utf8", "A sign is not UTF-8. Save the file as CSV UTF-8.")]) from fault


def _records(text: str) -> list[tuple[int, list[str]]]:
    """The records that are not blank, each with the line on which it begins."""
    first, _, _ = text.partition("\n")
    delimiter = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return list(_numbered(reader))


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    count, begins = 0, 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                count += 1
                if count > ROWS_MOST + 1:
                    raise _refusal([(begins, "", "too_many_rows", f"There are more than {ROWS_MOST:,} rows. Part the file.")])
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as fault:
        raise _refusal([(begins, "", "csv", f"This is not CSV: {fault}. Look for a quotation mark that is not closed.")]) from fault


def _heading(cells: list[str], *, kind: Kind) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    columns = COLUMNS[kind]
    if not names:
        raise _refusal([(1, "", "empty", f"The file is empty. Its first line names the columns: {', '.join(columns.all)}.")])
    faults = [
        (1, name, "unknown_column", f"There is no column {name[:100]!r} here; the columns are {', '.join(columns.all)}.")
        for name in names
        if name not in columns.all
    ]
    faults += [(1, name, "doubled_column", f"The column {name!r} stands there twice.") for name in sorted(_doubled(names))]
    faults += [(1, name, "missing_column", f"The column {name!r} is missing.") for name in columns.needed if name not in names]
    if faults:
        raise _refusal(faults)
    return names


def _cells(given: Any, *, number: int, kind: Kind) -> dict[str, str]:
    columns = COLUMNS[kind]
    if not isinstance(given, dict):
        raise _refusal([(number, "", "not_an_object", 'A row is an object, e.g. {"email": "ada@acme.example"}.')])
    unknown = [name for name in given if name not in columns.all]
    missing = [name for name in columns.needed if name not in given]
    faults = [
        (
            number,
            str(name)[:100],
            "unknown_column",
            f"There is no field {str(name)[:100]!r} here; the fields are {', '.join(columns.all)}.",
        )
        for name in unknown
    ]
    faults += [(number, name, "missing_column", f"The field {name!r} is missing.") for name in missing]
    cells = {name: _text(given[name], name=name) for name in columns.all if name in given}
    faults += [(number, name, "not_text", "Give a text here.") for name, cell in cells.items() if cell is None]
    if faults:
        raise _refusal(faults)
    return {name: cell for name, cell in cells.items() if cell is not None}


def _text(value: Any, *, name: str) -> str | None:
    if isinstance(value, str):
        return value.strip()
    if name in ("roles", "teams") and isinstance(value, list) and all(isinstance(part, str) for part in value):
        return " ".join(value) or NONE
    return None


def _checked(rows: list[Row]) -> list[Row]:
    """The rows, if there are some, not too many, none too long and nobody twice."""
    if not rows:
        raise _refusal([(1, "", "empty", "There is no person in it.")])
    if len(rows) > ROWS_MOST:
        raise _refusal([(ROWS_MOST + 1, "", "too_many_rows", f"There are more than {ROWS_MOST:,} rows. Part the file.")])
    long = [
        (row.number, name, "too_long", f"A cell has at most {CELL_MOST:,} characters.")
        for row in rows
        for name, cell in row.cells.items()
        if len(cell) > CELL_MOST
    ]
    faults = long or list(_twice(rows))
    if faults:
        raise _refusal(faults)
    return rows


def _twice(rows: Iterable[Row]) -> Iterator[tuple[int, str, str, str]]:
    seen: dict[str, int] = {}
    for row in rows:
        address = _spelling(row.cells["email"])
        if address in seen:
            yield row.number, "email", "doubled_person", f"This is the same address as on line {seen[address]}."
        seen.setdefault(address, row.number)


def _spelling(address: str) -> str:
    """One spelling of an address, so that `Ada@Acme.example` and `ada@acme.example` are the same person."""
    try:
        return texts.email(address)
    except texts.BadText:
        return address.casefold()


def _doubled(names: list[str]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def _refusal(faults: list[tuple[int, str, str, str]]) -> BulkFileInvalid:
    errors = [
        {"pointer": f"/lines/{line}/{name}".rstrip("/"), "code": code, "detail": f"Line {line}: {words}"}
        for line, name, code, words in faults[:FAULTS_SHOWN]
    ]
    return BulkFileInvalid(_advice(), errors=errors)


def _advice() -> str:
    return "Correct the lines that `errors` names and send the file again; nothing was changed."
