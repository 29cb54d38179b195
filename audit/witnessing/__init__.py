"""A witness of our own: a small server on another machine that cosigns only what continues what it cosigned before (C2SP tlog-witness)."""
