"""Erasing a tenant: what there is of it, what removes it, what proves that nothing is left. Parts; the actions put them in order."""
