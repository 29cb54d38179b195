"""Makes the trail append-only and fills the queue of the sealer.

Triggers guard against accidents of everybody, the owner included; rights guard against the tenant's and the sealer's role. The role of a
tenant has the name of its schema, so `current_schema()` names it.
"""

from django.db import migrations

QUEUE = """
DO $$ BEGIN EXECUTE format($f$
    CREATE FUNCTION %1$I.audit_enqueue() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = %1$I, pg_temp AS
    $b$ BEGIN INSERT INTO audit_queuedentry (entry_id) VALUES (new.id); RETURN NULL; END $b$
$f$, current_schema()); END $$;
CREATE TRIGGER audit_enqueue AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_enqueue();
"""

DENY = """
CREATE FUNCTION audit_deny() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the trail is append-only' USING ERRCODE = 'insufficient_privilege'; END $$;
CREATE TRIGGER audit_deny_change BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_deny();
CREATE TRIGGER audit_deny_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_deny();
CREATE TRIGGER audit_deny_seal_change BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_deny();
CREATE TRIGGER audit_deny_seal_truncate BEFORE TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION audit_deny();
"""

RIGHTS = """
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON audit_entry, audit_queuedentry, audit_seal, audit_head FROM %I', current_schema());
    EXECUTE format('GRANT SELECT, INSERT ON audit_entry TO %I', current_schema());
    EXECUTE format('GRANT SELECT ON audit_queuedentry, audit_seal, audit_head TO %I', current_schema());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO freehold_sealer', current_schema());
END $$;
GRANT SELECT ON audit_entry TO freehold_sealer;
GRANT SELECT, DELETE ON audit_queuedentry TO freehold_sealer;
GRANT SELECT, INSERT ON audit_seal TO freehold_sealer;
GRANT SELECT, INSERT, UPDATE ON audit_head TO freehold_sealer;
"""

UNDO = """
DROP TRIGGER audit_enqueue ON audit_entry;
DROP TRIGGER audit_deny_change ON audit_entry;
DROP TRIGGER audit_deny_truncate ON audit_entry;
DROP TRIGGER audit_deny_seal_change ON audit_seal;
DROP TRIGGER audit_deny_seal_truncate ON audit_seal;
DROP FUNCTION audit_enqueue();
DROP FUNCTION audit_deny();
"""


class Migration(migrations.Migration):
    """Triggers and rights of the trail."""

    dependencies = [("audit", "0001_initial")]

    operations = [migrations.RunSQL(QUEUE + DENY + RIGHTS, reverse_sql=UNDO)]
