import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Keeps what was used; what has an id that is there already changes nothing.
struct RecordUsage: Sendable {
    let organizationID: OrganizationID
    let inputs: [UsageEventInput]
    let now: Instant

    /// Clocks of those who report may be so much ahead.
    private static let skew = Duration.seconds(300)

    /// Whether the events were one or a batch, errors name the member that is wrong.
    let isBatch: Bool

    /// - Returns: How many of the events were not there before.
    func run(in tx: borrowing Transaction) throws -> Int {
        let targets = try targets(in: tx)
        var errors: [FieldError] = []
        var events: [UsageEvent] = []
        for (index, input) in inputs.enumerated() {
            func refuse(_ name: String, _ code: String, _ message: String) {
                let path = isBatch ? "events[\(index)].\(name)" : name
                errors.append(FieldError(field: path, code: code, message: message))
            }
            let occurredAt = input.occurredAt ?? now
            if occurredAt > now + Self.skew { refuse("timestamp", "out_of_range", "This has not come yet.") }
            let fitting = targets.filter { $0.meter == input.meter && $0.isMeant(by: input) }
            if let target = fitting.first, fitting.count == 1 {
                events.append(
                    UsageEvent(
                        id: input.id, subscriptionID: target.subscriptionID, meter: input.meter,
                        quantity: input.quantity, uniqueKey: input.uniqueKey, occurredAt: occurredAt))
            } else if fitting.isEmpty {
                refuse(
                    input.subscriptionID == nil ? "customer_id" : "subscription_id", "unknown_value",
                    "There is no running subscription with this meter.")
            } else {
                refuse(
                    "subscription_id", "required", "The customer has several subscriptions with this meter.")
            }
        }
        guard errors.isEmpty else { throw InvalidFields(errors) }
        return try UsageStore.insert(events, of: organizationID, at: now, in: tx)
    }

    /// A running subscription that has a meter.
    private struct Target {
        let subscriptionID: SubscriptionID
        let customerID: CustomerID
        let meter: String

        func isMeant(by input: UsageEventInput) -> Bool {
            (input.subscriptionID ?? subscriptionID) == subscriptionID
                && (input.customerID ?? customerID) == customerID
        }
    }

    private func targets(in tx: borrowing Transaction) throws -> [Target] {
        try tx.query(
            """
            SELECT DISTINCT s.id, s.customer_id, p.meter FROM subscriptions s
                JOIN subscription_items i ON i.subscription_id = s.id JOIN prices p ON p.id = i.price_id
            WHERE s.organization_id = $1 AND s.state <> 'cancelled' AND p.meter = ANY ($4)
                AND (s.id = ANY ($2) OR s.customer_id = ANY ($3))
            """,
            [
                organizationID, Array(Set(inputs.compactMap(\.subscriptionID))),
                Array(Set(inputs.compactMap(\.customerID))), Array(Set(inputs.map(\.meter))),
            ]
        ).map { row in
            Target(subscriptionID: try row[0], customerID: try row[1], meter: try row[2])
        }
    }
}
