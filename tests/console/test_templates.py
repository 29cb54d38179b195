"""The templates keep the rules that the strict policy, htmx 4 and CSRF ask for."""

import re
from pathlib import Path

import lucide
import pytest
from django.template.loader import get_template

ROOT = Path(__file__).resolve().parents[2] / "console" / "templates"
TEMPLATES = sorted(ROOT.rglob("*.html"))
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=|<style", re.IGNORECASE),
    "an inline script": re.compile(r"<script(?![^>]*\ssrc=)", re.IGNORECASE),
    "an inline event handler": re.compile(r"\son[a-z]+\s*=", re.IGNORECASE),
    "hx-on": re.compile(r"\bhx-on\b"),
    "hx-boost": re.compile(r"\bhx-boost\b"),
    "a js: value": re.compile(r"\b(js|javascript):", re.IGNORECASE),
    "a trigger filter": re.compile(r'hx-trigger="[^"]*\['),
    "an address elsewhere": re.compile(r'(src|href)="(https?:)?//'),
    "a colour of Tailwind's own": re.compile(r"\b(bg|text|border)-(gray|slate|zinc|red|blue|green|amber|teal|white|black)\b"),
    "an unescaped value": re.compile(r"\|safe\b|autoescape off"),
}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
@pytest.mark.parametrize("fault", FORBIDDEN)
def test_a_template_holds_nothing_that_the_policy_forbids(template: Path, fault: str) -> None:
    found = FORBIDDEN[fault].search(template.read_text())

    assert found is None, f"{fault}: {found and found.group()}"


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_form_that_changes_something_carries_its_token(template: Path) -> None:
    forms = re.findall(r'<form[^>]*method="post".*?</form>', template.read_text(), re.DOTALL)

    assert all("{% csrf_token %}" in form for form in forms)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_template_compiles(template: Path) -> None:
    get_template(str(template.relative_to(ROOT)))


def test_every_icon_exists() -> None:
    pattern = re.compile(r'(?:lucide |icon=)"([a-z0-9-]+)"')
    named = {name for template in TEMPLATES for name in pattern.findall(template.read_text())}

    assert len(named) > 30
    for name in named:
        assert "<svg" in lucide._render_icon(name, 16)


def test_the_scripts_ask_nothing_of_other_hosts_and_evaluate_nothing() -> None:
    frontend = ROOT.parents[1] / "frontend"

    for name in ("console.js", "try.js"):
        script = (frontend / name).read_text()
        assert not re.search(r"\beval\(|new Function|innerHTML|outerHTML|document\.write|https?://", script)
