"""What a database superuser can do to the log of a tenant that is made for it, and which check finds it."""

from audit.attack.attacks import ATTACKS, DOCUMENTED, Attack, Field
from audit.attack.siege import Siege

__all__ = ["ATTACKS", "DOCUMENTED", "Attack", "Field", "Siege"]
