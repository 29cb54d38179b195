"""What can be refused about people and invitations."""

from kernel.problems import Conflict, Forbidden, Invalid, NotFound


class PersonNotFound(NotFound):
    """There is no such person in this tenant."""

    type = "person-not-found"
    title = "No such person"


class InvitationNotFound(NotFound):
    """The invitation was used, withdrawn or has expired, or there never was one: the answer is the same."""

    type = "invitation-not-found"
    title = "This invitation does not work any more"


class InvitationUsed(Conflict):
    """The invitation was accepted, so there is nothing left to withdraw."""

    type = "invitation-used"
    title = "This invitation was accepted"


class InputInvalid(Invalid):
    """A field breaks a rule of this app; `errors` lists pointer, code and detail of each fault."""

    type = "identity-input-invalid"
    title = "The input is not valid"


class EmailTaken(Conflict):
    """A person of this tenant has this e-mail address, in whatever state."""

    type = "email-taken"
    title = "The e-mail address is taken"


class PersonState(Conflict):
    """The person's state does not allow it; `person_status` tells the present one."""

    type = "person-state"
    title = "The person's state does not allow this"


class LastOwner(Conflict):
    """A tenant keeps at least one active owner."""

    type = "last-owner"
    title = "The last owner must stay"


class ProfileNeedsPerson(Forbidden):
    """A profile is changed by the signed-in person alone, not by a key and not in their name."""

    type = "profile-needs-person"
    title = "Only the person can change this"
