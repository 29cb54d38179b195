"""Make roles and databases on a PostgreSQL of one's own: `manage.py prepare_server URL [--login-password-file FILE]`."""

from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from psycopg.conninfo import make_conninfo

from config.embedded import roles


class Command(BaseCommand):
    """Makes what `DATABASE_URL` and `CELL_DATABASE_URLS` name: the login, the roles that it takes on, the databases.

    Needed once per server, before `setup`; idempotent. The embedded PostgreSQL does not need it. Exit codes: 0 done, 1 fault.
    """

    help = "Make the login, roles and databases of Freehold on a PostgreSQL server (16 or later); safe to repeat."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("url", help="a superuser of the server, e.g. postgres://postgres@db.internal/postgres")
        parser.add_argument(
            "--login-password-file", type=Path, help="file with the password of Freehold's login; else the one in DATABASE_URL"
        )

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002 - the shape of a command
        """Make everything on the server that the superuser's address names."""
        if settings.IS_EMBEDDED:
            raise CommandError("DATABASE_URL is not set: the embedded PostgreSQL is prepared by `up`.")
        login = str(settings.DATABASES["default"]["USER"])
        password = _password(options["login_password_file"])
        try:
            with psycopg.connect(options["url"], autocommit=True) as connection:
                place = (connection.info.host, connection.info.port)
                roles.ensure_login(connection, name=login, password=password)
                roles.ensure_group_roles(connection, login=login)
                roles.ensure_mover(connection, login=login)
                roles.ensure_copier(connection, login=login)
                names = _databases(place)
                for name in names:
                    roles.ensure_database(connection, name=name)
            for name in names:
                self._prepare(options["url"], name=name, login=login)
        except psycopg.Error as error:
            raise CommandError(f"The server refused: {str(error).strip()}") from error
        self.stdout.write(f"Prepared {', '.join(names)} for the login {login}.")

    def _prepare(self, url: str, *, name: str, login: str) -> None:
        with psycopg.connect(make_conninfo(url, dbname=name), autocommit=True) as connection:
            roles.close_database(connection, login=login)
            if name == settings.DATABASES["default"]["NAME"]:
                roles.open_home_tables(connection)


def _databases(place: tuple[str, int]) -> list[str]:
    """The names of our databases on the server at `place`; cells may lie on other servers, which are prepared by their own call."""
    found = [
        str(entry["NAME"]) for entry in settings.DATABASES.values() if (str(entry["HOST"]), int(entry["PORT"] or 5432)) == place
    ]
    if not found:
        raise CommandError(f"Neither DATABASE_URL nor CELL_DATABASE_URLS names a database on {place[0]}:{place[1]}.")
    return list(dict.fromkeys(found))


def _password(file: Path | None) -> str:
    if file is None:
        password = str(settings.DATABASES["default"]["PASSWORD"])
    else:
        try:
            password = file.read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as error:
            raise CommandError(f"{file} cannot be read ({type(error).__name__}).") from error
    if not password:
        raise CommandError("The login has no password: put one into DATABASE_URL, or name a file with --login-password-file.")
    return password
