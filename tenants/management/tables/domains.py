"""Hosts as tables."""

from collections.abc import Iterable

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tenants import documents
from tenants.management.tables.parts import coloured, headed, line
from tenants.models import Domain


def of_domains(rows: Iterable[Domain]) -> Table:
    """One line per domain of a tenant."""
    table = headed("Host", "State", "Kind", "Use", "Findings", "Id")
    for row in rows:
        table.add_row(row.host, coloured(row.state), row.kind, _use(row), _codes(row), row.public_id)
    return table


def of_owned_domains(rows: Iterable[Domain]) -> Table:
    """One line per domain, with its tenant."""
    table = headed("Host", "Tenant", "State", "Use", "Findings", "Id")
    for row in rows:
        table.add_row(row.host, row.tenant.slug, coloured(row.state), _use(row), _codes(row), row.public_id)
    return table


def of_domain(domain: Domain) -> RenderableType:
    """One domain: its state, the DNS records that it needs, and what was found. Records are lines that can be copied whole."""
    document = documents.of_domain(domain)
    facts = headed("Host", "State", "Kind", "Use", "Looked at", "Id")
    facts.add_row(
        domain.host, coloured(domain.state), domain.kind, _use(domain), document["checked_at"] or "never", domain.public_id
    )
    parts: list[RenderableType] = [facts]
    if document["records"]:
        parts += [line("\nDNS records to set:"), *(line(_record(record)) for record in document["records"])]
    parts += [Text(f"\n{finding['code']}: {finding['detail']}") for finding in document["findings"]]
    return Group(*parts)


def _record(record: dict[str, str]) -> str:
    return f"{record['name']}. {record['type']} {record['value']}"


def _use(row: Domain) -> str:
    words = {"primary": row.is_primary, "redirects": row.redirects, "trusted": row.is_trusted}
    return ", ".join(word for word, holds in words.items() if holds)


def _codes(row: Domain) -> str:
    return ", ".join(finding["code"] for finding in row.findings)
