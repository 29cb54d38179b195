"""`manage.py audit`: the trail of one tenant, and whether it holds."""

from audit.management.audit_verbs.doctor import Doctor
from audit.management.audit_verbs.persons import Persons
from audit.management.audit_verbs.reading import Reading
from audit.management.audit_verbs.verifying import Verifying
from audit.management.audit_verbs.views import Views


class Command(Doctor, Persons, Reading, Verifying, Views):
    """Reads a tenant's trail, checks its log, takes evidence along. `verify` ends with 0 (sound), 1 (tampered) or 2 (cannot tell)."""

    help = "Read a tenant's audit trail, check its log, take evidence along."

    def declare(self) -> None:
        """The verbs."""
        self.declare_doctor()
        self.declare_persons()
        self.declare_reading()
        self.declare_verifying()
        self.declare_views()
