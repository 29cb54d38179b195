"""What can be refused about changes to many people."""

from kernel.problems import Conflict, Forbidden, Invalid, NotFound


class BulkFileInvalid(Invalid):
    """A file of people cannot be meant as it stands; `errors` lists pointer, code and detail of up to 50 faults, each with its line."""

    type = "bulk-file-invalid"
    title = "The file cannot be used"


class BulkRunNotFound(NotFound):
    """There is no such run in this tenant."""

    type = "bulk-run-not-found"
    title = "No such bulk run"


class BulkRunState(Conflict):
    """The run's state does not allow it: it is still at work, was a rehearsal, or is one that takes another back; `state` tells the present one."""

    type = "bulk-run-state"
    title = "The run's state does not allow this"


class BulkRunUndone(Conflict):
    """The run was taken back already; `undone_by` is the run that did it."""

    type = "bulk-run-undone"
    title = "The run was taken back already"


class BulkAskerGone(Forbidden):
    """Whoever started the run may not act here any more, so the rest of it is not done."""

    type = "bulk-asker-gone"
    title = "Whoever started this has no access any more"
