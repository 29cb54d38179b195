"""The embedded PostgreSQL and Redis as real processes: they start, keep their data, survive crashes, and shut others out."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kombu
import psutil
import psycopg
import pytest
import redis as redis_client

from config.embedded import addresses as addressing
from config.embedded import folders, keys, postgres, processes, redis, roles
from config.embedded.addresses import Addresses
from config.embedded.faults import EmbeddedFault


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """An installation of its own, in a folder whose name needs care, stopped at the end."""
    place = addressing.at(tmp_path_factory.mktemp("services") / "with space")
    folders.ensure(place)
    yield place
    redis.stop(place)
    postgres.stop(place)


@pytest.fixture
def server(addresses: Addresses) -> Addresses:
    """The installation with PostgreSQL running."""
    postgres.start(addresses)
    return addresses


@pytest.fixture
def queue(addresses: Addresses) -> Addresses:
    """The installation with Redis running."""
    redis.start(addresses)
    return addresses


def _login(addresses: Addresses, database: str) -> psycopg.Connection[tuple[Any, ...]]:
    password = keys.secret(addresses, keys.DATABASE_PASSWORD)
    entry = addresses.database(database, password=password)
    return psycopg.connect(
        host=entry["HOST"], port=entry["PORT"], user=entry["USER"], password=entry["PASSWORD"], dbname=database, autocommit=True
    )


def _client(addresses: Addresses) -> redis_client.Redis:
    return redis_client.Redis.from_url(addresses.redis_url(0), decode_responses=True)


def test_starting_twice_leaves_one_server(server: Addresses) -> None:
    number = postgres.pid(server)

    assert postgres.start(server) is False
    assert postgres.pid(server) == number


def test_the_server_is_the_one_that_was_asked_for(server: Addresses) -> None:
    with _login(server, "home") as connection:
        settings: dict[object, object] = dict(
            connection.execute(
                "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
                [["listen_addresses", "max_locks_per_transaction", "wal_level", "recovery_init_sync_method", "server_encoding"]],
            ).fetchall()
        )
        version = connection.info.server_version

    assert version // 10000 == 18
    assert settings == {
        "listen_addresses": "",
        "max_locks_per_transaction": "256",
        "wal_level": "logical",
        "recovery_init_sync_method": "syncfs",
        "server_encoding": "UTF8",
    }


def test_the_login_may_do_nothing_until_it_takes_on_a_role(server: Addresses) -> None:
    with _login(server, "home") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE public.thing (id int)")
        connection.execute("SET ROLE freehold_owner; CREATE TABLE public.thing (id int)")
        connection.execute("SET ROLE freehold_home; INSERT INTO public.thing VALUES (7)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DROP TABLE public.thing")
        connection.execute("RESET ROLE")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT id FROM public.thing")
        connection.execute("SET ROLE freehold_owner; DROP TABLE public.thing")


def test_the_login_makes_roles_for_tenants_and_takes_them_on(server: Addresses) -> None:
    with _login(server, "cell_1") as connection:
        connection.execute("CREATE ROLE t_1 NOLOGIN; GRANT t_1 TO freehold WITH INHERIT FALSE, SET TRUE")
        connection.execute("SET ROLE freehold_owner; CREATE SCHEMA t_1; GRANT USAGE ON SCHEMA t_1 TO t_1")
        connection.execute("SET ROLE t_1; SET search_path = t_1")

        row = connection.execute("SELECT current_user, current_schema()").fetchone()

        connection.execute("SET ROLE freehold_owner; DROP SCHEMA t_1; RESET ROLE; DROP ROLE t_1")
    assert row == ("t_1", "t_1")


def test_the_login_is_no_superuser_and_passes_no_policy(server: Addresses) -> None:
    with _login(server, "home") as connection:
        row = connection.execute(
            "SELECT rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = 'freehold'"
        )

        assert row.fetchone() == (False, False, True, True, False)


def test_a_wrong_password_is_refused(server: Addresses) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(host=str(server.postgres_sockets), user="freehold", password="wrong", dbname="home")


def test_other_accounts_cannot_enter_the_folders(server: Addresses) -> None:
    for folder in (server.postgres_sockets, server.postgres_data, server.redis_socket.parent, server.secrets, server.logs):
        assert folder.stat().st_mode & 0o077 == 0


def test_preparing_again_changes_nothing(server: Addresses) -> None:
    def memberships() -> list[tuple[object, ...]]:
        with postgres.connected_as_superuser(server, "home") as connection:
            return connection.execute("SELECT * FROM pg_auth_members ORDER BY oid").fetchall()

    before = memberships()
    postgres.prepare(server)

    assert memberships() == before


def test_a_login_without_superuser_can_prepare_its_own_database(server: Addresses) -> None:
    with _login(server, "postgres") as connection:
        connection.execute("CREATE DATABASE trial")
    with _login(server, "trial") as connection:
        roles.ensure_group_roles(connection, login="freehold")
        roles.close_database(connection, login="freehold")
        roles.open_home_tables(connection)
        connection.execute("SET ROLE freehold_owner; CREATE TABLE public.thing (id int)")
        connection.execute("SET ROLE freehold_home; INSERT INTO public.thing VALUES (1)")
    with _login(server, "postgres") as connection:
        connection.execute("DROP DATABASE trial")


def test_postgres_keeps_its_data_over_stop_and_start(server: Addresses) -> None:
    with _login(server, "home") as connection:
        connection.execute("SET ROLE freehold_owner; CREATE TABLE public.kept AS SELECT 42 AS answer")

    assert postgres.stop(server) is True
    assert postgres.pid(server) is None
    assert postgres.stop(server) is False
    assert postgres.start(server) is True

    with _login(server, "home") as connection:
        row = connection.execute("SET ROLE freehold_owner; SELECT answer FROM public.kept")
        assert row.nextset()
        assert row.fetchone() == (42,)
        connection.execute("DROP TABLE public.kept")


def test_postgres_starts_again_after_a_crash_whose_number_was_given_away(server: Addresses) -> None:
    number = postgres.pid(server)
    assert number is not None
    children = psutil.Process(number).children(recursive=True)
    os.kill(number, signal.SIGKILL)
    psutil.wait_procs(children, timeout=20)
    pid_file = server.postgres_data / "postmaster.pid"
    lines = pid_file.read_text(encoding="utf-8").splitlines()
    # Our own number: it lives, and it is no PostgreSQL.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n", encoding="utf-8")

    assert postgres.pid(server) is None
    assert postgres.start(server) is True
    assert postgres.pid(server) not in {None, number, os.getpid()}


def test_an_interrupted_making_of_the_cluster_is_begun_anew(tmp_path: Path) -> None:
    addresses = addressing.at(tmp_path / "var")
    folders.ensure(addresses)
    addresses.postgres_data.mkdir()
    (addresses.postgres_data / "half").write_text("written", encoding="utf-8")

    try:
        assert postgres.start(addresses) is True
    finally:
        postgres.stop(addresses)

    assert not (addresses.postgres_data / "half").exists()


def test_a_cluster_of_another_version_is_refused(tmp_path: Path) -> None:
    addresses = addressing.at(tmp_path / "var")
    folders.ensure(addresses)
    addresses.postgres_data.mkdir()
    (addresses.postgres_data / "PG_VERSION").write_text("15\n", encoding="ascii")

    with pytest.raises(EmbeddedFault, match="made by PostgreSQL 15; this program brings 18"):
        postgres.start(addresses)

    assert (addresses.postgres_data / "PG_VERSION").read_text(encoding="ascii") == "15\n"


def test_a_server_that_cannot_start_tells_the_end_of_its_log(tmp_path: Path) -> None:
    addresses = addressing.at(tmp_path / "var")
    postgres.make_ready_to_start(addresses)
    (addresses.postgres_data / "local.conf").write_text("shared_buffers = 'lots'\n", encoding="utf-8")
    (addresses.postgres_data / "local.conf").chmod(0o644)

    with pytest.raises(EmbeddedFault, match="shared_buffers"):
        postgres.start(addresses)

    assert postgres.pid(addresses) is None


def test_redis_keeps_its_data_over_stop_and_start(queue: Addresses) -> None:
    _client(queue).set("kept", "42")

    assert redis.start(queue) is False
    assert redis.stop(queue) is True
    assert redis.pid(queue) is None
    assert redis.stop(queue) is False
    assert redis.start(queue) is True

    assert _client(queue).get("kept") == "42"


def test_redis_starts_again_after_a_crash_whose_number_was_given_away(queue: Addresses) -> None:
    _client(queue).set("before", "crash")
    _client(queue).bgrewriteaof()
    number = redis.pid(queue)
    assert number is not None
    # Once a second is what appendfsync promises; a write reaches the kernel at once and outlives the process.
    os.kill(number, signal.SIGKILL)
    assert processes.wait_until(lambda: redis.pid(queue) is None, timeout_s=10)
    queue.redis_pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")

    assert redis.pid(queue) is None
    assert redis.start(queue) is True
    assert _client(queue).get("before") == "crash"


def test_redis_throws_nothing_away_and_listens_on_no_port(queue: Addresses) -> None:
    told = _client(queue).config_get("*")

    assert (told["port"], told["maxmemory-policy"], told["appendonly"]) == ("0", "noeviction", "yes")
    number = redis.pid(queue)
    assert number is not None
    assert [link for link in psutil.Process(number).net_connections() if link.status == psutil.CONN_LISTEN] == []


def test_the_broker_address_reaches_the_database_that_it_names(queue: Addresses) -> None:
    with kombu.Connection(queue.broker_url(2)) as broker, broker.SimpleQueue("letters") as letters:
        letters.put({"number": 1})
        kept = redis_client.Redis.from_url(queue.redis_url(2)).keys("letters")
        letter = letters.get(timeout=5)
        letter.ack()

    assert kept == [b"letters"]
    assert letter.payload == {"number": 1}


def test_a_strangers_folder_in_the_short_place_is_refused(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.symlink_to(tmp_path)
    addresses = Addresses(var=tmp_path / "var", run=run)

    with pytest.raises(EmbeddedFault, match="is not a folder"):
        folders.ensure(addresses)


def test_a_var_too_deep_for_sockets_still_works(tmp_path: Path) -> None:
    addresses = addressing.at(tmp_path / ("d" * 120))

    try:
        assert redis.start(addresses) is True
        assert _client(addresses).ping() is True
        assert not addresses.redis_socket.is_relative_to(addresses.var)
    finally:
        redis.stop(addresses)
        addresses.redis_socket.parent.rmdir()
        addresses.run.rmdir()


def test_the_command_starts_both_says_where_and_stops_them(tmp_path: Path) -> None:
    environ = {**os.environ, "FREEHOLD_VAR": str(tmp_path / "var")}

    def run(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "config.embedded", command], check=False, capture_output=True, text=True, env=environ, timeout=60
        )

    try:
        assert run("status").returncode == 3
        started = run("start")
        assert (started.returncode, started.stdout.count("runs as process")) == (0, 2)
        assert run("start").stdout == started.stdout
        assert run("status").returncode == 0
    finally:
        assert run("stop").returncode == 0
    assert run("status").stdout == "postgres not running\nredis    not running\n"


def test_a_socket_that_a_crash_left_is_no_running_server(tmp_path: Path) -> None:
    addresses = addressing.at(tmp_path / "v")
    folders.ensure(addresses)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(addresses.redis_socket))

    try:
        assert redis.start(addresses) is True
        assert _client(addresses).ping() is True
    finally:
        redis.stop(addresses)
