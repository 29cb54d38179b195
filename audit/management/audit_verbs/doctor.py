"""`manage.py audit doctor|forget-again|make-months`: whether the logs of all tenants have what makes them evidence, and room for what comes."""

from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from audit import actions, doctor, partitions
from audit.doctor import Examination
from kernel import tenancy
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome
from kernel.tenancy import Purpose, TenantRef


class Doctor(OperatorCommand):
    """Looking after the logs."""

    def declare_doctor(self) -> None:
        """The verbs and their arguments."""
        looking = self.verb(
            "doctor",
            self.doctor,
            help_text="Check owners, rights, triggers, functions and months of every log, and what waits in it. Exit code 6 when anything is amiss.",
        )
        looking.add_argument("--tenant", default="", metavar="SLUG", help="one tenant; all when left out")
        again = self.verb(
            "forget-again",
            self.forget_again,
            help_text="Destroy the keys of forgotten persons that came back with a backup of a server, in one trail or all.",
        )
        again.add_argument("--tenant", default="", metavar="SLUG", help="one tenant; all when left out")
        self.verb("make-months", self.make_months, help_text="Make the months of every log two months ahead, as is done daily.")

    def doctor(self, options: Options) -> Outcome:
        """Examine one log or all. Raises NotFound."""
        found = [doctor.examine(ref) for ref in _wanted(options["tenant"])]
        is_sound = all(one.is_sound for one in found)
        data = {"ok": is_sound, "tenants": [_document(one) for one in found]}
        return Outcome(data, _text(found), exit_code=DONE if is_sound else CHECK_FAILED)

    def forget_again(self, options: Options) -> Outcome:
        """As home's journal has it. Idempotent. Raises NotFound."""
        closed = {}
        for ref in _wanted(options["tenant"]):
            with tenancy.activate(ref, purpose=Purpose.MIGRATE):
                closed[ref.slug] = actions.forget_again(doctor.forgotten())
        return Outcome({"keys": closed}, f"{sum(closed.values())} keys of forgotten persons were destroyed again.")

    def make_months(self, options: Options) -> Outcome:
        """Every place in turn; what cannot be made is told by the doctor."""
        del options
        partitions.make_everywhere()
        return Outcome({"ok": True}, "The months are made wherever nobody else changes the tables. See `manage.py audit doctor`.")


def _wanted(slug: str) -> list[TenantRef]:
    if slug:
        return [import_string(settings.TENANT_BY_SLUG)(slug)]
    refs: list[TenantRef] = import_string(settings.SERVING_TENANTS)()
    return refs


def _document(one: Examination) -> dict[str, Any]:
    return {
        "tenant": one.tenant,
        "cell": one.cell,
        "lacks": [asdict(lack) for lack in one.lacks],
        "delays": None if one.delays is None else asdict(one.delays),
    }


def _text(found: list[Examination]) -> RenderableType:
    sound = sum(one.is_sound for one in found)
    summary = f"{sound} of {len(found)} logs have all that they must have."
    if sound == len(found):
        return f"[green]{summary}[/]"
    table = Table("Tenant", "Cell", "Check", "What", "Found", "What to do")
    for one in found:
        for lack in one.lacks:
            table.add_row(one.tenant, one.cell, lack.check, lack.what, escape(lack.detail), escape(lack.fix))
    return Group(f"[bold red]{summary}[/]", table)
