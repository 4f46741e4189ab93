import EventContracts
import InvoiceDomain
import Postgres
import Primitives

/// Chooses when an organization reminds; another hour needs another timer.
struct SetReminderRules: Sendable {
    let organization: Organization
    let setting: ReminderRuleStore.Setting
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> [OutgoingEvent] {
        let before = try ReminderRuleStore.find(organization.id, in: tx)
        try ReminderRuleStore.write(setting, of: organization.id, at: now, in: tx)
        guard setting.time != before.time else { return [] }
        let hour = DailyTimerStore.Hour(
            organizationID: organization.id, zone: organization.zone, reminderTime: setting.time)
        return try AskForDailyTimers(now: now, cause: cause).run([hour], kinds: [.reminders], in: tx)
    }
}
