"""`manage.py access explain|who`: what somebody would be allowed to do, and who may do something."""

from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from identity import documents, inputs, queries
from identity.queries import Circumstances
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome


class Command(OperatorCommand):
    """Ask whether somebody would be allowed to do something, and why."""

    help = "Ask whether somebody would be allowed to do something and why, and who may do something."

    def declare(self) -> None:
        """The verbs."""
        explain = self.verb("explain", self.explain, help_text="Would they be allowed to do this, and why? Nothing is done.")
        explain.add_argument("principal", help="a person's address, the name of a service account, or an id: usr_…, svc_… or key_…")
        explain.add_argument("permission", help="verb:resource, e.g. write:identity.people")
        explain.add_argument("--at", default="", help="the moment, e.g. 2026-11-21T22:00:00Z; now without it")
        explain.add_argument("--address", default=None, help="where it comes from, e.g. 192.0.2.7")
        explain.add_argument("--mfa-age", type=int, default=None, metavar="SECONDS", help="since a second factor; none without it")
        explain.add_argument(
            "--method", default="", help="how they prove who they are, e.g. passkey; a password or the key without it"
        )
        explain.add_argument("--policy", default="", metavar="NAME", help="count this policy as if it were in force")
        explain.add_argument("--support", action="store_true", help="as if somebody of support acted in their name")
        who = self.verb("who", self.who, help_text="The active people and service accounts whose roles allow it.")
        who.add_argument("permission", help="verb:resource, e.g. write:identity.people")
        for parser in (explain, who):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def explain(self, options: Options) -> Outcome:
        """Answer one question. Raises NotFound, InputInvalid."""
        with self.enter(options["tenant"]):
            policy = queries.policy_by_name(options["policy"]) if options["policy"] else None
            given = Circumstances(
                inputs.moment(options["at"], pointer="/at"),
                options["address"],
                options["mfa_age"],
                options["method"],
                is_support=options["support"],
            )
            of = queries.subject(queries.shown_id(options["principal"]))
            answer = documents.of_explanation(queries.simulate(of, permission=options["permission"], given=given, and_also=policy))
        return Outcome({"explanation": answer}, Text("\n".join(_told(answer))))

    def who(self, options: Options) -> Outcome:
        """List them, by name. Raises InputInvalid."""
        with self.enter(options["tenant"]):
            people = queries.people_who_may(options["permission"]).order_by("email")
            accounts = queries.service_accounts_which_may(options["permission"]).order_by("name")
            shown = [documents.of_holder(person) for person in people] + [documents.of_holder(account) for account in accounts]
        table = Table(Column("Id", min_width=30), "Kind", "Name", box=None)
        for row in shown:
            table.add_row(row["id"], row["kind"], escape(row["name"]))
        return Outcome({"holders": shown}, table)


def _told(answer: "dict[str, object]") -> list[str]:
    """An explanation for people, line by line."""
    lines = [f"{'Allowed' if answer['allowed'] else 'Not allowed'}: {str(answer['reason']).replace('_', ' ')}."]
    for grant in answer["granted_by"]:  # type: ignore[attr-defined]  # the shape of documents.of_explanation
        through = grant["through"]
        lines.append(f"  role {grant['role']} of {through['kind']} {through['name']} allows {', '.join(grant['permissions'])}")
    if not answer["is_in_scope"]:
        lines.append("  the scopes of the key do not cover it")
    lines += [f"  policy {name} forbids it" for name in answer["forbidden_by"]]  # type: ignore[attr-defined]  # as above
    lines += [f"  policy {fault['policy']} failed: {fault['detail']}" for fault in answer["errors"]]  # type: ignore[attr-defined]  # as above
    return lines
