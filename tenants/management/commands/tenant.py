"""`manage.py tenant VERB`: the operator's hand on tenants. The verbs are in `tenants.management.tenant_verbs`."""

from tenants.management.tenant_verbs import Copies, Ending, Life, Making, Moving, Placing


class Command(Making, Life, Moving, Copies, Placing, Ending):
    """Make, list, change, copy, move and end tenants.

    Exit codes: 0 done, 1 error (also: an operation failed), 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict.
    """

    help = "Make, list, change, copy, move, archive and delete tenants."

    def declare(self) -> None:
        """The verbs and their arguments."""
        self.declare_making()
        self.declare_life()
        self.declare_moving()
        self.declare_copies()
        self.declare_placing()
        self.declare_ending()
