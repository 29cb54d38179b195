"""The rules of form for regions and cells. Pure."""

import re

from kernel.problems import Invalid
from tenants import texts
from tenants.models import CellKind

NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")
JURISDICTION = re.compile(r"[A-Za-z][A-Za-z0-9-]*\Z")
NAME_MAXIMUM = 40
CAPACITY_MAXIMUM = 10_000

# Names that probes and settings use beside those of cells.
RESERVED = frozenset({"default", "home", "redis", "cells", "registry-copy", "auto", "embedded"})


def cell_name(text: str) -> str:
    """The name of a cell: 1 to 40 of a to z, 0 to 9 and single hyphens, a letter first. Raises Invalid."""
    if text in RESERVED:
        raise _fault("name", "reserved", f"“{text}” means something else here. Take another name, such as eu-1.")
    return _name(text, field="name")


def region_code(text: str) -> str:
    """The code of a region, in the same form. Raises Invalid."""
    return _name(text, field="code")


def jurisdiction(text: str) -> str:
    """A jurisdiction such as EU, US or US-CA: 1 to 40 letters, digits and hyphens, a letter first. Raises Invalid."""
    word = text.strip()
    if len(word) > NAME_MAXIMUM or JURISDICTION.match(word) is None:
        raise _fault("jurisdiction", "form", "Write 1 to 40 letters, digits and hyphens, a letter first, such as EU.")
    return word


def label(text: str) -> str:
    """A region's name for people: one line, 1 to 120 signs. Raises Invalid."""
    return texts.name(text)


def capacity(number: int) -> int:
    """How many tenants a cell may hold: 1 to 10,000. Raises Invalid."""
    if not 1 <= number <= CAPACITY_MAXIMUM:
        raise _fault("capacity", "range", f"Write a number from 1 to {CAPACITY_MAXIMUM}; 1,000 is a good one.")
    return number


def kind(text: str) -> str:
    """`shared` or `dedicated`. Raises Invalid."""
    if text not in {known.value for known in CellKind}:
        raise _fault("kind", "choice", "Write shared, or dedicated for a cell that only those get who are put there.")
    return str(text)


def _name(text: str, *, field: str) -> str:
    if len(text) > NAME_MAXIMUM or NAME.match(text) is None:
        raise _fault(field, "form", "Write 1 to 40 of a to z, 0 to 9 and single hyphens, a letter first, such as eu-1.")
    return text


def _fault(field: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=[{"pointer": f"/{field}", "code": code, "detail": detail}])
