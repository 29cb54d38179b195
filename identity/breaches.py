"""Passwords that leaked somewhere: looked up in what `BREACH_LIST` names, so that nobody else's stolen list opens an account here.

A file of SHA-1 hashes in order is searched by halves, a range service is asked for the first five hex digits and told nothing more (k-anonymity),
a function is called with the whole hash. Whoever keeps the list never sees a password.
"""

import hashlib
import re
from pathlib import Path
from typing import Final

import structlog
from django.conf import settings
from django.utils.module_loading import import_string

from kernel import outbound

log = structlog.get_logger(__name__)

PREFIX_DIGITS: Final = 5
TIMEOUT_S: Final = 3.0
ANSWER_BYTES: Final = 512 * 1024
LINE_MAX: Final = 128
_LINE: Final = re.compile(rb"([0-9A-F]{40})(?::([0-9]+))?\s*\Z")


def is_leaked(password: str) -> bool:
    """Whether the password is on the list; False without a list, and, with a line in the log, while a range service does not answer.

    A service that is away must not keep people from choosing a password: the list of common ones is looked at all the same.
    """
    source = settings.BREACH_LIST
    if not source:
        return False
    digest = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper()
    if source.startswith(("https://", "http://")):
        return _is_in_range(source, digest)
    if source.startswith("/"):
        return _is_in_file(Path(source), digest.encode())
    return bool(import_string(source)(digest))


def is_near() -> bool:
    """Whether a look costs no call to another machine, so that it can be taken at each sign-in."""
    return bool(settings.BREACH_LIST) and not settings.BREACH_LIST.startswith(("https://", "http://"))


def _is_in_range(base: str, digest: str) -> bool:
    prefix, rest = digest[:PREFIX_DIGITS], digest[PREFIX_DIGITS:]
    try:
        answer = outbound.get(
            f"{base.rstrip('/')}/{prefix}", headers={"add-padding": "true"}, timeout_s=TIMEOUT_S, limit_bytes=ANSWER_BYTES
        )
    except (outbound.Unreachable, outbound.UnsafeAddress) as away:
        log.warning("breach_list.away", why=away.detail)
        return False
    if not answer.is_success:
        log.warning("breach_list.away", why=f"it answered {answer.status}")
        return False
    # Padding lines have the count 0: they are there to hide how many there really are.
    lines = (line.strip().upper().partition(":") for line in answer.body.decode("ascii", "replace").splitlines())
    return any(suffix == rest and count != "0" for suffix, _, count in lines)


def _is_in_file(path: Path, digest: bytes) -> bool:
    """Search by halves: some 30 looks in a file of 40 GB."""
    with path.open("rb") as file:
        low, high = 0, path.stat().st_size
        while low < high:
            middle = (low + high) // 2
            # `low` is always the beginning of a line; in between, go on to the next beginning at or after the middle.
            file.seek(middle if middle == low else middle - 1)
            if middle > low:
                file.readline(LINE_MAX)
            if file.tell() >= high:
                high = middle
                continue
            begins, line = file.tell(), file.readline(LINE_MAX)
            found = _LINE.match(line)
            if found is None:
                log.warning("breach_list.damaged", at=begins)
                return False
            if found[1] == digest:
                return found[2] != b"0"
            low, high = (file.tell(), high) if found[1] < digest else (low, middle)
    return False
