"""The words by which entries are found: one definition for the index, for the queries, and for who compares without a database.

An entry is known by the words of its labels and its action, cut at blanks and ASCII punctuation, and by some wholes: its ids, its address, its
request id, and the marks `category:…` and `source:…`. The index holds both as lexemes, wholes with `=` in front, so that the beginning of a word
never stands for the beginning of every id. Nothing is stemmed and no word is left out: a name that is also a common word is found. The parser of
text search is passed by, because it takes labels for markup and for files.
"""

import re
import string
from collections.abc import Iterable

from django.db.models import BooleanField, Func, Value

CUT = string.punctuation.replace("%", "") + "\t\n\r"
"""Every ASCII sign that ends a word beside the blank; `%` is left out for the sake of those who pass the expression through a format."""
BEGINNING = 2
"""Characters from which on a word is found by its beginning."""
WHOLE_BEGINNING = 6
"""The same for an id or an address; fewer would stand for all ids of a kind."""
MOST_TERMS = 8
WHOLE = "="

EXPRESSION = (
    "array_to_tsvector(array_remove(string_to_array(lower(translate("
    "actor_label || ' ' || subject_label || ' ' || action, '" + CUT.replace("'", "''") + "', repeat(' ', 34))"
    " || ' =' || actor_id || ' =' || subject || ' =' || address || ' =' || request_id"
    " || ' =category:' || category || ' =source:' || source), ' '), ''))"
)
"""Of the row, as `entry_words` of migration 0004 has it: PostgreSQL uses the index where the expressions are the same."""

_BREAKS = re.compile(f"[ {re.escape(CUT)}]+")


class Known(Func):
    """Whether a row is known by the words that a query asks for."""

    template = "(" + EXPRESSION.replace("%", "%%") + ") @@ %(expressions)s::tsquery"
    output_field = BooleanField()

    def __init__(self, query: str) -> None:
        super().__init__(Value(query))


def wanted(q: str) -> str:
    """What people typed, as a tsquery: every term must be there, as a whole or in its parts, and its last part at least as a beginning.

    Empty when nothing was typed. At most 8 terms count.
    """
    return " & ".join(_term(term) for term in _terms(q))


def marked(name: str, value: str) -> str:
    """The tsquery of a mark: `category` or `source`."""
    return whole(f"{name}:{value}")


def whole(text: str) -> str:
    """The tsquery of an id or an address."""
    return _quoted(WHOLE + lowered(text))


def parts(text: str) -> str:
    """The tsquery of all whole words of a text."""
    return " & ".join(_quoted(word) for word in cut(text))


def is_known(q: str, *, labels: Iterable[str], wholes: Iterable[str]) -> bool:
    """The same comparison without a database: `labels` are cut into words, `wholes` stand for themselves."""
    cuts = {word for label in labels for word in cut(label)}
    uncut = {lowered(whole) for whole in wholes if whole}
    return all(_has(uncut, term, beginning=WHOLE_BEGINNING) or _has_parts(cuts, cut(term)) for term in _terms(q))


def cut(text: str) -> list[str]:
    """The words of a text in small letters."""
    return [word for word in _BREAKS.split(lowered(text)) if word]


def lowered(text: str) -> str:
    """Letter by letter, as the database does it: no letter becomes two."""
    return "".join(letter.lower()[0] for letter in text)


def _terms(q: str) -> list[str]:
    return lowered(q).split()[:MOST_TERMS]


def _term(term: str) -> str:
    uncut = _quoted(WHOLE + term) + (":*" if len(term) >= WHOLE_BEGINNING else "")
    pieces = cut(term)
    if not pieces:
        return uncut
    last = _quoted(pieces[-1]) + (":*" if len(pieces[-1]) >= BEGINNING else "")
    return f"({uncut} | ({' & '.join([*map(_quoted, pieces[:-1]), last])}))"


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _has(known: set[str], word: str, *, beginning: int) -> bool:
    return word in known or (len(word) >= beginning and any(other.startswith(word) for other in known))


def _has_parts(known: set[str], pieces: list[str]) -> bool:
    return bool(pieces) and known.issuperset(pieces[:-1]) and _has(known, pieces[-1], beginning=BEGINNING)
