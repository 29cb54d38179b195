"""What `manage.py doctor` found is shown as it was found: PostgreSQL itself writes words in brackets."""

import io

from rich.console import Console

from config.management.commands import doctor
from tenants.placement.findings import Finding, Level


def test_brackets_in_a_finding_are_shown() -> None:
    output = io.StringIO()
    finding = Finding("database default", Level.FAIL, "no pg_hba.conf entry for host [local]", "Close [/] nothing.")

    Console(file=output, width=200).print(doctor._table([finding]))

    assert "for host [local]" in output.getvalue()
    assert "Close [/] nothing." in output.getvalue()
