import InvoiceDomain
import Postgres
import Primitives

/// Which invoices a list shows, and in which order.
struct InvoiceFilter: Sendable {
    /// Whose invoices: those of a sender, or those that a client was billed by anybody.
    enum Audience: Sendable {
        case organization(OrganizationID)
        case account(AccountID)

        /// Whether it is a client who reads.
        var isClient: Bool {
            if case .account = self { true } else { false }
        }
    }

    /// Both ends belong to it.
    struct Bounds<Value: PostgresEncodable>: Sendable {
        var from: Value?
        var to: Value?

        var isBounded: Bool { from != nil || to != nil }
    }

    let audience: Audience
    var customerID: CustomerID?
    var subscriptionID: SubscriptionID?
    var recurringInvoiceID: RecurringInvoiceID?
    var state: InvoiceState?
    var debt: DebtState?
    /// The sender's own id of the invoice; a client finds nothing by it.
    var externalID: String?
    /// Whether the client lets the sender charge it.
    var isAutopay: Bool?
    /// Open and past the due day, or not.
    var isOverdue: Bool?
    var due = Bounds<CivilDate>()
    var issued = Bounds<CivilDate>()
    var created = Bounds<Instant>()
    var currency: Currency?
    /// In minor units of the currency.
    var total = Bounds<Int64>()
    /// The beginning of a number, or of some word of the title or the customer's name.
    var search: String?
    var sort = InvoiceSort(.created)
    /// Where the page before ended.
    var cursor: InvoiceCursor?
    /// How many at most.
    let limit: Int
    let now: Instant

    init(audience: Audience, limit: Int, now: Instant) {
        self.audience = audience
        self.limit = limit
        self.now = now
    }

    /// What is counted at most; a number beyond that says nothing that anybody would act on.
    static let countMaximum = 10_000

    /// The same from another place on.
    func continued(at cursor: InvoiceCursor) -> InvoiceFilter {
        var filter = self
        filter.cursor = cursor
        return filter
    }

    /// Counts all pages together, up to a little more than the maximum.
    func count(in tx: borrowing Transaction) throws -> Int {
        var all = self
        all.cursor = nil
        var list = try InvoiceListStatement(all, in: tx)
        let ids = list.counted(limit: Self.countMaximum + 1)
        return try tx.query("SELECT count(*) FROM (\(ids)) found", list.parameters).scalar(as: Int.self) ?? 0
    }

    /// Whether nothing is asked for but an organization's invoices by their age.
    var isEverything: Bool {
        !audience.isClient && sort.key == .created && search == nil && customerID == nil
            && subscriptionID == nil && state == nil && debt == nil && isAutopay == nil && isOverdue == nil
            && !due.isBounded && isByStandingAlone
    }

    /// Whether the table of unsettled invoices alone says what is shown.
    var isByStandingAlone: Bool {
        externalID == nil && recurringInvoiceID == nil && currency == nil && !total.isBounded
            && !issued.isBounded && !created.isBounded
            && isOverdue != false
    }

    /// The standings that are asked for; nil when none in particular is, or when most invoices have it.
    ///
    /// What is rare is read from a table of its own; what is common is found soon by walking all invoices.
    var rareStandings: [(state: InvoiceState, debt: DebtState)]? {
        guard state != nil || debt != nil || isOverdue == true || isAutopay == true else { return nil }
        let states = InvoiceState.allCases.filter {
            (state == nil || $0 == state) && ($0 == .finalized || isOverdue != true)
                && ($0 == .finalized || isAutopay != true)
        }
        let standings = states.flatMap { state in
            DebtState.possible(in: state).filter { debt == nil || $0 == debt }.map { (state, $0) }
        }
        return standings.contains { $0 == (.paid, .paid) } ? nil : standings
    }
}

/// One page of a list, as its reader may see it.
struct InvoicePage: Sendable {
    let invoices: [Invoice]
    /// Where the next page begins; nil on the last one.
    let next: InvoiceCursor?

    init(_ filter: InvoiceFilter, in tx: borrowing Transaction) throws {
        var list = try InvoiceListStatement(filter, in: tx)
        let ids = list.page()
        let sql = """
            SELECT \(Invoice.columns) FROM (\(ids)) page JOIN \(Invoice.tables) ON i.id = page.id ORDER BY \(list.sort.order)
            """
        let found = try tx.query(sql, list.parameters).map { row in try Invoice(row) }
        let shown = Array(found.prefix(filter.limit))
        next = found.count > filter.limit ? shown.last.flatMap { InvoiceCursor($0, list.sort.key) } : nil
        invoices = filter.audience.isClient ? shown.map(\.forClient) : shown
    }
}
