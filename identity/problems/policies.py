"""What can be refused about policies."""

from kernel.problems import Conflict, Forbidden, Invalid, NotFound


class PolicyNotFound(NotFound):
    """There is no such policy in this tenant."""

    type = "policy-not-found"
    title = "No such policy"


class PolicyTaken(Conflict):
    """Another policy has this name."""

    type = "policy-taken"
    title = "The policy's name is taken"


class PolicyFaulty(Invalid):
    """The text of the policy cannot be used; `errors` lists pointer, code, line, column and detail of each fault."""

    type = "policy-faulty"
    title = "The policy is not valid"


class PolicyLocksOut(Conflict):
    """With this policy in force, whoever puts it there could not change policies any more; `policies` names those that would forbid it."""

    type = "policy-locks-out"
    title = "You would lock yourself out"


class TooManyPolicies(Conflict):
    """A tenant has a limited number of policies; `maximum` tells it."""

    type = "too-many-policies"
    title = "There are too many policies"


class PolicyForbids(Forbidden):
    """A role allows it, but a policy of the tenant forbids it in the present circumstances; `policies` names it."""

    type = "policy-forbids"
    title = "A policy does not allow this now"
