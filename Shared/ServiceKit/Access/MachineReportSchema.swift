/// The table in which a service keeps what it has told of the uses of machines.
public enum MachineReportSchema {
    /// The statements of the migration; every service that checks tokens includes them.
    public static let sql = Array(
        """
        CREATE TABLE access_api_reports (
            api_key_id uuid PRIMARY KEY,
            used_at timestamptz NOT NULL,
            told timestamptz,
            told_at timestamptz
        );
        CREATE INDEX access_api_reports_untold ON access_api_reports (api_key_id)
            WHERE told IS DISTINCT FROM used_at;
        COMMENT ON TABLE access_api_reports IS 'The last use of each key here, and what identity was told of it.';
        COMMENT ON COLUMN access_api_reports.told IS 'The use that was told last; told_at is when.';
        """.utf8)
}
