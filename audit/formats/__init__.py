"""How an entry is written for others: one module per format, each pure, from a `Line` to bytes.

Every record carries the tenant's id, the entry's id, epoch, seq, leaf and chain: whoever keeps the copy can prove it against the log.
"""

from collections.abc import Mapping

from audit.formats import cef, comma, ecs, jsonl, ocsf, syslog
from audit.formats.lines import CHECKPOINT_ACTION, GAP_ACTION, TEST_ACTION, Line, Writer, checkpoint, gap, trial

FORMATS: Mapping[str, Writer] = {
    "jsonl": jsonl.Jsonl(),
    "csv": comma.Csv(),
    "cef": cef.Cef(),
    "syslog": syslog.Syslog(),
    "ocsf": ocsf.Ocsf(ocsf.DEFAULT),
    "ecs": ecs.Ecs(),
}
"""Each format in its default version."""

VERSIONS: Mapping[str, tuple[str, ...]] = {"ocsf": ocsf.VERSIONS, "ecs": (ecs.VERSION,)}
"""The versions of a format that one can choose, the default first. Formats that are missing here have one form."""


def writer(name: str, *, version: str = "") -> Writer:
    """The writer of a format in a version, "" for the default. Raises KeyError for what is neither in FORMATS nor in VERSIONS."""
    if not version:
        return FORMATS[name]
    if version not in VERSIONS[name]:
        raise KeyError(version)
    return ocsf.Ocsf(version) if name == "ocsf" else FORMATS[name]


__all__ = [
    "CHECKPOINT_ACTION",
    "FORMATS",
    "GAP_ACTION",
    "TEST_ACTION",
    "VERSIONS",
    "Line",
    "Writer",
    "checkpoint",
    "gap",
    "trial",
    "writer",
]
