import InvoiceDomain
import Postgres
import Primitives

extension InstalmentTerms {
    private struct Stored: Codable {
        struct Part: Codable {
            let dueDate: CivilDate
            var amount: Int64?
            var partsPerMillion: Int64?
        }

        struct Schedule: Codable {
            let count: Int
            let every: Int
            let unit: String
            let firstDueDate: CivilDate
            var depositAmount: Int64?
            var depositPartsPerMillion: Int64?
        }

        var amounts: [Part]?
        var shares: [Part]?
        var schedule: Schedule?
    }

    private struct Unreadable: Error {}

    /// As it is kept.
    var stored: JSONB {
        get throws {
            var stored = Stored()
            switch self {
            case .amounts(let parts):
                stored.amounts = parts.map { Stored.Part(dueDate: $0.dueDate, amount: $0.amount) }
            case .shares(let parts):
                stored.shares = parts.map {
                    Stored.Part(dueDate: $0.dueDate, partsPerMillion: $0.percentage.partsPerMillion)
                }
            case .schedule(let schedule): stored.schedule = Self.stored(schedule)
            }
            return JSONB(try JSON.encode(stored))
        }
    }

    private static func stored(_ schedule: InstalmentSchedule) -> Stored.Schedule {
        var stored = Stored.Schedule(
            count: schedule.count, every: schedule.every, unit: schedule.unit.rawValue,
            firstDueDate: schedule.firstDueDate)
        switch schedule.deposit {
        case .percent(let percentage): stored.depositPartsPerMillion = percentage.partsPerMillion
        case .fixed(let amount): stored.depositAmount = amount
        case nil: break
        }
        return stored
    }

    /// Reads what is kept.
    init?(stored json: JSONB?) throws(PostgresError) {
        guard let json else { return nil }
        do {
            let stored = try JSON.decode(Stored.self, from: json.bytes)
            if let parts = stored.amounts {
                self = .amounts(
                    try parts.map { part in
                        guard let amount = part.amount else { throw Unreadable() }
                        return Amount(dueDate: part.dueDate, amount: amount)
                    })
            } else if let parts = stored.shares {
                self = .shares(
                    try parts.map { part in
                        Share(dueDate: part.dueDate, percentage: try Self.percentage(part.partsPerMillion))
                    })
            } else {
                self = .schedule(try Self.schedule(stored.schedule))
            }
        } catch {
            throw PostgresError(code: .decoding, message: "the instalments of an invoice are not readable")
        }
    }

    private static func percentage(_ partsPerMillion: Int64?) throws -> Percentage {
        guard let percentage = partsPerMillion.flatMap({ Percentage(partsPerMillion: $0) }) else {
            throw Unreadable()
        }
        return percentage
    }

    private static func schedule(_ stored: Stored.Schedule?) throws -> InstalmentSchedule {
        guard let stored, let unit = RecurrenceUnit(rawValue: stored.unit) else { throw Unreadable() }
        var deposit = stored.depositAmount.map { InstalmentSchedule.Deposit.fixed($0) }
        if let share = stored.depositPartsPerMillion { deposit = .percent(try percentage(share)) }
        return InstalmentSchedule(
            count: stored.count, every: stored.every, unit: unit, firstDueDate: stored.firstDueDate,
            deposit: deposit)
    }
}
