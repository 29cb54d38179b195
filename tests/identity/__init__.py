"""People, roles, sessions, invitations and keys."""
