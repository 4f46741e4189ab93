public import Postgres

/// The tables that every service has in its own schema, whatever else is there.
public enum MessagingSchema {
    /// Creates the outbox (`events` and `pending`) and the `inbox`; version 0, before the service's own migrations.
    public static let migration = Migration(version: 0, name: "messaging", sql: [UInt8](sql.utf8))

    /// `events` is written once and read by id only, so it has no other index.
    ///
    /// `pending` is the narrow list of what
    /// is to be published; its rows live for milliseconds, so it is vacuumed early. The BRIN indexes cost next to
    /// nothing and serve the removal of old rows.
    private static let sql = """
        CREATE TABLE events (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id uuid NOT NULL,
            aggregate_id uuid NOT NULL,
            exchange text NOT NULL,
            routing_key text NOT NULL,
            type text NOT NULL,
            body bytea NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now()
        );
        ALTER TABLE events ALTER COLUMN body SET COMPRESSION lz4;

        CREATE TABLE pending (
            id bigint PRIMARY KEY,
            aggregate_id uuid NOT NULL,
            not_before timestamptz,
            attempts integer NOT NULL DEFAULT 0,
            last_error text
        ) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
        CREATE INDEX pending_held ON pending (aggregate_id, id) WHERE not_before IS NOT NULL;

        CREATE TABLE inbox (
            consumer text NOT NULL,
            event_id uuid NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (consumer, event_id)
        );
        CREATE INDEX inbox_received ON inbox USING brin (received_at);
        """
}
