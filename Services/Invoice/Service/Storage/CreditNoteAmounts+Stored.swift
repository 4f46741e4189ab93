import InvoiceDomain
import Postgres
import Primitives

/// How the taxes and lines of a credit note are kept: they never change, and nobody looks for one of them.
extension CreditNoteAmounts {
    private struct StoredTax: Codable {
        let id: TaxRateID
        let tax: Int64
    }

    private struct StoredLine: Codable {
        let id: LineItemID
        let quantity: String?
        let amount: Int64
        let tax: Int64
    }

    private struct Unreadable: Error {}

    func taxesJSON() throws -> JSONB? {
        guard !taxes.isEmpty else { return nil }
        let stored = taxes.sorted { $0.key < $1.key }.map { StoredTax(id: $0.key, tax: $0.value) }
        return JSONB(try JSON.encode(stored))
    }

    func linesJSON() throws -> JSONB? {
        guard !lines.isEmpty else { return nil }
        let stored = lines.map {
            StoredLine(id: $0.id, quantity: $0.quantity?.text, amount: $0.amount, tax: $0.tax)
        }
        return JSONB(try JSON.encode(stored))
    }

    static func stored(
        amount: Int64, tax: Int64, taxes: JSONB?, lines: JSONB?
    ) throws(PostgresError) -> CreditNoteAmounts {
        do {
            let taxes = try taxes.map { try JSON.decode([StoredTax].self, from: $0.bytes) } ?? []
            let lines = try lines.map { try JSON.decode([StoredLine].self, from: $0.bytes) } ?? []
            return CreditNoteAmounts(
                amount: amount, tax: tax,
                taxes: Dictionary(taxes.map { ($0.id, $0.tax) }) { first, _ in first },
                lines: try lines.map { line in
                    let quantity = line.quantity.map { ExactDecimal($0) }
                    if case .some(.none) = quantity { throw Unreadable() }
                    return Line(
                        id: line.id, quantity: quantity ?? nil, amount: line.amount, tax: line.tax)
                })
        } catch {
            throw PostgresError(code: .decoding, message: "the amounts of a credit note are not readable")
        }
    }
}
