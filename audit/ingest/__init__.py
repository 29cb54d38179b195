"""Events of the vendor's product: read from hostile input, checked against the schema of their action, made entries of the same trail."""
