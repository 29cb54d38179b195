"""What can be refused about persons in the trail."""

from kernel.problems import Conflict, Invalid, NotFound


class PersonUnknown(NotFound):
    """Nothing in this tenant's trail is by or about this id."""

    type = "person-not-in-trail"
    title = "The trail knows nobody by this id"


class PersonHeld(Conflict):
    """A legal hold keeps what the trail has of this person; `holds` names them."""

    type = "person-held"
    title = "A legal hold keeps this person's entries"


class ReasonMissing(Invalid):
    """Forgetting a person needs a reason of 1 to 500 characters, which stays in the trail."""

    type = "reason-missing"
    title = "A reason is needed"
