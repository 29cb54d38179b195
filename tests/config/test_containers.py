"""Containers: the compose file says what the code knows; `make check` has Docker read it where Docker is there."""

import re
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from config.settings import ROOT, env

COMPOSE = ROOT / "docker-compose.yml"
OURS = ("setup", "web", "worker", "beat")


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))


def test_every_program_has_its_service(compose: Any) -> None:
    commands = {name: compose["services"][name]["command"] for name in ("web", "worker", "beat")}

    assert {name: command[:2] for name, command in commands.items()} == {name: ["serve", name] for name in commands}
    assert "serve" in get_commands()


def test_every_variable_is_a_setting(compose: Any) -> None:
    given = {name for name in OURS for name in compose["services"][name]["environment"]}

    assert given - {"PGPASSFILE"} <= set(env.variables)


def test_no_password_stands_in_the_file() -> None:
    text = COMPOSE.read_text(encoding="utf-8")

    assert not re.search(r"(?i)password\w*\s*[:=]\s*(?!/run/|\n)\S*[a-z0-9]{8,}$", text, re.MULTILINE)
    assert "://freehold@" in text, "the login comes without its password"


def test_only_this_machine_reaches_the_web_server(compose: Any) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}

    assert set(published) == {"web", "proxy"}
    assert all(port.startswith("127.0.0.1:") for port in published["web"])
    assert compose["services"]["proxy"]["profiles"] == ["proxy"], "the world is let in when somebody asks for it"


def test_every_service_waits_for_what_it_needs(compose: Any) -> None:
    needs = {name: set(compose["services"][name].get("depends_on", {})) for name in OURS}

    assert needs == {"setup": {"postgres", "redis"}, "web": {"setup"}, "worker": {"setup"}, "beat": {"setup"}}


def test_the_image_is_made_from_the_lock_and_runs_as_nobody_special() -> None:
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert "--require-hashes requirements.lock" in recipe
    assert re.search(r"^USER freehold$", recipe, re.MULTILINE)
