"""`python -m config.containers FOLDER HOST`: the passwords of the containers' PostgreSQL, made once and kept in a shared volume.

Writes `postgres_password`, `database_password` and, for libpq, `pgpass` for the server `HOST`. No password is ever typed, put into an
environment variable, or the same on two machines. Reads no settings, since those need the passwords to be there.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from config.embedded import keys
from config.embedded.addresses import LOGIN_ROLE, POSTGRES_PORT, Addresses

SUPERUSER_PASSWORD = "postgres_password"  # noqa: S105 - the name of a file


def main(folder: str, host: str) -> None:
    """Make what is missing."""
    addresses = Addresses(var=Path(folder), run=Path(folder))
    superuser = keys.secret(addresses, SUPERUSER_PASSWORD)
    login = keys.secret(addresses, keys.DATABASE_PASSWORD)
    lines = [f"{host}:{POSTGRES_PORT}:*:postgres:{superuser}", f"{host}:{POSTGRES_PORT}:*:{LOGIN_ROLE}:{login}"]
    path = addresses.secrets / "pgpass"
    # Under the umask alone it would be readable by others for a moment.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
