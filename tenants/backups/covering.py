"""What `manage.py doctor` says of copies: who has none that is young enough, and which were found damaged."""

import os
from collections.abc import Iterator
from pathlib import Path

from tenants import queries
from tenants.backups import files
from tenants.models import Cell
from tenants.placement.findings import Finding, Level

SHOWN = 5


def findings() -> Iterator[Finding]:
    """One answer about cover, one about trials, one about the folders."""
    yield cover()
    yield trials()
    yield folders()


def cover() -> Finding:
    """Whether every tenant that should be copied has a good copy younger than twice its interval."""
    late = queries.late_covers()
    if late:
        return Finding(
            "backups",
            Level.WARN,
            f"{len(late)} tenants have no copy that is young enough: {_some([one.tenant.slug for one in late])}.",
            "Run `manage.py backup run`, and look at the events tenants.backup.failed in platform's trail.",
        )
    return Finding("backups", Level.OK, "Every tenant that should be copied has a young copy.")


def trials() -> Finding:
    """Whether a trial found a copy damaged that still lies there."""
    refuted = [row.public_id for row in queries.refuted_backups()]
    if refuted:
        return Finding(
            "backup trials",
            Level.FAIL,
            f"{len(refuted)} copies were found damaged: {_some(refuted)}.",
            "Look at the disk that they lie on, take new copies, and remove these with `manage.py backup remove`.",
        )
    return Finding("backup trials", Level.OK, "No copy is known to be damaged.")


def folders() -> Finding:
    """Whether the folder of each region with a cell can be written to, or can be made."""
    regions = sorted(Cell.objects.values_list("region_id", flat=True).distinct())
    closed = [region for region in regions if not os.access(_nearest(files.folder_of(region)), os.W_OK | os.X_OK)]
    if closed:
        return Finding(
            "backup folders",
            Level.FAIL,
            f"Copies of {_some(closed)} cannot be written to {files.folder_of(closed[0])}.",
            "Make the folder, or give it to the account that Freehold runs as.",
        )
    return Finding("backup folders", Level.OK, "The folders of all regions can be written to.")


def _nearest(folder: Path) -> Path:
    """The folder itself, or the one above it that would have to hold it."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _some(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (" and others" if len(names) > SHOWN else "")
