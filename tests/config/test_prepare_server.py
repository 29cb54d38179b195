"""A PostgreSQL of one's own is prepared by one command, run as its superuser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from config.embedded import addresses as addressing
from config.embedded import postgres, processes
from config.embedded.addresses import Addresses
from config.settings import ROOT

PASSWORD = "a-password-of-the-operator"


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A server that Freehold has never seen, as an operator would bring it."""
    addresses = addressing.at(tmp_path_factory.mktemp("bare"))
    postgres.make_ready_to_start(addresses)
    launched = processes.launch(postgres.command(addresses), log=addresses.postgres_log)
    postgres.wait_until_ready(addresses, launched=launched)
    yield addresses
    postgres.stop(addresses)


def _run(bare: Addresses, *arguments: str, password: str = PASSWORD) -> subprocess.CompletedProcess[str]:
    place = f"freehold{':' if password else ''}{password}@{quote(str(bare.postgres_sockets), safe='')}"
    environ = {
        **os.environ,
        "DATABASE_URL": f"postgres://{place}/registry",
        "CELL_DATABASE_URLS": f"cell-1=postgres://{place}/first_cell,cell-2=postgres://elsewhere/second_cell",
    }
    superuser = f"postgresql:///postgres?host={quote(str(bare.postgres_sockets))}&user=postgres"
    command = [sys.executable, str(ROOT / "manage.py"), "prepare_server", superuser, *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, env=environ, timeout=60)


def _connect(bare: Addresses, database: str, *, password: str = PASSWORD) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=str(bare.postgres_sockets), user="freehold", password=password, dbname=database, autocommit=True)


def test_a_bare_server_is_prepared_and_may_be_prepared_again(bare: Addresses) -> None:
    for _ in range(2):
        done = _run(bare)
        assert (done.returncode, done.stdout) == (0, "Prepared registry, first_cell for the login freehold.\n"), done.stderr

    with _connect(bare, "registry") as connection:
        connection.execute("SET ROLE freehold_owner; CREATE TABLE public.thing (id int)")
        connection.execute("SET ROLE freehold_home; INSERT INTO public.thing VALUES (1)")
    with _connect(bare, "first_cell") as connection:
        connection.execute("SET ROLE freehold_owner; CREATE SCHEMA t_1")


def test_the_password_may_come_from_a_file(bare: Addresses, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("from-a-file\n", encoding="utf-8")

    done = _run(bare, "--login-password-file", str(tmp_path / "password"), password="")

    assert done.returncode == 0, done.stderr
    with _connect(bare, "registry", password="from-a-file") as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("freehold",)


def test_a_login_without_a_password_is_refused(bare: Addresses) -> None:
    done = _run(bare, password="")

    assert done.returncode == 1
    assert "The login has no password" in done.stderr


def test_a_server_that_does_not_answer_is_told_in_one_sentence(bare: Addresses) -> None:
    done = _run(Addresses(var=bare.var, run=bare.var / "nowhere"))

    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: The server refused: ")
    assert "Traceback" not in done.stderr
