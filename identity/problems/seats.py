"""What can be refused about seats."""

from kernel.problems import Conflict


class SeatsExhausted(Conflict):
    """Every seat is taken, and the tenant's rule is to refuse one person too many; `maximum` and `taken` tell the numbers."""

    type = "seats-exhausted"
    title = "No seat is free"
