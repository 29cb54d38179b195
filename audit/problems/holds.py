"""What can be refused about legal holds."""

from kernel.problems import Conflict, Forbidden, NotFound


class HoldNotFound(NotFound):
    """There is no such legal hold in this tenant."""

    type = "hold-not-found"
    title = "There is no such legal hold"


class HoldIsLifted(Conflict):
    """The hold has ended; place a new one."""

    type = "hold-is-lifted"
    title = "The hold has ended"


class LiftNotAsked(Conflict):
    """Nobody has asked for the end of this hold; `PUT …/lift-request` does."""

    type = "hold-lift-not-asked"
    title = "Nobody asked for the end of the hold"


class LiftAlreadyAsked(Conflict):
    """Somebody has asked for the end of this hold already; it waits for another person."""

    type = "hold-lift-already-asked"
    title = "The end of the hold is asked for already"


class SecondPersonNeeded(Forbidden):
    """Who asked for the end of a hold cannot confirm it, nor can a key of theirs; another person must."""

    type = "second-person-needed"
    title = "Another person must confirm this"
