import InvoiceDomain
import Postgres

extension TaxStatus: PostgresCodable {}

extension Percentage: PostgresCodable {
    /// Stored in millionths.
    static var postgresType: PostgresType { Int64.postgresType }

    /// Writes the millionths.
    func encode(into buffer: inout PostgresBuffer) { partsPerMillion.encode(into: &buffer) }

    /// Reads millionths from nothing to all.
    static func decode(_ cell: PostgresCell) throws(PostgresError) -> Percentage {
        guard let percentage = Percentage(partsPerMillion: try Int64.decode(cell)) else {
            throw PostgresError(code: .decoding, message: "a share is between nothing and all")
        }
        return percentage
    }
}

extension Discount {
    /// What a row says: a share, or an amount, or nothing.
    init?(percentage: Percentage?, amount: Int64?) {
        if let percentage {
            self = .percent(percentage)
        } else if let amount {
            self = .fixed(amount)
        } else {
            return nil
        }
    }

    /// The share, where it is one.
    var percentage: Percentage? {
        if case .percent(let percentage) = self { percentage } else { nil }
    }

    /// The amount, where it is one.
    var fixedAmount: Int64? {
        if case .fixed(let amount) = self { amount } else { nil }
    }
}
