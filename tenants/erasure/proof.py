"""The proof that a tenant was erased: one document, one text of it, one digest. Pure.

The document holds no name, no host of the tenant's and no address: it says what there was by number, what was done, what was looked at afterwards,
until when a copy still exists, and how long and under which root the tenant's log was when it was signed for the last time. Its digest stands in the operator's trail, which is sealed: whoever shows the document later can show that it is
the one that was written.
"""

import hashlib
from typing import Any

import orjson

FORMAT = "freehold-erasure-1"


def text_of(document: dict[str, Any]) -> bytes:
    """The one text of a proof: UTF-8 JSON without spaces, keys in order. Numbers are whole, moments are text, so that every reader gets the same."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def digest_of(document: dict[str, Any]) -> str:
    """SHA-256 over the text, in hexadecimal."""
    return hashlib.sha256(text_of(document)).hexdigest()
