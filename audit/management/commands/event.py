"""`manage.py event send`: events of the vendor's product from a file, onto one tenant's trail."""

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, TextIO

import orjson

from audit import actions
from audit.ingest import reading
from audit.models import ID_PREFIX
from kernel import ids
from kernel.commands import OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Invalid, Malformed

LINE_MAX = 256 * 1024


class Command(OperatorCommand):
    """Tell a tenant's trail of events of the product, as `POST /v1/audit/events` does: for a first load, or after an outage.

    Sending a file again is harmless for events with an `id`. Exit codes: 0 done, 2 wrong input, 4 not allowed, 5 conflict.
    """

    help = "Put events of the vendor's product on a tenant's trail."

    def declare(self) -> None:
        """The verbs."""
        send = self.changing_verb(
            "send", self.send, help_text="Send the events of a file, one JSON object a line; 500 are taken together."
        )
        send.add_argument("--tenant", required=True, metavar="SLUG", help="whose trail they are for")
        send.add_argument("--file", default="-", help="a file, or - for standard input (the default)")

    def send(self, options: Options) -> Outcome:
        """All lines of the file, 500 at a time; what was taken before a bad line stays."""
        made = known = 0
        last = ""
        with self.enter(options["tenant"]):
            for number, batch in _batches(_lines(options["file"])):
                with self.changing(options):
                    taken = actions.take_events(_events(batch, after=number), actor=self.actor)
                made += sum(one.is_new for one in taken)
                known += sum(not one.is_new for one in taken)
                last = ids.show(ID_PREFIX, taken[-1].entry_id)
        would = "would be" if options["dry_run"] else "were"
        text = f"{made} events {would} taken on the trail of {options['tenant']}; {known} were there before."
        return Outcome({"taken": made, "known": known, "last_entry": last, "tenant": options["tenant"], **dry_mark(options)}, text)


def _lines(name: str) -> Iterator[str]:
    if name == "-":
        yield from _stripped(sys.stdin)
        return
    try:
        with open(name, encoding="utf-8") as file:
            yield from _stripped(file)
    except (OSError, UnicodeDecodeError) as fault:
        raise Invalid(f"{name} cannot be read: {fault}.") from fault


def _stripped(file: TextIO) -> Iterator[str]:
    return (line for line in file if line.strip())


def _batches(lines: Iterable[str]) -> Iterator[tuple[int, list[Any]]]:
    """Batches of parsed lines, each with the number of lines before it."""
    waiting, number = iter(lines), 0
    while batch := list(islice(waiting, reading.MOST)):
        yield number, [_parsed(line, number=number + offset) for offset, line in enumerate(batch, start=1)]
        number += len(batch)


def _parsed(line: str, *, number: int) -> Any:
    if len(line) > LINE_MAX:
        raise Malformed(f"Line {number} is longer than {LINE_MAX} characters.")
    try:
        return orjson.loads(line)
    except ValueError as fault:
        raise Malformed(f"Line {number} is not JSON: {fault}.") from fault


def _events(batch: list[Any], *, after: int) -> list[reading.ProductEvent]:
    try:
        return reading.events_in({"events": batch})
    except Invalid as fault:
        raise Invalid(f"In the {len(batch)} lines after line {after}: {fault.detail}", **fault.fields) from fault
