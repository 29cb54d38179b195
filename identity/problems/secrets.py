"""What can be refused about the keys that seal secrets."""

from kernel.problems import Conflict, NotFound


class RotationRunning(Conflict):
    """The tenant's secrets are being sealed under a new key already; `operation` tells how far that is."""

    type = "secrets-rotation-running"
    title = "A rotation is at work"


class RotationNotFound(NotFound):
    """The tenant's secrets were never sealed under a new key."""

    type = "secrets-rotation-not-found"
    title = "There was no rotation yet"
