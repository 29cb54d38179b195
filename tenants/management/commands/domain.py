"""`manage.py domain add|list|remove`: the hosts that tenants answer at."""

from typing import Any

from kernel.commands import OperatorCommand, Options, Outcome
from kernel.problems import Invalid
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, hosts, queries
from tenants.management import tables
from tenants.models import Domain


class Command(OperatorCommand):
    """Add, list and remove hosts. That a tenant owns a name is the operator's word; nothing is asked of DNS.

    Exit codes: 0 done, 1 error, 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict.
    """

    help = "Add, list and remove the hosts that a tenant answers at."

    def declare(self) -> None:
        """The verbs and their arguments."""
        add = self.changing_verb("add", self.add, help_text="Let a tenant answer at one more host.")
        add.add_argument("tenant", help="slug or id of the tenant")
        add.add_argument("host", help="a name such as id.example.com")
        listing = self.verb("list", self.list, help_text="List a tenant's hosts, newest first.")
        listing.add_argument("tenant", help="slug or id of the tenant")
        remove = self.changing_verb("remove", self.remove, help_text="Let a tenant no longer answer at a host.")
        remove.add_argument("host", help="the host to remove")

    def add(self, options: Options) -> Outcome:
        """Add a host."""
        tenant = queries.tenant_named(options["tenant"])
        with self.enter(PLATFORM_SLUG), self.changing(options):
            domain = actions.add_domain(tenant.id, host=options["host"], actor=self.actor)
        return Outcome(
            {"domain": documents.of_domain(domain), **_dry(options)}, f"{tenant.slug} {_answers(options)} at {domain.host}."
        )

    def list(self, options: Options) -> Outcome:
        """The hosts of a tenant."""
        rows = queries.domains(queries.tenant_named(options["tenant"]).id)
        return Outcome({"domains": [documents.of_domain(row) for row in rows]}, tables.of_domains(rows))

    def remove(self, options: Options) -> Outcome:
        """Remove a host."""
        domain = _named(options["host"])
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.remove_domain(domain.id, actor=self.actor)
        ending = "would be removed. Nothing was changed." if options["dry_run"] else "is removed."
        return Outcome({"removed": documents.of_domain(domain), **_dry(options)}, tables.line(f"{domain.host} {ending}"))


def _named(host: str) -> Domain:
    """The domain of a host in any spelling. Raises DomainNotFound, or Invalid when no host looks like this."""
    try:
        return queries.domain_by_host(hosts.normalise(host))
    except hosts.Unreadable as fault:
        raise Invalid(fault.detail) from fault


def _dry(options: Options) -> dict[str, Any]:
    return {"dry_run": True} if options["dry_run"] else {}


def _answers(options: Options) -> str:
    return "would answer" if options["dry_run"] else "answers"
