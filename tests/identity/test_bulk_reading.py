"""Files of people: what is read, what is refused and on which line, and that nothing in a cell is ever computed."""

import pytest

from identity.bulk import comma, lookalikes, reading
from identity.bulk.kinds import Kind, names_in
from identity.bulk.reading import Row
from identity.problems import BulkFileInvalid
from identity.texts import email


def faults(content: bytes, *, kind: Kind = Kind.INVITE) -> list[tuple[str, str]]:
    """Pointer and code of each fault of a file that is refused."""
    with pytest.raises(BulkFileInvalid) as refusal:
        reading.rows_of_csv(content, kind=kind)
    return [(error["pointer"], error["code"]) for error in refusal.value.fields["errors"]]


def test_a_file_is_read_line_by_line_with_its_line_numbers() -> None:
    content = b'email,name,roles\r\nada@acme.example,"Ada\nLovelace",admin auditor\r\n\r\nbob@acme.example,Bob,\r\n'

    rows = reading.rows_of_csv(content, kind=Kind.INVITE)

    assert rows == [
        Row(2, {"email": "ada@acme.example", "name": "Ada\nLovelace", "roles": "admin auditor"}),
        Row(5, {"email": "bob@acme.example", "name": "Bob", "roles": ""}),
    ]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfemail,name\nada@acme.example,Ada\n",
        b"Email ; NAME\nada@acme.example;Ada\n",
        b'"email","name"\r\n"ada@acme.example","Ada"',
        b" email,name\n ada@acme.example , Ada \n\n\n",
    ],
)
def test_marks_case_semicolons_quotes_and_blanks_make_no_difference(content: bytes) -> None:
    assert reading.rows_of_csv(content, kind=Kind.INVITE) == [Row(2, {"email": "ada@acme.example", "name": "Ada"})]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [("/lines/1", "empty")]),
        (b"email,name\n", [("/lines/1", "empty")]),
        (b"email,name,salary\na@b.example,A,1\n", [("/lines/1/salary", "unknown_column")]),
        (b"email\na@b.example\n", [("/lines/1/name", "missing_column")]),
        (b"email,name,name\na@b.example,A,B\n", [("/lines/1/name", "doubled_column")]),
        (b"email,name\na@b.example,A\nb@b.example\n", [("/lines/3", "cells")]),
        (b"email,name\na@b.example,A,B\n", [("/lines/2", "cells")]),
        (b"email,name\na@b.example,\xff\n", [("/lines/2", "not_utf8")]),
        (b"email,name\na@b.example,A\0\n", [("/lines/2", "nul")]),
        (b'email,name\na@b.example,"A\n', [("/lines/2", "csv")]),
        (b"email,name\na@b.example," + b"x" * 2_001, [("/lines/2/name", "too_long")]),
        (b"email,name\na@b.example,A\nb@b.example,B\nA@B.example,C\n", [("/lines/4/email", "doubled_person")]),
        (b"email,name\na@m\xc3\xbcnchen.example,A\na@xn--mnchen-3ya.example,B\n", [("/lines/3/email", "doubled_person")]),
        (b"x" * (reading.BYTES_MOST + 1), [("/lines/1", "too_large")]),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_with_its_line(content: bytes, expected: list[tuple[str, str]]) -> None:
    assert faults(content) == expected


def test_ten_thousand_rows_are_read_and_one_more_is_refused() -> None:
    most = b"email\n" + b"".join(b"p%d@acme.example\n" % number for number in range(10_000))

    rows = reading.rows_of_csv(most, kind=Kind.RESUME)

    assert (len(rows), rows[-1]) == (10_000, Row(10_001, {"email": "p9999@acme.example"}))
    assert faults(most + b"one-more@acme.example\n", kind=Kind.RESUME) == [("/lines/10002", "too_many_rows")]


@pytest.mark.parametrize("formula", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://evil.example")', "=cmd|' /C calc'!A0"])
def test_a_formula_is_the_text_that_it_is_and_leaves_as_no_formula(formula: str) -> None:
    quoted = formula.replace('"', '""')
    content = f'email,name\na@b.example,"{quoted}"\n'.encode()

    (row,) = reading.rows_of_csv(content, kind=Kind.INVITE)
    _, written = list(comma.lines([{"line": "2", **row.cells}]))

    assert row.cells["name"] == formula
    assert f'"\'{quoted}"'.encode() in written


@pytest.mark.parametrize("cell", ["=1", " =1", "\t=1", "\uff1d1", "\r1"])
def test_what_a_spreadsheet_takes_for_a_formula_begins_with_an_apostrophe(cell: str) -> None:
    assert comma.safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Ada", "a=b", "5", "", "O'Neill"])
def test_other_cells_leave_as_they_are(cell: str) -> None:
    assert comma.safe(cell) == cell


def test_rows_of_json_take_lists_of_names() -> None:
    document = [{"email": "ada@acme.example", "name": "Ada", "roles": ["admin", "auditor"], "teams": []}]

    rows = reading.rows_of_json(document, kind=Kind.INVITE)

    assert rows == [Row(1, {"email": "ada@acme.example", "name": "Ada", "roles": "admin auditor", "teams": "(none)"})]


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ({}, ["/lines/1"]),
        ([], ["/lines/1"]),
        (["ada@acme.example"], ["/lines/1"]),
        ([{"email": "a@b.example"}], ["/lines/1/name"]),
        ([{"email": 5, "name": "A"}], ["/lines/1/email"]),
        ([{"email": "a@b.example", "name": "A", "is_owner": "yes"}], ["/lines/1/is_owner"]),
        ([{"email": "a@b.example", "name": ["A"]}], ["/lines/1/name"]),
        ([{"email": "a@b.example", "name": "A"}, {"email": "a@B.example", "name": "B"}], ["/lines/2/email"]),
    ],
)
def test_rows_of_json_that_cannot_be_meant_are_refused(document: object, pointers: list[str]) -> None:
    with pytest.raises(BulkFileInvalid) as refusal:
        reading.rows_of_json(document, kind=Kind.INVITE)

    assert [error["pointer"] for error in refusal.value.fields["errors"]] == pointers


@pytest.mark.parametrize(
    ("cell", "names"), [("", None), ("  ", None), ("(none)", []), ("admin", ["admin"]), ("a, b;c d", ["a", "b", "c", "d"])]
)
def test_an_empty_cell_leaves_and_none_takes_away(cell: str, names: list[str] | None) -> None:
    assert names_in(cell) == names


@pytest.mark.parametrize(
    "address",
    [
        "ada@\u0430cme.example",  # a Cyrillic a before Latin letters
        "ada@\u0430\u0441\u043c\u0435.example",  # all Cyrillic, reads as acme
        "ada@\u03bfpen.example",  # a Greek o
        "ada@acme.\u0441\u043e\u043c",  # the top-level domain too
    ],
)
def test_a_domain_that_looks_like_another_is_suspect(address: str) -> None:
    assert "looks like" in lookalikes.suspicion(email(address))


@pytest.mark.parametrize(
    "address",
    [
        "ada@acme.example",
        "ada@m\u00fcnchen.example",
        "ada@\u043f\u0440\u0438\u043c\u0435\u0440.example",
        "ada@\u4f8b\u3048.example",
    ],
)
def test_an_honest_domain_in_any_alphabet_is_not(address: str) -> None:
    assert lookalikes.suspicion(email(address)) == ""
