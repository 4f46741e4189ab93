import InvoiceDomain
import Postgres
import Primitives

/// The statement that finds the invoices of a list: their ids first, from the index that fits, then nothing but them.
///
/// What it costs must not depend on how many invoices there are, so the way is chosen here and not left to estimates.
struct InvoiceListStatement {
    /// Where the ids come from.
    private enum Way {
        /// All invoices, in the order of the list.
        case all
        /// The table of those that are not plainly paid, one standing after the other.
        case rare([(state: InvoiceState, debt: DebtState)])
        /// Numbers that begin with a text.
        case numbers(beginningWith: String)
        /// What names and titles led to.
        case found(InvoiceSearch.Hits)
    }

    private(set) var parameters: [any PostgresEncodable] = []
    private let filter: InvoiceFilter
    private let way: Way
    /// Open invoices due before this day are overdue.
    private let today: CivilDate?

    init(_ filter: InvoiceFilter, in tx: borrowing Transaction) throws {
        self.filter = filter
        // With values, not with averages: a plan for the average range is wrong for most. All invoices of one
        // organization have but one way, whose plan is kept.
        if !filter.isEverything { try tx.send("SET LOCAL plan_cache_mode = force_custom_plan") }
        guard case .organization(let organizationID) = filter.audience else {
            way = .all
            today = nil
            return
        }
        let needsToday = filter.isOverdue != nil
        let zone = needsToday ? try Organization.find(organizationID, in: tx)?.zone ?? .utc : .utc
        today = needsToday ? zone.date(at: filter.now) : nil
        if let search = filter.search {
            way = try Self.way(of: search, filter, organizationID, in: tx)
        } else if let standings = filter.rareStandings, filter.customerID == nil,
            filter.subscriptionID == nil, filter.recurringInvoiceID == nil,
            [.created, .dueDate].contains(filter.sort.key)
        {
            way = .rare(standings)
        } else {
            way = .all
        }
    }

    /// A search that collects nothing: all invoices are looked at, the way that is taken when many match.
    init(walking filter: InvoiceFilter, _ search: String) {
        self.filter = filter
        way = .found(.many(search))
        today = nil
    }

    private static func way(
        of search: String, _ filter: InvoiceFilter, _ organizationID: OrganizationID,
        in tx: borrowing Transaction
    ) throws -> Way {
        let finder = InvoiceSearch(organizationID: organizationID, text: search)
        // A page that is continued goes on in the way it came.
        switch filter.cursor {
        case .number: return .numbers(beginningWith: search.uppercased())
        case nil where try finder.isBeginningOfNumber(in: tx):
            return .numbers(beginningWith: search.uppercased())
        default: return .found(try finder.hits(in: tx))
        }
    }

    /// In which order the page comes out; a search has its own.
    var sort: InvoiceSort {
        if case .numbers = way { return InvoiceSort(.number) }
        return filter.sort
    }

    /// One page of ids, and one more when there is a next one.
    mutating func page() -> String { ids(limit: filter.limit + 1) }

    /// The ids of all pages, up to a limit, in any order.
    mutating func counted(limit: Int) -> String { ids(limit: limit) }

    private mutating func ids(limit: Int) -> String {
        // Written out, because a plan has to know how few are wanted.
        let limit = String(limit)
        switch way {
        case .all: return all(limit)
        case .rare(let standings): return rare(standings, limit)
        case .numbers(let beginning): return numbers(beginning, limit)
        case .found(let hits): return found(hits, limit)
        }
    }

    private mutating func all(_ limit: String) -> String {
        """
        SELECT i.id FROM \(source) WHERE \(conditions() + after(sort.columns)) ORDER BY \(sort.order) LIMIT \(limit)
        """
    }

    private var source: String {
        if case .account = filter.audience {
            return
                "invoices i JOIN customers c ON c.id = i.customer_id JOIN invoice_documents d ON d.invoice_id = i.id"
        }
        return "invoices i"
    }

    private mutating func rare(
        _ standings: [(state: InvoiceState, debt: DebtState)], _ limit: String
    ) -> String {
        let isByDue = sort.key == .dueDate
        let columns = isByDue ? ["u.due_date", "u.invoice_id"] : ["u.invoice_id"]
        let order = columns.map { "\($0) \(sort.direction)" }.joined(separator: ", ")
        let outer = (isByDue ? ["p.due_date", "p.id"] : ["p.id"]).map { "\($0) \(sort.direction)" }
        // Every column before the last of the index has to be given for its order to be that of the list.
        let keys = standings.flatMap { standing in
            [true, false].filter { filter.isAutopay == nil || $0 == filter.isAutopay }.map { (standing, $0) }
        }
        let (states, debts) = (parameter(keys.map(\.0.state)), parameter(keys.map(\.0.debt)))
        let autopay = parameter(keys.map(\.1))
        let organization = parameter(organizationID)
        var bounds = ""
        if let from = filter.due.from { bounds += " AND u.due_date >= \(parameter(from))" }
        if let to = filter.due.to { bounds += " AND u.due_date <= \(parameter(to))" }
        if filter.isOverdue == true, let today { bounds += " AND u.due_date < \(parameter(today))" }
        let rest =
            filter.isByStandingAlone
            ? (join: "", condition: "")
            : (join: " JOIN invoices i ON i.id = u.invoice_id", condition: " AND \(conditions())")
        return """
            SELECT p.id FROM unnest(\(states)::text[], \(debts)::text[], \(autopay)::boolean[])
                AS s (state, debt, is_autopay) CROSS JOIN LATERAL (
                SELECT u.invoice_id AS id, u.due_date FROM unsettled_invoices u\(rest.join)
                WHERE u.organization_id = \(organization) AND u.state = s.state AND u.debt = s.debt
                    AND u.is_autopay = s.is_autopay\(bounds)\(after(columns))\(rest.condition) ORDER BY \(order) LIMIT \(limit)
            ) p ORDER BY \(outer.joined(separator: ", ")) LIMIT \(limit)
            """
    }

    /// One length after the other, because that is how numbers are sorted.
    private mutating func numbers(_ beginning: String, _ limit: String) -> String {
        let (from, to) = (parameter(beginning), parameter(beginning + InvoiceSearch.last))
        return """
            SELECT p.id FROM generate_series(length(\(from)), \(InvoiceSearch.numberLengthMaximum)) AS l (length)
            CROSS JOIN LATERAL (
                SELECT i.id, i.number FROM invoices i
                WHERE i.number IS NOT NULL AND length(i.number) = l.length AND i.number COLLATE "C" >= \(from)
                    AND i.number COLLATE "C" < \(to)\(after(sort.columns)) AND \(conditions())
                ORDER BY \(sort.order) LIMIT \(limit)
            ) p ORDER BY length(p.number) \(sort.direction), p.number COLLATE "C" \(sort.direction) LIMIT \(limit)
            """
    }

    private mutating func found(_ hits: InvoiceSearch.Hits, _ limit: String) -> String {
        let beyond = after(sort.columns)
        let conditions = conditions()
        switch hits {
        case .many(let text):
            // So many that walking all invoices finds a page of them soon.
            let text = parameter(" " + text)
            return """
                SELECT i.id FROM invoices i JOIN customers c ON c.id = i.customer_id
                    JOIN invoice_documents d ON d.invoice_id = i.id
                WHERE \(conditions)\(beyond) AND \(InvoiceSearch.condition(text)) ORDER BY \(sort.order) LIMIT \(limit)
                """
        case .few(let invoices, let customers):
            return """
                SELECT i.id FROM (
                    SELECT i.id FROM invoices i WHERE i.id = ANY (\(parameter(invoices))) AND \(conditions)\(beyond)
                    UNION
                    SELECT p.id FROM unnest(\(parameter(customers))::uuid[]) AS k (id) CROSS JOIN LATERAL (
                        SELECT i.id FROM invoices i WHERE i.customer_id = k.id AND \(conditions)\(beyond)
                        ORDER BY \(sort.order) LIMIT \(limit)) p
                ) i ORDER BY \(sort.order) LIMIT \(limit)
                """
        }
    }

    private mutating func named(_ externalID: String) -> String {
        guard let organizationID else { return "false" }
        return """
            i.id IN (SELECT invoice_id FROM invoice_documents
                WHERE organization_id = \(parameter(organizationID)) AND external_id = \(parameter(externalID)))
            """
    }

    private mutating func made(by series: RecurringInvoiceID) -> String {
        "i.id IN (SELECT invoice_id FROM invoice_documents WHERE recurring_invoice_id = \(parameter(series)))"
    }

    private var organizationID: OrganizationID? {
        guard case .organization(let id) = filter.audience else { return nil }
        return id
    }

    private mutating func parameter(_ value: any PostgresEncodable) -> String {
        parameters.append(value)
        return "$\(parameters.count)"
    }

    /// The condition that begins where the page before ended.
    private mutating func after(_ columns: [String]) -> String {
        guard let cursor = filter.cursor else { return "" }
        let values = cursor.values.map { parameter($0) }.joined(separator: ", ")
        return " AND (\(columns.joined(separator: ", "))) \(sort.comparison) (\(values))"
    }

    /// Everything that was asked for, as conditions on `invoices i`.
    private mutating func conditions() -> String {
        var conditions: [String] = []
        func add(_ condition: String) { conditions.append(condition) }
        switch filter.audience {
        case .organization(let id): add("i.organization_id = \(parameter(id))")
        case .account(let id): add("c.account_id = \(parameter(id)) AND i.state <> 'draft'")
        }
        if let id = filter.customerID { add("i.customer_id = \(parameter(id))") }
        if let id = filter.subscriptionID { add("i.subscription_id = \(parameter(id))") }
        if let id = filter.recurringInvoiceID { add(made(by: id)) }
        if let externalID = filter.externalID { add(named(externalID)) }
        if let state = filter.state { add("i.state = \(parameter(state))") }
        if let debt = filter.debt { add("i.debt = \(parameter(debt))") }
        if let isOverdue = filter.isOverdue {
            let day = today.map { parameter($0) } ?? "(\(parameter(filter.now)) AT TIME ZONE i.zone)::date"
            add("(i.state = 'finalized' AND i.due_date < \(day)) = \(parameter(isOverdue))")
        }
        if let isAutopay = filter.isAutopay {
            let planned =
                "EXISTS (SELECT FROM unsettled_invoices p WHERE p.invoice_id = i.id AND p.is_autopay)"
            add("\(planned) = \(parameter(isAutopay))")
        }
        if let from = filter.due.from { add("i.due_date >= \(parameter(from))") }
        if let to = filter.due.to { add("i.due_date <= \(parameter(to))") }
        if let from = filter.issued.from { add("i.issue_date >= \(parameter(from))") }
        if let to = filter.issued.to { add("i.issue_date <= \(parameter(to))") }
        // An invoice's id begins with the moment of its creation.
        if let from = filter.created.from { add("i.id >= \(parameter(from.firstID))") }
        if let to = filter.created.to { add("i.id <= \(parameter(to.lastID))") }
        if let currency = filter.currency { add("i.currency = \(parameter(currency))") }
        if let from = filter.total.from { add("i.total >= \(parameter(from))") }
        if let to = filter.total.to { add("i.total <= \(parameter(to))") }
        if sort.key == .number { add("i.number IS NOT NULL") }
        if sort.key == .issueDate { add("i.issue_date IS NOT NULL") }
        if case .account = filter.audience, let search = filter.search {
            add(InvoiceSearch.condition(parameter(" " + search)))
        }
        return conditions.joined(separator: " AND ")
    }
}

extension Instant {
    /// No id that was made at this moment is before it.
    fileprivate var firstID: RawID { RawID(high: UInt64(clamping: microseconds / 1000) << 16, low: 0) }
    /// No id that was made at this moment is after it.
    fileprivate var lastID: RawID {
        RawID(high: UInt64(clamping: microseconds / 1000) << 16 | 0xFFFF, low: .max)
    }
}
