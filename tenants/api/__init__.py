"""The registry over HTTP, and acting in a tenant from the operator's host."""
