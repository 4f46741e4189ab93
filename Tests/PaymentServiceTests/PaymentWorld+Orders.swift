import EventContracts
import Lifecycle
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit

@testable import PaymentService

extension PaymentWorld {
    /// The sender, as its own service tells of it.
    func knowSender() async throws {
        try await pool.transaction { [organizationID] tx in
            try tx.send(
                """
                INSERT INTO organizations (organization_id, currency, zone, sequence) VALUES ($1, 'USD', 'UTC', 1)
                ON CONFLICT DO NOTHING
                """, [organizationID])
        }
    }

    /// Links the customer and saves a card, without any permission.
    func savedCard(_ number: String = "4242424242424242") async throws -> PaymentMethodID {
        let customer = CustomerFacts(
            customerID: customerID, organizationID: organizationID, currency: dollar, accountID: accountID)
        let event = try received(CustomerLinked(customer: customer), subject: customerID, sequence: 2)
        try await handle(
            ProjectCustomer<CustomerLinked>(planCharges: parts.planCharges, clock: clock), [event])
        return try await parts.cards.save(.method(cardToken(number)), for: accountID).id
    }

    /// Orders an amount, each month from today on.
    func order(
        _ minorUnits: Int64, card: String = "4242424242424242", count: Int? = nil,
        allowsFallback: Bool = false
    ) async throws -> StandingOrderID {
        try await knowSender()
        let method = try await savedCard(card)
        return try await pool.transaction { [parts, organizationID, accountID, dollar] tx in
            try parts.orders.create(
                to: organizationID, by: accountID, card: method,
                amount: Money(minorUnits: minorUnits, currency: dollar), consentedFrom: "127.0.0.1",
                allowsFallback: allowsFallback, in: tx
            ) { zone, today in
                try RecurrenceRule(
                    start: today, time: .chargeTime, zone: zone, every: 1, unit: .month, count: count)
            }.id
        }
    }

    func change(_ order: StandingOrderID, _ action: OrderChanges.Action) async throws {
        _ = try await pool.transaction { [parts, accountID] tx in
            try parts.orders(action, to: order, of: accountID, in: tx)
        }
    }

    /// The due of an order's day as the scheduler would send it; of today when no other is named.
    func orderDue(
        _ order: StandingOrderID, _ day: CivilDate? = nil, generation: Int64? = nil
    ) async throws -> Received<ScheduleDue> {
        let stored = try await pool.transaction { tx in try StandingOrderStore.find(order, in: tx) }
        let id = StandingOrder.scheduleID(of: order)
        return try received(
            ScheduleDue(
                scheduleID: id, generation: generation ?? stored?.series.generation ?? 0,
                kind: OrderEvents.dayKind, date: day ?? Zone.utc.date(at: clock.now())),
            subject: id, sequence: 1)
    }

    func take(_ dues: [Received<ScheduleDue>]) async throws {
        try await handle(parts.takeOrderDays, dues)
    }

    /// Takes and sends what is due, and waits until nothing is under way.
    func payOrders() async throws {
        try await startExecutorOnce()
        let loop = parts.payOrders.loop(wakeup: parts.orderWakeup)
        try await loop.start()
        try await eventually {
            try await scalar(
                "SELECT count(*) FROM standing_order_payments WHERE state IN ('due', 'charging')") == "0"
        }
        await loop.stop()
    }

    /// State, amount and reason of an order's days, the earliest first.
    func days(_ order: StandingOrderID) async throws -> String {
        try await pool.transaction { tx in
            try tx.query(
                """
                SELECT string_agg(state || '/' || amount || coalesce('/' || reason, ''), ' ' ORDER BY day)
                  FROM standing_order_payments WHERE standing_order_id = $1
                """, [order]
            ).scalar(as: String?.self).flatMap { $0 } ?? "-"
        }
    }

    func collected(_ invoice: InvoiceID) async throws -> String {
        try await scalar("SELECT collected FROM payables WHERE invoice_id = $1", invoice)
    }

    /// What is the payer's credit by the books.
    func credit() async throws -> String {
        try await scalar(
            "SELECT coalesce(-sum(amount), 0) FROM ledger_entries WHERE account = 'payer_credit'")
    }

    /// All that was captured at the gateway by standing orders.
    func capturedByOrders() async throws -> String {
        try await scalar(
            """
            SELECT coalesce(sum(amount), 0) FROM attempts WHERE invoice_id IS NULL AND state = 'succeeded'
            """)
    }
}
