"""`manage.py role list|create|change|delete|holders|grant|withdraw`: the roles of a tenant and who has them."""

from rich.markup import escape
from rich.table import Column, Table

from identity import actions, documents, inputs, queries
from identity.models import Role, RoleBinding
from kernel import ids, tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Command(OperatorCommand):
    """Make, change and delete roles, and give them to people, teams and service accounts."""

    help = "Make and change the roles of a tenant, give them and take them."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_roles, help_text="The roles of a tenant and what each allows.")
        listing.add_argument("-q", default="", metavar="TEXT", help="part of a name or a label")
        create = self.changing_verb("create", self.create, help_text="Make a role.")
        create.add_argument("--label", required=True, help="what people call it")
        change = self.changing_verb("change", self.change, help_text="Change a role; what is left out stays.")
        change.add_argument("--label", default=None, help="what people call it")
        delete = self.changing_verb("delete", self.delete, help_text="Delete a role that nobody has.")
        holders = self.verb("holders", self.holders, help_text="Who has a role now.")
        for parser in (create, change, delete, holders):
            parser.add_argument("role", help="its name, e.g. help-desk")
        for parser, needed in ((create, True), (change, False)):
            parser.add_argument("--description", default=None, help="what it is for")
            parser.add_argument(
                "--permission",
                action="append",
                required=needed,
                dest="permissions",
                metavar="VERB:RESOURCE",
                help="may be repeated",
            )
        grant = self.changing_verb("grant", self.grant, help_text="Give somebody a role, for good or until a moment.")
        grant.add_argument("role", help="its name, e.g. auditor")
        grant.add_argument("holder", help="a person's address, the name of a team or a service account, or the id of any of them")
        grant.add_argument("--until", default="", help="e.g. 2026-12-31T23:00:00Z; for good without it")
        withdraw = self.changing_verb("withdraw", self.withdraw, help_text="Take a role from somebody.")
        withdraw.add_argument("binding", help="bnd_…, as `role holders` shows it")
        for parser in (listing, create, change, delete, holders, grant, withdraw):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_roles(self, options: Options) -> Outcome:
        """All roles that match, by name."""
        with self.enter(options["tenant"]):
            found = list(queries.roles(q=options["q"]).order_by("name"))
        table = Table("Role", "Label", "Built in", "Permissions", box=None)
        for role in found:
            table.add_row(role.name, escape(role.label), "yes" if role.is_builtin else "", escape(", ".join(role.permissions)))
        return Outcome({"roles": [documents.of_role(role) for role in found]}, table)

    def create(self, options: Options) -> Outcome:
        """Make one. Raises InputInvalid, RoleTaken."""
        with self.enter(options["tenant"]), self.changing(options):
            role = actions.create_role(
                options["role"],
                label=options["label"],
                description=options["description"] or "",
                permissions=options["permissions"],
                actor=self.actor,
            )
        return _shown(role, options=options)

    def change(self, options: Options) -> Outcome:
        """Change one. Raises InputInvalid, RoleNotFound, RoleBuiltIn."""
        with self.enter(options["tenant"]), self.changing(options):
            role = actions.change_role(
                queries.role_by_name(options["role"]).id,
                label=options["label"],
                description=options["description"],
                permissions=options["permissions"],
                actor=self.actor,
            )
        return _shown(role, options=options)

    def delete(self, options: Options) -> Outcome:
        """Delete one. Raises RoleNotFound, RoleBuiltIn, RoleInUse."""
        with self.enter(options["tenant"]), self.changing(options):
            role = actions.delete_role(queries.role_by_name(options["role"]).id, actor=self.actor)
        return Outcome({"role": role.name, **dry_mark(options)}, f"{role.name}: deleted")

    def holders(self, options: Options) -> Outcome:
        """Who has it. Raises RoleNotFound."""
        with self.enter(options["tenant"]):
            found = queries.bindings_of_role(queries.role_by_name(options["role"])).order_by("-id")
            shown = [documents.of_binding(binding) for binding in found]
        table = Table(Column("Id", min_width=30), "Name", Column("Holder", overflow="fold"), "Until", box=None)
        for row in shown:
            table.add_row(row["id"], escape(row["holder"]["name"]), row["holder"]["id"], row["expires_at"] or "for good")
        return Outcome({"bindings": shown}, table)

    def grant(self, options: Options) -> Outcome:
        """Give it. Raises RoleNotFound, NotFound, InputInvalid, LastOwner."""
        with self.enter(options["tenant"]), self.changing(options):
            role = queries.role_by_name(options["role"])
            holder = queries.shown_id(options["holder"])
            binding = actions.grant_role(
                holder, role_id=role.id, expires_at=inputs.moment(options["until"], pointer="/until"), actor=self.actor
            )
            shown = documents.of_binding(queries.binding(binding.id))
        until = f"until {shown['expires_at']}" if shown["expires_at"] else "for good"
        told = f"{shown['holder']['name']} has the role {role.name} {until}  {shown['id']}"
        return Outcome({"binding": shown, **dry_mark(options)}, escape(told))

    def withdraw(self, options: Options) -> Outcome:
        """Take it. Raises BindingNotFound, LastOwner."""
        with self.enter(options["tenant"]), self.changing(options):
            binding: RoleBinding = actions.withdraw_role(ids.wanted("bnd", options["binding"]), actor=self.actor)
        return Outcome({"binding": options["binding"], **dry_mark(options)}, f"{binding.role.name}: taken")


def _shown(role: Role, *, options: Options) -> Outcome:
    return Outcome({"role": documents.of_role(role), **dry_mark(options)}, f"{role.name}: {escape(', '.join(role.permissions))}")
