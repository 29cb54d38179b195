"""What can be refused about people, roles, sessions and keys."""

from kernel.problems import Conflict, Forbidden, Invalid, LimitReached, NotFound, Unauthenticated, Unavailable


class PersonNotFound(NotFound):
    """There is no such person in this tenant."""

    type = "person-not-found"
    title = "No such person"


class RoleNotFound(NotFound):
    """There is no such role in this tenant."""

    type = "role-not-found"
    title = "No such role"


class KeyNotFound(NotFound):
    """There is no such API key in this tenant."""

    type = "api-key-not-found"
    title = "No such API key"


class InvitationNotFound(NotFound):
    """The invitation was used, withdrawn or has expired, or there never was one: the answer is the same."""

    type = "invitation-not-found"
    title = "This invitation does not work any more"


class InputInvalid(Invalid):
    """A field breaks a rule of this app; `errors` lists pointer, code and detail of each fault."""

    type = "identity-input-invalid"
    title = "The input is not valid"


class PasswordWeak(Invalid):
    """The password is too easily guessed; `errors` names the rule."""

    type = "password-weak"
    title = "The password is too weak"


class PasswordWrong(Forbidden):
    """The present password was asked for and is not the one given."""

    type = "password-wrong"
    title = "The present password is not right"


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


class RoleTaken(Conflict):
    """Another role has this name."""

    type = "role-taken"
    title = "The role's name is taken"


class RoleBuiltIn(Conflict):
    """The built-in roles stay as they are; make one of your own."""

    type = "role-built-in"
    title = "Built-in roles cannot be changed"


class RoleInUse(Conflict):
    """People still have the role; `people` tells how many."""

    type = "role-in-use"
    title = "The role is in use"


class BeyondOwnGrants(Forbidden):
    """Nobody can hand out, take away or overrule permissions that they do not have; `missing` lists them."""

    type = "beyond-own-permissions"
    title = "This goes beyond your own permissions"


class KeyNeedsOwner(Forbidden):
    """An API key belongs to an active person of this tenant, and everybody makes keys for themselves only."""

    type = "api-key-owner"
    title = "An API key needs an owner"


class SignInRefused(Unauthenticated):
    """The address or the password is not right, or the person may not sign in: the answer is the same."""

    type = "sign-in-refused"
    title = "You could not be signed in"


class TooManyAttempts(LimitReached):
    """Too many failed sign-ins for this address or from this place; `retry_after_s` tells when to try again."""

    type = "too-many-sign-ins"
    title = "Too many failed sign-ins"


class KeyRefused(Unauthenticated):
    """The API key is wrong, unknown, revoked or expired, or its owner is not active: the answer is the same."""

    type = "api-key-refused"
    title = "The API key is not valid"


class CrossSiteRefused(Forbidden):
    """A signed-in browser sent a change without proof that it came from our own page."""

    type = "cross-site-refused"
    title = "The request did not come from our page"


class ThrottleUnavailable(Unavailable):
    """Failed sign-ins cannot be counted now, so nobody is let in by password; repeat in a moment."""

    type = "sign-in-unavailable"
    title = "Sign-in is not available now"
