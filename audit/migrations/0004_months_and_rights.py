"""Cuts the trail into months, opens it to search, and says who may do what with the tables of the log.

A tenant's role may insert and read entries; the sealer's role seals and signs; only the owner, whom migrations and pruning take on, may drop a
month. Entries are cut by their id, whose first 48 bits are milliseconds (RFC 9562 section 5.7), so that an id stays unique over all months.
"""

from django.db import migrations

MAKER = r"""
DO $$ BEGIN EXECUTE format($f$
    CREATE FUNCTION %1$I.audit_lowest_id(moment timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
    $b$ SELECT (lpad(to_hex((extract(epoch FROM moment) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $b$;

    CREATE FUNCTION %1$I.audit_moment_of(id uuid) RETURNS timestamptz LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS
    $b$ SELECT to_timestamp(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) $b$;

    CREATE FUNCTION %1$I.audit_partition_end() RETURNS uuid LANGUAGE sql STABLE SET search_path = %1$I, pg_temp AS
    $b$ SELECT substring(pg_get_expr(c.relpartbound, c.oid) FROM 'TO \(''([0-9a-f-]+)''\)')::uuid
          FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_entry'::regclass
         ORDER BY 1 DESC NULLS LAST LIMIT 1 $b$;

    CREATE FUNCTION %1$I.audit_guard_partition(name text) RETURNS void LANGUAGE plpgsql SET search_path = %1$I, pg_temp AS
    $b$ BEGIN
        EXECUTE format('REVOKE ALL ON %%I FROM %%I, freehold_sealer', name, '%1$s');
        EXECUTE format('CREATE TRIGGER audit_deny_truncate BEFORE TRUNCATE ON %%I FOR EACH STATEMENT EXECUTE FUNCTION audit_deny()', name);
    END $b$;

    CREATE FUNCTION %1$I.audit_add_partition(name text, low uuid, high uuid) RETURNS void LANGUAGE plpgsql SET search_path = %1$I, pg_temp AS
    $b$ BEGIN
        -- Made apart and then attached: whoever writes entries meanwhile waits for nothing.
        EXECUTE format('CREATE TABLE %%I (LIKE audit_entry INCLUDING ALL EXCLUDING INDEXES)', name);
        PERFORM audit_guard_partition(name);
        IF EXISTS (SELECT FROM audit_entry_later WHERE id < high AND (low IS NULL OR id >= low)) THEN
            -- Entries that came before there was room for them. Detached, the rest has no trigger that would keep or queue them anew.
            ALTER TABLE audit_entry DETACH PARTITION audit_entry_later;
            EXECUTE format('WITH moved AS (DELETE FROM audit_entry_later WHERE id < %%L AND (%%L IS NULL OR id >= %%L) RETURNING *)'
                           ' INSERT INTO %%I SELECT * FROM moved', high, low, low, name);
            ALTER TABLE audit_entry ATTACH PARTITION audit_entry_later DEFAULT;
        END IF;
        EXECUTE format('ALTER TABLE audit_entry ATTACH PARTITION %%I FOR VALUES FROM (%%s) TO (%%L)', name,
                       coalesce(quote_literal(low), 'MINVALUE'), high);
    END $b$;

    CREATE FUNCTION %1$I.audit_make_partitions(ahead integer DEFAULT 2) RETURNS integer LANGUAGE plpgsql
        SET search_path = %1$I, pg_temp SET timezone = 'UTC' AS
    $b$ DECLARE
        low uuid := audit_partition_end();
        -- On from the end of the last month that there is; the first one takes all that is older.
        month timestamptz := date_trunc('month', coalesce(audit_moment_of(low), clock_timestamp()));
        last timestamptz := date_trunc('month', clock_timestamp()) + make_interval(months => ahead);
        made integer := 0;
    BEGIN
        IF to_regclass('audit_entry_later') IS NULL THEN
            CREATE TABLE audit_entry_later PARTITION OF audit_entry DEFAULT;
            PERFORM audit_guard_partition('audit_entry_later');
        END IF;
        WHILE month <= last LOOP
            PERFORM audit_add_partition(to_char(month, '"audit_entry_y"YYYY"m"MM'), low, audit_lowest_id(month + interval '1 month'));
            month := month + interval '1 month';
            low := audit_lowest_id(month);
            made := made + 1;
        END LOOP;
        RETURN made;
    END $b$;
$f$, current_schema()); END $$;
"""

MONTHS = r"""
DROP TRIGGER audit_enqueue ON audit_entry;
DROP TRIGGER audit_deny_change ON audit_entry;
DROP TRIGGER audit_deny_truncate ON audit_entry;
ALTER TABLE audit_entry RENAME TO audit_entry_before;
ALTER TABLE audit_entry_before RENAME CONSTRAINT audit_entry_pkey TO audit_entry_before_pkey;
ALTER INDEX entry_action RENAME TO entry_before_action;
ALTER INDEX entry_actor RENAME TO entry_before_actor;
ALTER INDEX entry_subject RENAME TO entry_before_subject;
CREATE TABLE audit_entry (LIKE audit_entry_before INCLUDING DEFAULTS) PARTITION BY RANGE (id);
ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);
CREATE INDEX entry_action ON audit_entry (action, id DESC);
CREATE INDEX entry_actor ON audit_entry (actor_id, id DESC);
CREATE INDEX entry_subject ON audit_entry (subject, id DESC);
CREATE INDEX entry_amiss ON audit_entry (outcome, id DESC) WHERE outcome <> 'success';
CREATE INDEX entry_grave ON audit_entry (severity, id DESC) WHERE severity >= 2;
-- The expression of audit/words.py. A short waiting list: what waits is read by every search, and put in order by one unlucky insert.
CREATE INDEX entry_words ON audit_entry USING gin (array_to_tsvector(array_remove(string_to_array(lower(translate(
    actor_label || ' ' || subject_label || ' ' || action, '!"#$&''()*+,-./:;<=>?@[\]^_`{|}~' || E'\t\n\r', repeat(' ', 34))
    || ' =' || actor_id || ' =' || subject || ' =' || address || ' =' || request_id || ' =category:' || category || ' =source:' || source), ' '), '')))
    WITH (gin_pending_list_limit = 256);
DO $$ BEGIN
    IF EXISTS (SELECT FROM audit_entry_before) THEN
        -- Another clock than the database's may have given the last id.
        EXECUTE format('ALTER TABLE audit_entry ATTACH PARTITION audit_entry_before FOR VALUES FROM (MINVALUE) TO (%L)',
                       audit_lowest_id((date_trunc('month', greatest(clock_timestamp(), (
                           SELECT audit_moment_of(id) FROM audit_entry_before ORDER BY id DESC LIMIT 1)) AT TIME ZONE 'UTC')
                           + interval '1 month') AT TIME ZONE 'UTC'));
        PERFORM audit_guard_partition('audit_entry_before');
    ELSE
        DROP TABLE audit_entry_before;
    END IF;
END $$;
CREATE TRIGGER audit_enqueue AFTER INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_enqueue();
CREATE FUNCTION audit_keep() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    -- Only what is personal and outside the evidence may be emptied, when a person is forgotten.
    IF tg_op = 'UPDATE' AND new.actor_label IN ('', old.actor_label) AND new.subject_label IN ('', old.subject_label)
       AND new.address IN ('', old.address)
       AND to_jsonb(new) - '{actor_label,subject_label,address}'::text[] = to_jsonb(old) - '{actor_label,subject_label,address}'::text[] THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'the trail is append-only' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_keep BEFORE UPDATE OR DELETE ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_keep();
CREATE TRIGGER audit_deny_truncate BEFORE TRUNCATE ON audit_entry FOR EACH STATEMENT EXECUTE FUNCTION audit_deny();
DO $$ BEGIN PERFORM audit_make_partitions(); END $$;
"""

SEALS = """
DROP TRIGGER audit_deny_seal_change ON audit_seal;
DO $$ BEGIN EXECUTE format($f$
    CREATE FUNCTION %1$I.audit_keep_seal() RETURNS trigger LANGUAGE plpgsql SET search_path = %1$I, pg_temp AS
    $b$ BEGIN
        -- Seals below the checkpoint that the head names as the beginning of the log may go: pruning moves that mark first.
        IF tg_op = 'DELETE' AND old.seq <= (SELECT minimum_index FROM audit_head WHERE id = 1) THEN
            RETURN old;
        END IF;
        RAISE EXCEPTION 'the trail is append-only' USING ERRCODE = 'insufficient_privilege';
    END $b$;
$f$, current_schema()); END $$;
CREATE TRIGGER audit_keep_seal BEFORE UPDATE OR DELETE ON audit_seal FOR EACH ROW EXECUTE FUNCTION audit_keep_seal();
CREATE FUNCTION audit_follow_head() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN
    -- A sealer of the release before lengthens the log and knows no tree. Emptied, the tree is built anew by the next sealer of this release.
    IF new.size <> old.size AND new.frontier = old.frontier THEN
        new.frontier := '';
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER audit_follow_head BEFORE UPDATE OF size ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_follow_head();
CREATE TRIGGER audit_deny_checkpoint_change BEFORE UPDATE OR DELETE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION audit_deny();
CREATE TRIGGER audit_deny_checkpoint_truncate BEFORE TRUNCATE ON audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit_deny();
CREATE TRIGGER audit_deny_pruning_change BEFORE UPDATE OR DELETE ON audit_pruning FOR EACH ROW EXECUTE FUNCTION audit_deny();
CREATE TRIGGER audit_deny_held_change BEFORE UPDATE ON audit_heldentry FOR EACH ROW EXECUTE FUNCTION audit_deny();
"""

RIGHTS = """
DO $$ BEGIN
    EXECUTE format('REVOKE ALL ON audit_entry, audit_tile, audit_signingkey, audit_checkpoint, audit_pruning, audit_heldentry FROM %I', current_schema());
    EXECUTE format('GRANT SELECT, INSERT ON audit_entry TO %I', current_schema());
    EXECUTE format('GRANT SELECT ON audit_tile, audit_signingkey, audit_checkpoint, audit_pruning, audit_heldentry TO %I', current_schema());
END $$;
GRANT SELECT ON audit_entry TO freehold_sealer;
GRANT SELECT, INSERT, UPDATE ON audit_tile TO freehold_sealer;
GRANT SELECT, INSERT, UPDATE ON audit_signingkey TO freehold_sealer;
GRANT SELECT, INSERT ON audit_checkpoint TO freehold_sealer;
-- Nobody but the owner may call what cuts months, or put a trigger of ours on a temporary table of his own.
REVOKE ALL ON FUNCTION audit_enqueue(), audit_deny(), audit_keep(), audit_keep_seal(), audit_follow_head(), audit_lowest_id(timestamptz), audit_moment_of(uuid),
    audit_partition_end(), audit_guard_partition(text), audit_add_partition(text, uuid, uuid), audit_make_partitions(integer) FROM PUBLIC;
"""


class Migration(migrations.Migration):
    """Months, search, triggers and rights of the log."""

    dependencies = [("audit", "0003_the_event_spine")]
    contracts = (
        "the table gets its name back in the same transaction, with all columns and rights that code of the release before uses"
    )

    operations = [migrations.RunSQL(MAKER + MONTHS + SEALS + RIGHTS, reverse_sql=migrations.RunSQL.noop)]
