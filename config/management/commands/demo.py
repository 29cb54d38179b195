"""`manage.py demo`: two tenants to look at, with people, keys and a trail."""

import time
from dataclasses import dataclass

from django.conf import settings
from django.core.management.base import CommandParser
from rich.text import Text

from config import accounts
from config.embedded import addresses as addressing
from identity import actions as identity
from identity import queries as people
from kernel.commands import OperatorCommand, Options, Outcome
from kernel.problems import Unavailable
from kernel.tenancy import PLATFORM_SLUG
from operations import actions as operation_actions
from operations import queries as operations
from operations.models import Operation
from tenants import actions, links, queries
from tenants.problems import TenantNotFound

PASSWORD = "demo-sign-in-{slug}"  # noqa: S105 - known on purpose
"""The same on every machine, so that the tutorial can name it. Never make the demo tenants where others can reach them."""

PATIENCE_S = 50.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class DemoTenant:
    """A tenant to make: the first of `people` (local part, name, role) is its owner."""

    slug: str
    name: str
    host: str
    people: tuple[tuple[str, str, str], ...]

    @property
    def domain(self) -> str:
        """The domain of its people's addresses."""
        return f"{self.slug}.example"

    def email_of(self, local: str) -> str:
        """The address of one of its people."""
        return f"{local}@{self.domain}"

    @property
    def password(self) -> str:
        """The password of all its people."""
        return PASSWORD.format(slug=self.slug)


TENANTS = (
    DemoTenant(
        slug="acme",
        name="Acme Corporation",
        host="id.acme-demo.com",
        people=(
            ("ada", "Ada Lovelace", "owner"),
            ("grace", "Grace Hopper", "admin"),
            ("linus", "Linus Pauling", "member"),
            ("rosalind", "Rosalind Franklin", "auditor"),
        ),
    ),
    DemoTenant(
        slug="globex",
        name="Globex Industries",
        host="id.globex-demo.com",
        people=(("emmy", "Emmy Noether", "owner"), ("alan", "Alan Turing", "admin"), ("maria", "Maria Goeppert Mayer", "member")),
    ),
)


class Command(OperatorCommand):
    """Make the demo tenants `acme` and `globex`, with known passwords: for a machine that only you can reach.

    Idempotent; what somebody changed meanwhile stays. Exit codes: 0 done, 1 error, 5 conflict (a lookalike of a demo slug is taken).
    """

    help = "Make two demo tenants with people, keys and a trail; safe to repeat. With --json it prints addresses and sign-ins."

    def add_arguments(self, parser: CommandParser) -> None:
        """The command has no verbs."""
        parser.add_argument("--json", action="store_true", dest="as_json", help="print one JSON document")
        parser.set_defaults(handler=self.make, verb="", dry_run=False)

    def make(self, options: Options) -> Outcome:
        """Both tenants, then the table of sign-ins."""
        del options
        for demo in TENANTS:
            self._ensure_tenant(demo)
            self._ensure_life(demo)
        sign_ins = [_operator(), *(_sign_in(demo) for demo in TENANTS)]
        lines = [f"{entry['label']}: {entry['url']}  {entry['email']}  {entry['password']}" for entry in sign_ins]
        return Outcome({"sign_ins": sign_ins}, Text("\n".join(lines), no_wrap=True, overflow="ignore"))

    def _ensure_tenant(self, demo: DemoTenant) -> None:
        """The tenant, open. The work is done here unless a worker has begun it."""
        with self.enter(PLATFORM_SLUG):
            operation = self._operation(demo)
            if operation is None:
                return
            actions.provision_tenant(operation.id, actor=self.actor)
            end = time.monotonic() + PATIENCE_S
            while not (operation := operations.operation(operation.id)).is_over and time.monotonic() < end:
                time.sleep(POLL_S)
        if operation.state != "succeeded":
            raise Unavailable(
                f"The demo tenant {demo.slug} is not open: `manage.py operation show {operation.public_id}` tells why."
            )

    def _operation(self, demo: DemoTenant) -> Operation | None:
        """What makes the tenant, started or sent on; None when it is made."""
        try:
            tenant = queries.tenant_by_slug(demo.slug)
        except TenantNotFound:
            owner = demo.people[0]
            return actions.create_tenant(
                demo.slug, name=demo.name, owner_email=demo.email_of(owner[0]), owner_name=owner[1], actor=self.actor
            ).operation
        operation = queries.making_of(tenant.id)
        if operation is None or operation.state == "succeeded":
            return None
        return operation_actions.resume(operation.id, actor=self.actor)

    def _ensure_life(self, demo: DemoTenant) -> None:
        """People, a host, a key: what is there already stays as it is."""
        with self.enter(PLATFORM_SLUG):
            tenant = queries.tenant_by_slug(demo.slug)
            actions.add_trusted_domain(tenant.id, host=demo.host, reason="A demonstration has no DNS.", actor=self.actor)
        with self.enter(demo.slug):
            for local, name, role in demo.people:
                accounts.ensure_person(demo.email_of(local), name=name, role_names=[role], password=demo.password, actor=self.actor)
            if not people.api_keys().exists():
                self._make_keys(demo)

    def _make_keys(self, demo: DemoTenant) -> None:
        """A key that works, whose secret nobody has, and one that is revoked: something to look at in the list."""
        owner = people.person_by_email(demo.email_of(demo.people[0][0]))
        identity.create_api_key("Nightly export", scopes=["read:*"], owner_id=owner.id, actor=self.actor)
        old = identity.create_api_key("Old integration", scopes=["read:identity.*"], owner_id=owner.id, actor=self.actor)
        identity.revoke_api_key(old.key.id, reason="Replaced by another key.", actor=self.actor)


def _sign_in(demo: DemoTenant) -> dict[str, str]:
    """How the tenant's owner comes in."""
    tenant = queries.tenant_by_slug(demo.slug)
    return {
        "label": f"{demo.slug} (tenant)",
        "url": links.base_url(tenant.host),
        "email": demo.email_of(demo.people[0][0]),
        "password": demo.password,
    }


def _operator() -> dict[str, str]:
    """How the operator comes in. The password that `setup` made is in a file as long as somebody leaves it there."""
    file = addressing.at(settings.VAR).secrets / accounts.PASSWORD_SECRET
    password = file.read_text(encoding="ascii").strip() if file.is_file() else "the one you chose"
    return {
        "label": "operator",
        "url": links.base_url(settings.OPERATOR_HOST),
        "email": accounts.default_operator(),
        "password": password,
    }
