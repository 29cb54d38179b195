"""`manage.py domain add|list|show|verify|check|primary|redirect|release|remove`: the hosts that tenants answer at."""

import argparse
from collections.abc import Callable

from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Invalid
from kernel.tenancy import PLATFORM_SLUG
from tenants import actions, documents, hosts, queries
from tenants.management import tables
from tenants.models import Domain, DomainState

STATES = [state.value for state in DomainState]


class Command(OperatorCommand):
    """Claim, prove and give back hosts. A tenant answers at a host once DNS proves that it is the tenant's, or an operator vouches for it.

    Exit codes: 0 done, 1 error (also: DNS could not be asked), 2 wrong usage or input, 3 not found, 4 not allowed, 5 conflict (also: not proven).
    """

    help = "Claim, prove, list and give back the hosts that tenants answer at."

    def declare(self) -> None:
        """The verbs and their arguments."""
        add = self.changing_verb("add", self.add, help_text="Claim a host for a tenant, and print the DNS records to set.")
        add.add_argument("tenant", help="slug or id of the tenant")
        add.add_argument("host", help="a name such as id.example.com")
        add.add_argument(
            "--trusted", metavar="REASON", help="vouch for it: answer at once and never ask DNS; the reason is recorded"
        )
        listing = self.verb("list", self.list, help_text="List hosts, newest first: of one tenant, or of all.")
        listing.add_argument("tenant", nargs="?", help="slug or id of the tenant; all tenants when left out")
        listing.add_argument("--q", default="", help="part of a host, or of a tenant's slug or name")
        listing.add_argument("--state", default="", choices=STATES)
        self._of_host(self.verb("show", self.show, help_text="Show a host, the DNS records that it needs and what was found."))
        self._of_host(self.verb("verify", self.verify, help_text="Look at DNS now, and answer at the host if it is proven."))
        self._of_host(self.verb("check", self.look, help_text="Look at DNS now and show what was found, whatever it is."))
        self._of_host(self.changing_verb("primary", self.primary, help_text="Make a host the one that is shown and linked to."))
        redirect = self._of_host(self.changing_verb("redirect", self.redirect, help_text="Send people on to the primary host."))
        redirect.add_argument("--off", action="store_true", help="answer by itself again")
        self._of_host(self.changing_verb("release", self.release, help_text="Give a host back; nobody else gets it for 30 days."))
        remove = self._of_host(
            self.changing_verb("remove", self.remove, help_text="Forget a host that was given back, and end its quarantine.")
        )
        remove.add_argument("--reason", required=True, help="why others may have the host before the 30 days are over; recorded")

    def add(self, options: Options) -> Outcome:
        """Claim a host, or vouch for it."""
        tenant = queries.tenant_named(options["tenant"])
        with self.enter(PLATFORM_SLUG), self.changing(options):
            if options["trusted"] is None:
                domain = actions.claim_domain(tenant.id, host=options["host"], actor=self.actor)
            else:
                domain = actions.add_trusted_domain(tenant.id, host=options["host"], reason=options["trusted"], actor=self.actor)
            return self._shown(domain, options=options)

    def list(self, options: Options) -> Outcome:
        """Hosts of one tenant or of all."""
        q, state = options["q"], options["state"]
        if options["tenant"] is None:
            every = queries.all_domains(q=q, state=state)
            return Outcome({"domains": [documents.of_owned_domain(row) for row in every]}, tables.of_owned_domains(every))
        rows = queries.domains(queries.tenant_named(options["tenant"]).id, q=q, state=state)
        return Outcome({"domains": [documents.of_domain(row) for row in rows]}, tables.of_domains(rows))

    def show(self, options: Options) -> Outcome:
        """One host."""
        return self._shown(_named(options), options=options)

    def verify(self, options: Options) -> Outcome:
        """Prove a host."""
        return self._done(actions.verify_domain, options=options)

    def look(self, options: Options) -> Outcome:
        """Look at a host."""
        return self._done(actions.check_domain, options=options)

    def primary(self, options: Options) -> Outcome:
        """Make a host primary."""
        return self._done(actions.make_primary, options=options)

    def redirect(self, options: Options) -> Outcome:
        """Start or stop a redirect."""
        return self._done(actions.stop_redirect if options["off"] else actions.start_redirect, options=options)

    def release(self, options: Options) -> Outcome:
        """Give a host back."""
        domain = _named(options)
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.release_domain(domain.id, actor=self.actor)
        return self._ended(domain, "given back", options=options)

    def remove(self, options: Options) -> Outcome:
        """End a quarantine."""
        domain = _named(options)
        with self.enter(PLATFORM_SLUG), self.changing(options):
            actions.end_quarantine(domain.id, reason=options["reason"], actor=self.actor)
        return self._ended(domain, "removed", options=options)

    def _done(self, action: Callable[..., Domain], *, options: Options) -> Outcome:
        domain = _named(options)
        with self.enter(PLATFORM_SLUG), self.changing(options):
            return self._shown(action(domain.id, actor=self.actor), options=options)

    def _shown(self, domain: Domain, *, options: Options) -> Outcome:
        if options["dry_run"]:
            self.console.print("Dry run: the host would be as shown. Nothing was changed.")
        return Outcome({"domain": documents.of_domain(domain), **dry_mark(options)}, tables.of_domain(domain))

    def _ended(self, domain: Domain, done: str, *, options: Options) -> Outcome:
        ending = f"would be {done}. Nothing was changed." if options["dry_run"] else f"is {done}."
        return Outcome({"removed": documents.of_domain(domain), **dry_mark(options)}, tables.line(f"{domain.host} {ending}"))

    def _of_host(self, parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
        """Add the arguments that say which host."""
        parser.add_argument("host", help="the host, in any spelling")
        parser.add_argument("--tenant", help="slug or id of the tenant, where several have claimed the host")
        return parser


def _named(options: Options) -> Domain:
    """The domain of a host in any spelling. Raises DomainNotFound, TenantNotFound, or Invalid when no host looks like this."""
    owner = None if options["tenant"] is None else queries.tenant_named(options["tenant"]).id
    try:
        return queries.domain_named(hosts.normalise(options["host"]), tenant_id=owner)
    except hosts.Unreadable as fault:
        raise Invalid(fault.detail) from fault
