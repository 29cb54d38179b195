"""The same with the page's own advice for fast creation: each schema is cloned from a base schema, and its migrations are faked."""

from bench.provisioning.settings import migrate

globals().update({name: value for name, value in vars(migrate).items() if name.isupper()})

TENANT_BASE_SCHEMA = "t_base"
TENANT_CREATION_FAKES_MIGRATIONS = True
