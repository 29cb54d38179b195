"""The embedded services are found from the var folder alone, however deep or odd its name."""

import os
from pathlib import Path

import psycopg
import pytest
import redis

from config.embedded import addresses as addressing
from config.embedded import keys


@pytest.mark.parametrize(
    "var", ["/srv/var", "/srv/" + "d" * 60, "/srv/" + "d" * 200, "/srv/with space/var", "/srv/ö/var", "/srv/a%b?c#d"]
)
def test_sockets_fit_the_kernel_and_every_url(var: str) -> None:
    addresses = addressing.at(Path(var))

    for socket in (addresses.postgres_sockets / ".s.PGSQL.5432", addresses.redis_socket):
        assert len(os.fsencode(socket)) <= 103
    client = redis.Redis.from_url(addresses.redis_url(3))
    assert client.connection_pool.connection_kwargs["path"] == str(addresses.redis_socket)
    assert client.connection_pool.connection_kwargs["db"] == 3


def test_a_short_var_keeps_its_sockets_inside() -> None:
    assert addressing.at(Path("/srv/var")).run == Path("/srv/var/run")


def test_two_deep_folders_get_two_places() -> None:
    one, other = (addressing.at(Path("/srv/" + "d" * 200 + end)) for end in "ab")

    assert one.run != other.run
    assert one.run.parent == Path("/tmp")  # noqa: S108 - the short place outside var
    assert one == addressing.at(Path("/srv/" + "d" * 200 + "a"))


def test_the_var_folder_comes_from_the_environment_then_the_file_then_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FREEHOLD_VAR", raising=False)
    assert addressing.var_folder(tmp_path) == tmp_path / "var"
    (tmp_path / ".env").write_text("FREEHOLD_VAR=data\n", encoding="utf-8")
    assert addressing.var_folder(tmp_path) == tmp_path / "data"
    monkeypatch.setenv("FREEHOLD_VAR", "/elsewhere")
    assert addressing.var_folder(tmp_path) == Path("/elsewhere")


def test_a_secret_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    addresses = addressing.at(tmp_path / "var")

    first = keys.secret(addresses, "key")

    assert keys.secret(addresses, "key") == first
    assert len(first) == 43
    assert keys.secret(addresses, "other") != first
    assert (addresses.secrets / "key").stat().st_mode & 0o777 == 0o600
    assert addresses.secrets.stat().st_mode & 0o777 == 0o700
    assert sorted(path.name for path in addresses.secrets.iterdir()) == ["key", "other"]


def test_the_sealing_ring_names_its_key(tmp_path: Path) -> None:
    name, _, key = keys.sealing_ring(addressing.at(tmp_path)).partition(":")

    assert (name, len(key)) == ("k1", 43)


def test_django_and_libpq_agree_on_the_database() -> None:
    entry = addressing.at(Path("/srv/var")).database("home", password="p q'")

    told = psycopg.conninfo.conninfo_to_dict(
        psycopg.conninfo.make_conninfo(
            host=entry["HOST"], port=entry["PORT"], user=entry["USER"], password=entry["PASSWORD"], dbname=entry["NAME"]
        )
    )
    assert told == {"host": "/srv/var/run/postgres", "port": "5432", "user": "freehold", "password": "p q'", "dbname": "home"}
