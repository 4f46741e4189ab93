import Primitives

/// The truth about money: every capture and refund, whatever was answered to whom.
struct Ledger: Sendable, Codable {
    /// One capture.
    struct Entry: Sendable, Codable {
        let intent: String
        let charge: String
        let amount: Int64
        let currency: String
        var refunded: Int64
        let metadata: [String: String]
        let idempotencyKey: String?
        let at: Instant
    }

    /// What a group of captures adds up to.
    struct Sum: Sendable, Equatable, Codable {
        var captures = 0
        var captured: Int64 = 0
        var refunded: Int64 = 0
    }

    private var entries: BoundedTable<Entry>
    private(set) var total = Sum()
    private(set) var declines = 0
    private(set) var sums: [String: Sum] = [:]
    /// Captures that had to make room; when not zero, groups are no longer complete.
    private(set) var forgotten = 0

    init(limit: Int) { entries = BoundedTable(limit: limit) }

    mutating func capture(_ intent: PaymentIntent, _ charge: Charge, _ context: CallContext) {
        let entry = Entry(
            intent: intent.id, charge: charge.id, amount: charge.amountCaptured, currency: intent.currency,
            refunded: 0, metadata: intent.metadata, idempotencyKey: context.idempotencyKey, at: context.now)
        if entries.insert(entry, id: intent.id) != nil { forgotten += 1 }
        total.captures += 1
        total.captured += entry.amount
        sums[entry.currency, default: Sum()].captures += 1
        sums[entry.currency, default: Sum()].captured += entry.amount
    }

    mutating func refund(_ intent: String, _ amount: Int64, currency: String) {
        entries.update(intent) { $0.refunded += amount }
        total.refunded += amount
        sums[currency, default: Sum()].refunded += amount
    }

    mutating func decline() { declines += 1 }

    /// The captures whose metadata has all these values, oldest first.
    func entries(matching metadata: [String: String]) -> [Entry] {
        entries.ids.compactMap { entries[$0] }.filter { entry in
            metadata.allSatisfy { entry.metadata[$0.key] == $0.value }
        }
    }

    /// Captures per value of a metadata name, or per idempotency key; those without one are under the empty text.
    func groups(by name: String) -> [String: Sum] {
        var groups: [String: Sum] = [:]
        for id in entries.ids {
            guard let entry = entries[id] else { continue }
            let value = name == "idempotency_key" ? entry.idempotencyKey : entry.metadata[name]
            groups[value ?? "", default: Sum()].captures += 1
            groups[value ?? "", default: Sum()].captured += entry.amount
            groups[value ?? "", default: Sum()].refunded += entry.refunded
        }
        return groups
    }
}
