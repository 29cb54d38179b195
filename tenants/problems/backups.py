"""What can be refused about copies of tenants."""

from kernel.problems import Conflict, Invalid, NotFound


class BackupNotFound(NotFound):
    """There is no such copy."""

    type = "backup-not-found"
    title = "No such backup"


class BackupUnreadable(Invalid):
    """The file is no copy of a tenant, is of another format, or was sealed with a key that this installation does not have."""

    type = "backup-unreadable"
    title = "This file cannot be read as a backup"


class BackupDamaged(Conflict):
    """The copy was cut or altered since it was written: a checksum does not hold. Nothing was made of it."""

    type = "backup-damaged"
    title = "The backup is damaged"


class BackupUnfit(Conflict):
    """The copy is whole, but its tables are of a release that this one does not know."""

    type = "backup-unfit"
    title = "The backup is of another release"


class BackupNotReady(Conflict):
    """The copy is still being written, was given up, or its file was removed; `state` tells which."""

    type = "backup-not-ready"
    title = "The backup has no file to read"


class BackupNeeded(Conflict):
    """It is the newest good copy of its tenant, or somebody restores it at the moment."""

    type = "backup-needed"
    title = "This backup is needed"
