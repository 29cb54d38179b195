"""Lines that a log collector kept: `audit.entry ent_… <mac>` for each entry, written when it was committed (setting AUDIT_LOG_LINE).

They are the only trace of an entry whose row and place in the queue were removed before it was sealed.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from uuid import UUID

from audit.models import ID_PREFIX, Entry, Seal
from audit.verifying.findings import Check, Findings
from kernel import ids

LINE = re.compile(r"\baudit\.entry (ent_[0-9a-z]{26}) ([0-9a-f]{64})\b")
AT_ONCE = 1000


def check(lines: Iterable[str], *, size: int, findings: Findings) -> int:
    """Look for each entry that a line tells of; how many lines told of one. Lines about other things are passed over."""
    told, number = _told(lines), 0
    while some := dict(islice(told, AT_ONCE)):
        number += len(some)
        _check_some(some, size=size, findings=findings)
    return number


def _told(lines: Iterable[str]) -> Iterator[tuple[UUID, str]]:
    for line in lines:
        for shown, mac in LINE.findall(line):
            yield ids.parse(ID_PREFIX, shown), mac


def _check_some(told: dict[UUID, str], *, size: int, findings: Findings) -> None:
    macs = {pk: bytes(mac).hex() for pk, mac in Entry.objects.filter(pk__in=list(told)).values_list("pk", "mac")}
    missing = told.keys() - macs.keys()
    # Where the body is gone its seal is left; whether it went rightly is another check's question.
    places = dict(Seal.objects.filter(entry_id__in=list(told)).values_list("entry_id", "seq"))
    for identifier in sorted(missing - places.keys()):
        shown = ids.show(ID_PREFIX, identifier)
        what = f"the entry {shown} was told of in the log lines, and is not there"
        findings.fault(Check.LOG, size + 1, what, expected=f"MAC {told[identifier]}", found="no entry", entry=shown)
    for identifier, mac in macs.items():
        if mac != told[identifier]:
            shown = ids.show(ID_PREFIX, identifier)
            what = f"the entry {shown} is not the one that the log lines told of"
            findings.fault(
                Check.LOG,
                places.get(identifier, size + 1),
                what,
                expected=f"MAC {told[identifier]}",
                found=f"MAC {mac}",
                entry=shown,
            )
