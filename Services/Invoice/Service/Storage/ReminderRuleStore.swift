import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes how organizations remind.
enum ReminderRuleStore {
    /// The rules and their hour.
    struct Setting: Sendable, Hashable {
        var rules = ReminderRules.usual
        var time = CivilTime.chargeTime
    }

    static func find(
        _ organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws(PostgresError) -> Setting {
        let rows = try tx.query(
            "SELECT is_enabled, days, local_time FROM reminder_rules WHERE organization_id = $1",
            [organizationID])
        guard let row = rows.first else { return Setting() }
        let days = try row.get(1, as: [Int32].self).map { Int($0) }
        return Setting(rules: ReminderRules(isEnabled: try row[0], days: days), time: try row[2])
    }

    static func write(
        _ setting: Setting, of organizationID: OrganizationID, at now: Instant, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO reminder_rules (organization_id, is_enabled, days, local_time, updated_at)
            VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (organization_id) DO UPDATE SET is_enabled = excluded.is_enabled, days = excluded.days,
                local_time = excluded.local_time, updated_at = excluded.updated_at
            """,
            [
                organizationID, setting.rules.isEnabled, setting.rules.days.map { Int32($0) }, setting.time,
                now,
            ])
    }
}
