import InvoiceDomain
import Postgres
import Primitives

/// In which order a list of invoices is, and from where on.
struct InvoiceSort: Sendable, Hashable {
    /// What the order follows.
    enum Key: String, Sendable, CaseIterable {
        case created
        case dueDate = "due_date"
        case issueDate = "issue_date"
        case total
        case number
    }

    let key: Key
    let isDescending: Bool

    init(_ key: Key, isDescending: Bool = true) {
        self.key = key
        self.isDescending = isDescending
    }

    /// Reads `due_date` or `-due_date`.
    init?(_ text: String) {
        let isDescending = text.hasPrefix("-")
        guard let key = Key(rawValue: isDescending ? String(text.dropFirst()) : text) else { return nil }
        self.init(key, isDescending: isDescending)
    }

    var direction: String { isDescending ? "DESC" : "ASC" }
    var comparison: String { isDescending ? "<" : ">" }

    /// What the rows of `invoices i` are ordered by; unique in an organization, so that a page ends somewhere.
    var columns: [String] {
        switch key {
        case .created: ["i.id"]
        case .dueDate: ["i.due_date", "i.id"]
        case .issueDate: ["i.issue_date", "i.id"]
        case .total: ["i.total", "i.id"]
        case .number: ["length(i.number)", #"i.number COLLATE "C""#]
        }
    }

    var order: String { columns.map { "\($0) \(direction)" }.joined(separator: ", ") }
}

/// The last invoice of a page, as far as the order of the list needs it.
enum InvoiceCursor: Sendable, Hashable {
    case created(InvoiceID)
    case dueDate(CivilDate, InvoiceID)
    case issueDate(CivilDate, InvoiceID)
    case total(Int64, InvoiceID)
    case number(String)

    /// Where a page in some order ends.
    init?(_ invoice: Invoice, _ key: InvoiceSort.Key) {
        switch key {
        case .created: self = .created(invoice.id)
        case .dueDate: self = .dueDate(invoice.dueDate, invoice.id)
        case .issueDate:
            guard let date = invoice.issueDate else { return nil }
            self = .issueDate(date, invoice.id)
        case .total: self = .total(invoice.changing.standing.amounts.total, invoice.id)
        case .number:
            guard let number = invoice.number else { return nil }
            self = .number(number)
        }
    }

    /// Reads what `text` wrote for a list in the same order; nil for anything else.
    init?(_ text: String, _ key: InvoiceSort.Key) {
        if key == .created {
            guard let id = InvoiceID(text) else { return nil }
            self = .created(id)
            return
        }
        let parts = text.split(separator: "." as Character, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.first == Substring(key.rawValue), parts.count == (key == .number ? 2 : 3) else {
            return nil
        }
        let value = String(parts[1])
        if key == .number {
            self = .number(value)
            return
        }
        guard let id = InvoiceID(String(parts[2])) else { return nil }
        switch key {
        case .dueDate, .issueDate:
            guard let date = CivilDate(value) else { return nil }
            self = key == .dueDate ? .dueDate(date, id) : .issueDate(date, id)
        case .total:
            guard let total = Int64(value) else { return nil }
            self = .total(total, id)
        case .created, .number: return nil
        }
    }

    var text: String {
        switch self {
        case .created(let id): id.description
        case .dueDate(let date, let id): "due_date.\(date).\(id)"
        case .issueDate(let date, let id): "issue_date.\(date).\(id)"
        case .total(let total, let id): "total.\(total).\(id)"
        case .number(let number): "number.\(number)"
        }
    }

    /// What the order's columns are compared with.
    var values: [any PostgresEncodable] {
        switch self {
        case .created(let id): [id]
        case .dueDate(let date, let id), .issueDate(let date, let id): [date, id]
        case .total(let total, let id): [total, id]
        case .number(let number): [number.unicodeScalars.count, number]
        }
    }
}
