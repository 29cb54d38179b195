"""What can be refused about events of the vendor's product."""

from kernel.problems import Conflict, Invalid


class ActionUnknown(Invalid):
    """The product tells of an action that the vendor has not registered, or of a version that there is not or that has ended."""

    type = "audit-action-unknown"
    title = "The action is not registered"


class EventChanged(Conflict):
    """An event of this id was taken before and said something else; entries never change. `entry` is the one that there is."""

    type = "audit-event-changed"
    title = "Another event of this id was taken before"


class WrongTrail(Invalid):
    """The event names another tenant than the one whose trail it was sent to."""

    type = "audit-wrong-trail"
    title = "The event belongs to another tenant"
