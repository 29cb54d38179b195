"""`manage.py audit forget-person`: whom the trail tells of."""

from rich.text import Text

from audit import actions, queries
from kernel import tenancy
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark


class Persons(OperatorCommand):
    """Forgets persons; declared by the command `audit`."""

    def declare_persons(self) -> None:
        """The verb, with its arguments."""
        forgetting = self.changing_verb(
            "forget-person", self.forget_person, help_text="Destroy the key of a person's data in the trail; cannot be undone."
        )
        forgetting.add_argument("ref", help="what the entries call the person, e.g. usr_…")
        forgetting.add_argument("--reason", required=True, help="why; it stands in the trail")
        forgetting.add_argument("--tenant", default=tenancy.PLATFORM_SLUG, metavar="SLUG", help="default: platform")

    def forget_person(self, options: Options) -> Outcome:
        """Forget one; under `--dry-run` only say what the trail has of them."""
        with self.enter(options["tenant"]):
            if options["dry_run"]:
                found = queries.person_in_trail(options["ref"])
            else:
                found = actions.forget_person(options["ref"], reason=options["reason"], actor=self.actor)
        would = "would become" if options["dry_run"] else "became"
        text = Text(f"{found.entries} entries {would} unreadable where they tell of {found.ref}; the log holds as before.")
        data = {"ref": found.ref, "as_actor": found.as_actor, "as_subject": found.as_subject, "entries": found.entries}
        return Outcome({"person": data, **dry_mark(options)}, text)
