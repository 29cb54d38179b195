"""An app of tenants' schemas without code: its migrations are written by each test (`tests.fleet.releases`)."""
