"""`manage.py secrets`: which keys seal how much, sealing everything under new keys, and wrapping the keys again."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.utils.module_loading import import_string
from rich.console import Group
from rich.table import Table
from rich.text import Text

from identity import actions, documents, queries
from kernel import tenancy
from kernel.commands import CHECK_FAILED, DONE, OperatorCommand, Options, Outcome, dry_mark
from kernel.problems import Invalid, Problem
from kernel.sealing import Unsealable
from operations import queries as operations


class Command(OperatorCommand):
    """Each tenant's secrets are sealed under keys of its own, which the ring or a key service wraps."""

    help = (
        "Show which keys seal how much, seal tenants' secrets under new keys, and wrap their keys again after a change of the ring."
    )

    def declare(self) -> None:
        """The verbs of this command."""
        self._for_tenants(
            self.verb(
                "status",
                self.status,
                help_text="Count what each key seals, which keys of the ring are needed, and how far a rotation is.",
            )
        )
        self._for_tenants(
            self.changing_verb(
                "rotate",
                self.rotate,
                help_text="Seal everything under a new key of the tenant, while the product runs; goes on where an interrupted run stopped.",
            )
        )
        self._for_tenants(
            self.changing_verb(
                "rewrap",
                self.rewrap,
                help_text="Wrap the tenants' keys under the first key of the ring, or the newest of the key service; with --all also what the installation keeps sealed for itself.",
            )
        )

    def status(self, options: Options) -> Outcome:
        """How much is sealed under what."""
        told: list[dict[str, Any]] = []
        needed = dict(queries.ring_keys_at_home()) if options["all"] else {}
        for slug in self._slugs(options):
            with self.enter(slug):
                told.append({"tenant": slug, **documents.of_secrets(), "keys": _keys(), "rotation": _rotation()})
                for key_id, number in queries.ring_keys_in_use().items():
                    needed[key_id] = needed.get(key_id, 0) + number
        lines = Table("Tenant", "Key", "Sealed", "Under other keys", "Under the ring", "Keys", box=None)
        for row in told:
            figures = (row["values"], row["under_other_keys"], row["under_the_ring"], len(row["keys"]))
            lines.add_row(*(Text(str(cell)) for cell in (row["tenant"], row["key"] or "-", *figures)))
        at_work = [_line({"tenant": row["tenant"], **row["rotation"]}, options) for row in told if row["rotation"]]
        data = {"tenants": told, "ring": [{"key": key, "needed_by": number} for key, number in sorted(needed.items())]}
        return Outcome(data, Group(lines, *(Text(line) for line in at_work)))

    def rotate(self, options: Options) -> Outcome:
        """Rotate one tenant after the other; one that fails does not keep the others waiting."""
        results: list[dict[str, Any]] = []
        failed: dict[str, str] = {}
        for slug in self._slugs(options):
            with self._noting(failed, slug, options):
                results.append(self._rotate_one(slug, options))
        results += [{"tenant": slug, "state": "failed", "problem": why} for slug, why in failed.items()]
        text = Text("\n".join(_line(result, options) for result in results))
        is_done = all(result["state"] == "succeeded" for result in results)
        return Outcome({"rotations": results, **dry_mark(options)}, text, exit_code=DONE if is_done else CHECK_FAILED)

    def rewrap(self, options: Options) -> Outcome:
        """Wrap again, and with --all seal again what lies at home; one tenant that fails does not keep the others waiting."""
        present, keys, home = queries.wrapping_key(), {}, {"resealed": 0, "closed": 0}
        failed: dict[str, str] = {}
        for slug in self._slugs(options):
            with self._noting(failed, slug, options), self.enter(slug), self.changing(options):
                keys[slug] = actions.rewrap_data_keys(present=present, actor=self.actor)
        if options["all"]:
            with self.enter(tenancy.PLATFORM_SLUG), self.changing(options):
                home = actions.reseal_home(actor=self.actor)
        data = {"wrapped_by": present, "keys": keys, "failed": failed, "home": home, **dry_mark(options)}
        text = f"{sum(keys.values())} keys are wrapped by {present} now; at home {home['resealed']} values were sealed again."
        lines = [
            f"Would be so: {text}" if options["dry_run"] else text,
            *(f"{slug}: failed. {why}" for slug, why in failed.items()),
        ]
        return Outcome(data, Text("\n".join(lines)), exit_code=CHECK_FAILED if failed else DONE)

    def _rotate_one(self, slug: str, options: Options) -> dict[str, Any]:
        with self.enter(slug), self.changing(options):
            operation = queries.running_rotation() or actions.begin_rotation(actor=self.actor)
            actions.work_on_rotation(operation.id, actor=self.actor)
            result = {"tenant": slug, **documents.of_rotation(operations.operation(operation.id))}
        self.console.print(_line(result, options), markup=False)
        return result

    @contextmanager
    def _noting(self, failed: dict[str, str], slug: str, options: Options) -> Iterator[None]:
        """Note why it failed in a tenant, and go on; the refusal of the only one that was named is the command's own."""
        try:
            yield
        except (Problem, DatabaseError, Unsealable) as fault:
            if isinstance(fault, Problem) and options["tenant"]:
                raise
            failed[slug] = fault.detail if isinstance(fault, Problem) else str(fault).partition("\n")[0]

    def _slugs(self, options: Options) -> Iterator[str]:
        if options["all"] == bool(options["tenant"]):
            raise Invalid("Name one tenant with --tenant, or all of them with --all.", errors=[])
        if options["tenant"]:
            yield options["tenant"]
            return
        for ref in import_string(settings.SERVING_TENANTS)():
            yield ref.slug
            tenancy.rest()

    def _for_tenants(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--tenant", default="", metavar="SLUG", help="one tenant")
        parser.add_argument("--all", action="store_true", help="every tenant, one after the other")


def _keys() -> list[dict[str, Any]]:
    sealed = queries.sealed_by_key()
    return [documents.of_data_key(key, sealed=sealed) for key in queries.data_keys().order_by("-id")]


def _rotation() -> dict[str, Any] | None:
    """The rotation that is not over yet, and what it waits for."""
    running = queries.running_rotation()
    return None if running is None else documents.of_rotation(running)


def _line(result: dict[str, Any], options: Options) -> str:
    if result["state"] == "succeeded":
        verb = "would be sealed" if options["dry_run"] else "are sealed"
        closed = f"; {result['closed']} do not open with any key that is left" if result["closed"] else ""
        return f"{result['tenant']}: {result['resealed']} values {verb} under the new key {result['key']}{closed}."
    if result["state"] in {"queued", "running"} and result["problem"]:
        return f"{result['tenant']}: the rotation waits ({result['progress_percent']} %). {result['problem']}"
    if result["state"] == "queued":
        return f"{result['tenant']}: the rotation begins as soon as a worker is free."
    if result["state"] == "running":
        return f"{result['tenant']}: a worker is at it ({result['progress_percent']} %), or stopped a moment ago; try again in half a minute."
    return f"{result['tenant']}: {result['state']}. {result['problem']}"
