"""What can be refused about exports."""

from kernel.problems import Conflict, LimitReached, NotFound, TooLarge, Unavailable


class ExportNotFound(NotFound):
    """There is no such export in this tenant."""

    type = "audit-export-not-found"
    title = "There is no such export"


class ExportRunning(LimitReached):
    """An export of this tenant is being written; one is written at a time. `export` names it."""

    type = "audit-export-running"
    title = "Another export is being written"


class ExportNotReady(Conflict):
    """The export has no file: it is still being written, it failed, or its file was removed. `state` tells which."""

    type = "audit-export-not-ready"
    title = "The export has no file"


class ExportTooLarge(TooLarge):
    """The export would grow beyond what one file may hold; `limit_rows` and `limit_bytes` tell how much that is."""

    type = "audit-export-too-large"
    title = "The export is too large"


class ExportDamaged(Unavailable):
    """The file of the export is missing or was altered where it lay."""

    type = "audit-export-damaged"
    title = "The file of the export cannot be read"
