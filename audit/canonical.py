"""The canonical text of an entry: one document, one sequence of bytes.

In a closed domain orjson with sorted keys gives the bytes of RFC 8785 at a seventieth of its price (ADR 7); outside it the two differ, so the
domain is checked at the door: ASCII keys of `[a-z0-9_.]`, text without lone surrogates or NUL, whole numbers below 2^53, booleans, null, lists
and maps, at most eight of these within one another. No floats: decimals travel as text. The keys of the sealed part are ids of persons.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

MAX_INTEGER = 2**53 - 1
MAX_TEXT = 4000
MAX_BYTES = 64 * 1024
MAX_DEPTH = 8
KEY = re.compile(r"[a-z0-9_.]{1,64}\Z")
REF = re.compile(r"[A-Za-z0-9_.:-]{1,80}\Z")


class OutsideDomain(ValueError):
    """A value that has no canonical form here: a fault of the code that records, never of its caller."""


def text_of(document: dict[str, Any], *, sealed: Mapping[str, str] | None = None) -> str:
    """The canonical text; `sealed` is what is personal by ref, as it was sealed, and becomes the member `personal`. Raises OutsideDomain."""
    require_inside(document)
    if sealed is not None:
        document = {**document, "personal": sealed}
    encoded = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    if len(encoded) > MAX_BYTES:
        raise OutsideDomain(f"an entry of {len(encoded)} bytes; {MAX_BYTES} are the limit")
    return encoded.decode()


def require_inside(value: Any, *, depth: int = 0) -> None:
    """Go on only with what has a canonical form; `depth` is how many lists and maps it stands in. Raises OutsideDomain."""
    if isinstance(value, str):
        _require_text(value)
    elif isinstance(value, (dict, list, tuple)):
        if depth == MAX_DEPTH:
            raise OutsideDomain(f"more than {MAX_DEPTH} lists and maps within one another")
        if isinstance(value, dict):
            _require_keys(value)
            value = value.values()
        for inner in value:
            # Nearly all values are short plain texts: without this line the check costs as much as all the rest of an entry.
            if type(inner) is not str or len(inner) > MAX_TEXT or not inner.isascii() or "\0" in inner:
                require_inside(inner, depth=depth + 1)
    elif value is not None:
        _require_number(value)


def require_personal(personal: Mapping[str, Any]) -> None:
    """The same for what is personal, by the ref of whom it is about, before it is sealed. Raises OutsideDomain."""
    for ref, parts in personal.items():
        if not REF.match(ref):
            raise OutsideDomain(f"the ref {ref!r}")
        require_inside(parts, depth=1)


def _require_number(value: Any) -> None:
    if not isinstance(value, int):
        raise OutsideDomain(f"a value of type {type(value).__name__}")
    if abs(value) > MAX_INTEGER:
        raise OutsideDomain("a number beyond 2^53-1")


def _require_keys(value: dict[Any, Any]) -> None:
    for key in value:
        if not isinstance(key, str) or not _is_key(key):
            raise OutsideDomain(f"the key {key!r}")


@lru_cache(maxsize=4096)
def _is_key(key: str) -> bool:
    return KEY.match(key) is not None


def _require_text(value: str) -> None:
    if len(value) > MAX_TEXT:
        raise OutsideDomain(f"a text of {len(value)} characters")
    if "\0" in value:
        raise OutsideDomain("a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise OutsideDomain("a lone surrogate") from None
