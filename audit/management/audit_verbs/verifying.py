"""`manage.py audit verify|evidence|attack`: whether the log holds, what to give to an auditor, and what can be hidden from whom."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import structlog
from django.conf import settings
from django.db import Error, InterfaceError, OperationalError
from django.utils.module_loading import import_string
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from audit import actions, queries
from audit.canonical import OutsideDomain
from audit.evidence import Selection
from audit.evidence import verify as offline
from audit.management.audit_verbs import filtering
from audit.verifying import Answer, Check, Depth, Fault, Held, Verification
from kernel import tenancy
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome
from kernel.problems import Invalid, Problem, Unavailable
from kernel.tenancy import TenantRef

CHECKS = {
    Check.TEXT: "text and MAC",
    Check.CHAIN: "chain",
    Check.CHECKPOINT: "checkpoint",
    Check.HOME: "home",
    Check.HELD: "held by the tenant",
    Check.LOG: "log lines",
}
STYLE = {Answer.SOUND: "[green]Sound[/]", Answer.TAMPERED: "[bold red]Tampered[/]", Answer.CANNOT_TELL: "[yellow]Cannot tell[/]"}

log = structlog.get_logger(__name__)


class Verifying(OperatorCommand):
    """Checks logs; declared by the command `audit`."""

    def declare_verifying(self) -> None:
        """The verbs and their arguments."""
        checking = self.verb("verify", self.verify, help_text="Check logs. Exit code 0: sound, 1: tampered, 2: cannot tell.")
        checking.add_argument("--tenant", default="", metavar="SLUG", help="one tenant; all when left out")
        checking.add_argument(
            "--full", action="store_true", help="everything from the first entry, not only what came since the last check"
        )
        checking.add_argument(
            "--against", metavar="FILE", help="a checkpoint, .tlog-proof or evidence bundle that was kept outside"
        )
        checking.add_argument("--against-log", metavar="FILE", help="lines that a log collector kept (AUDIT_LOG_LINE)")
        taking = self.verb(
            "evidence", self.take_evidence, help_text="Write an evidence bundle: entries, proofs, and what checks them."
        )
        taking.add_argument("--tenant", required=True, metavar="SLUG")
        taking.add_argument("--from-seq", type=int, default=None, metavar="SEQ", help="the first place in the log")
        taking.add_argument("--to-seq", type=int, default=None, metavar="SEQ", help="the last place; left out, as far as is signed")
        taking.add_argument("--readable", action="store_true", help="add the entries with what is personal in the open")
        taking.add_argument("--out", required=True, metavar="FILE")
        filtering.declare_filters(taking)
        self.verb(
            "attack",
            self.attack,
            help_text="Attack the log of a tenant made for it in ten ways, and say what is found and what is not.",
        )

    def verify(self, options: Options) -> Outcome:
        """Check one log or all; the worst answer is the exit code, and what could not be asked is 2, never 1. Raises NotFound, Invalid."""
        if (options["against"] or options["against_log"]) and not options["tenant"]:
            raise Invalid("Say with --tenant whose log it is that the file was kept of.")
        held = _held(options["against"]) if options["against"] else None
        depth = Depth.FULL if options["full"] or options["against"] else Depth.QUICK
        with ExitStack() as stack:
            lines = stack.enter_context(_opened(options["against_log"])) if options["against_log"] else iter(())
            try:
                refs = _wanted(options["tenant"])
            except (Error, Unavailable) as away:
                return _told([(options["tenant"], _unlooked(away))])
            return _told([(ref.slug, self._looked_at(ref, depth=depth, held=held, lines=lines)) for ref in refs])

    def _looked_at(self, ref: TenantRef, *, depth: Depth, held: Held | None, lines: Iterable[str]) -> Verification:
        """What a check found, or why there was none: the next log is looked at all the same."""
        try:
            return self._checked(ref, depth=depth, held=held, lines=lines)
        except Exception as fault:
            # Whatever it is, the log was not looked at. To end by it would be exit code 1, which says "tampered".
            is_foreseen = isinstance(fault, (Problem, Error, OSError))
            log.warning("audit.log_not_checked", tenant=ref.slug, why=str(fault), exc_info=None if is_foreseen else fault)
            return _unlooked(fault)
        finally:
            tenancy.rest()

    def _checked(self, ref: TenantRef, *, depth: Depth, held: Held | None, lines: Iterable[str]) -> Verification:
        with self.enter(ref.slug), Progress(console=self.console, transient=True) as bar:
            task = bar.add_task(ref.slug)
            found = queries.verify(
                depth=depth,
                held=held,
                lines=lines,
                on_progress=lambda done, of: bar.update(task, completed=done, total=of),
            )
            return self._written(found)

    def _written(self, found: Verification) -> Verification:
        """Say in the trail what was found. A trail that takes nothing in is a doubt more, and no fault that was found is lost by it."""
        try:
            actions.tell_verification(found, actor=self.actor)
        except (Problem, Error, OutsideDomain) as fault:
            return replace(found, doubts=(*found.doubts, _doubt("what was found could not be written into the trail", fault)))
        return found

    def take_evidence(self, options: Options) -> Outcome:
        """Write a bundle. Raises NotFound, Invalid, EvidenceEmpty, EvidenceTooLarge, NotSignedYet."""
        filters = filtering.chosen(options)
        given = {
            "from_seq": options["from_seq"],
            "to_seq": options["to_seq"],
            "filters": filters.as_dict(),
            "readable": options["readable"],
        }
        with self.enter(options["tenant"]):
            found = actions.take_evidence(Selection.parse(given), actor=self.actor)
            keys = [one.verifier for one in queries.verifiers()]
        with Path(options["out"]).open("wb") as target:
            target.writelines(found.pieces())
        data = {
            "file": options["out"], "first_seq": found.first, "last_seq": found.last, "entries": found.count, "sha256": found.sha256, "keys": keys,
        }  # fmt: skip
        text = f"{found.count} entries, SHA-256 {found.sha256}.\nCheck it anywhere: python verify.py {options['out']} --key '{keys[0]}'"
        return Outcome({"evidence": data}, escape(text))

    def attack(self, options: Options) -> Outcome:
        """The ten attacks. Exit code 6 when a check finds more or less than is documented. Raises Conflict."""
        del options
        found = list(actions.attack_log(actor=self.actor))
        is_known = all(one.is_as_documented for one in found)
        rows = [
            {
                "number": one.attack.number,
                "attack": one.attack.words,
                "needs": one.attack.needs,
                "is_found": one.is_found,
                "found_by": {str(check): fault.what for check, fault in one.found.items()},
                "as_documented": one.is_as_documented,
            }
            for one in found
        ]
        table = Table("", "Attack", "Who owns", *CHECKS.values())
        for one in found:
            marks = ["found" if check in one.found else "-" for check in CHECKS]
            table.add_row(str(one.attack.number), one.attack.words, one.attack.needs, *marks)
        return Outcome(
            {"ok": is_known, "attacks": rows}, Group(table, _summary(found)), exit_code=DONE if is_known else CHECK_FAILED
        )


def _wanted(slug: str) -> list[TenantRef]:
    if slug:
        return [import_string(settings.TENANT_BY_SLUG)(slug)]
    refs: list[TenantRef] = import_string(settings.SERVING_TENANTS)()
    return refs


def _held(path: str) -> Held:
    """The checkpoint in a file; that of an evidence bundle is the one which proves its entries. Raises Invalid."""
    try:
        raw = Path(path).read_bytes()
        text = offline.checkpoint_of(memoryview(raw)) if raw[:2] == b"PK" else raw.decode()
    except (OSError, ValueError, KeyError, offline.Found) as fault:
        raise Invalid(f"The file {path} cannot be read as a checkpoint, a .tlog-proof or a bundle: {fault}.") from fault
    return queries.parse_held(text)


def _opened(path: str) -> TextIO:
    """The lines of a log collector. Raises Invalid."""
    try:
        return Path(path).open(encoding="utf-8", errors="replace")
    except OSError as fault:
        raise Invalid(f"The file {path} cannot be read: {fault}.") from fault


def _unlooked(fault: Exception) -> Verification:
    """What is known of a log that could not be looked at: nothing, and why."""
    is_away = isinstance(fault, (OperationalError, InterfaceError))
    what = "the database does not answer" if is_away else "the log could not be looked at"
    return Verification(checked=0, size=0, doubts=(_doubt(what, fault),))


def _doubt(what: str, fault: Exception) -> Fault:
    why = fault.detail if isinstance(fault, Problem) else next(iter(str(fault).splitlines()), "") or type(fault).__name__
    return Fault(check=Check.TEXT, seq=0, what=f"{what}: {why}")


def _told(found: list[tuple[str, Verification]]) -> Outcome:
    """One row for each log; the worst answer is the exit code."""
    answers = {one.answer for _, one in found} | {Answer.SOUND}
    worst = next(answer for answer in (Answer.TAMPERED, Answer.CANNOT_TELL, Answer.SOUND) if answer in answers)
    data = {"answer": worst, "tenants": [{"tenant": slug, **queries.check_document(one)} for slug, one in found]}
    return Outcome(data, Group(*(_said(slug, one) for slug, one in found)), exit_code=worst.exit_code)


def _said(slug: str, found: Verification) -> RenderableType:
    if not found.root:
        return f"{STYLE[found.answer]} {escape(slug or 'any log')}: {escape(found.reason.rstrip('.'))}."
    basis = found.basis
    covers = (
        f"rests on {basis.entry} of {basis.checked_at:%Y-%m-%d %H:%M} for the first {basis.size}"
        if basis
        else "from the first entry"
    )
    lines = [
        f"{STYLE[found.answer]} {escape(slug)}: {found.checked} entries looked at of {found.size} sealed and {found.pending} waiting; {covers}."
    ]
    for fault in (*found.faults, *found.doubts):
        lines.append(f"  [bold]{CHECKS[fault.check]}[/] at {fault.seq}: {escape(fault.what)}")
        lines += [f"    expected {escape(fault.expected)}", f"    found    {escape(fault.found)}"] if fault.expected else []
    lines += [
        f"  the {one.stage} {one.first_seq} to {one.last_seq} were removed on {one.removed_at:%Y-%m-%d} by the policies {escape(one.basis)}"
        for one in found.removed
    ]
    return "\n".join(lines)


def _summary(found: list[Any]) -> str:
    hidden = [str(one.attack.number) for one in found if not one.is_found]
    alone = [str(one.attack.number) for one in found if set(one.found) == {Check.LOG}]
    return (
        f"\nNobody finds: {', '.join(hidden) or 'none'}. Only kept log lines find: {', '.join(alone) or 'none'}. "
        "What the tenant holds can be checked anywhere: docs/verify.md says how."
    )
