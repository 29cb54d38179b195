"""`manage.py retention list|set|preset|plan|prune|history`: how long a tenant's entries are kept, and the removal of what is older."""

from rich.markup import escape
from rich.table import Table

from audit import actions, queries
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.events import CATEGORIES

LIMIT = 50


class Command(OperatorCommand):
    """Say how long entries are kept, see what would be removed and why the rest stays, and remove it."""

    help = "Say how long a tenant's entries are kept, see what would be removed, and remove it."

    def declare(self) -> None:
        """The verbs."""
        listing = self.verb("list", self.list_policies, help_text="The period of each category; 0 days: for good.")
        setting = self.changing_verb("set", self.set_policy, help_text="Set the period of one category.")
        setting.add_argument("category", choices=CATEGORIES)
        setting.add_argument(
            "--body-days", type=int, required=True, help="days that the texts of entries are kept: 0 for good, or 30 and more"
        )
        setting.add_argument(
            "--seal-days", type=int, default=0, help="days that their seals are kept: 0 for good (default), or no fewer"
        )
        setting.add_argument("--basis", default="", help="which rule or decision asks for it")
        preset = self.changing_verb("preset", self.apply_preset, help_text="Give all categories the period that a rule asks for.")
        preset.add_argument("preset", choices=sorted(queries.RETENTION_PRESETS))
        planning = self.verb("plan", self.plan, help_text="What would be removed now, month by month, and why the rest stays.")
        pruning = self.changing_verb(
            "prune", self.prune, help_text="Remove what is older than the periods say; --dry-run tells the plan."
        )
        history = self.verb("history", self.history, help_text="What was removed, newest first.")
        for parser in (listing, setting, preset, planning, pruning, history):
            parser.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def list_policies(self, options: Options) -> Outcome:
        """All periods."""
        with self.enter(options["tenant"]):
            return _policies([queries.policy_document(policy) for policy in queries.policies()])

    def set_policy(self, options: Options) -> Outcome:
        """One period. Raises Invalid."""
        with self.enter(options["tenant"]), self.changing(options):
            policy = actions.change_policy(
                options["category"],
                body_days=options["body_days"],
                seal_days=options["seal_days"],
                basis=options["basis"],
                actor=self.actor,
            )
        shown = queries.policy_document(policy)
        return Outcome(
            {"policy": shown, **dry_mark(options)},
            f"{shown['category']}: {_days(shown['body_days'])}, seals {_days(shown['seal_days'])}",
        )

    def apply_preset(self, options: Options) -> Outcome:
        """All periods at once."""
        with self.enter(options["tenant"]), self.changing(options):
            policies = actions.apply_preset(options["preset"], actor=self.actor)
            return _policies([queries.policy_document(policy) for policy in policies])

    def plan(self, options: Options) -> Outcome:
        """What would go, and why the rest stays."""
        with self.enter(options["tenant"]):
            return _plan(queries.removal_plan())

    def prune(self, options: Options) -> Outcome:
        """Remove it. Raises NothingToRemove."""
        if options["dry_run"]:
            found = self.plan(options)
            return Outcome({**found.data, **dry_mark(options)}, found.text)
        with self.enter(options["tenant"]):
            removed = actions.prune(actor=self.actor)
            shown = [queries.pruning_document(row) for row in removed.records]
        return Outcome({"removed": shown, "waits": removed.waits}, _prunings(shown))

    def history(self, options: Options) -> Outcome:
        """The newest removals."""
        with self.enter(options["tenant"]):
            shown = [queries.pruning_document(row) for row in queries.prunings().order_by("-id")[:LIMIT]]
        return Outcome({"prunings": shown}, _prunings(shown))


def _policies(shown: list[dict[str, object]]) -> Outcome:
    table = Table("Category", "Texts", "Seals", "Basis")
    for row in shown:
        table.add_row(str(row["category"]), _days(row["body_days"]), _days(row["seal_days"]), escape(str(row["basis"])))
    return Outcome({"policies": shown}, table)


def _plan(found: queries.RemovalPlan) -> Outcome:
    table = Table("Month", "Entries", "Held", "Size", "What becomes of it")
    for month in found.months:
        size = f"{month.size_bytes / 1e6:.1f} MB"
        table.add_row(month.name, f"{month.entries:,}", str(month.held), size, "goes" if month.is_due else escape(month.why_kept))
    chosen = found.seals
    table.add_row("seals", f"{chosen.first_seq:,} to {chosen.size:,}" if chosen.is_due else "none", "", "", escape(chosen.why_kept))
    return Outcome(queries.removal_plan_document(found), table)


def _prunings(shown: list[dict[str, object]]) -> Table:
    table = Table("Removed", "Stage", "Month", "From", "To", "Entries", "Held")
    for row in shown:
        table.add_row(*(str(row[name]) for name in ("pruned_at", "stage", "month", "first_seq", "last_seq", "number", "held")))
    return table


def _days(days: object) -> str:
    return f"{days} days" if days else "for good"
