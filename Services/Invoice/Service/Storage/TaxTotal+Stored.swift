import InvoiceDomain
import Postgres
import Primitives

extension TaxTotal {
    private struct Stored: Codable {
        let id: TaxRateID
        let name: String
        let partsPerMillion: Int64
        let isInclusive: Bool
        let country: String?
        let jurisdiction: String?
        let net: Int64
        let tax: Int64
    }

    private struct Unreadable: Error {}

    /// What an invoice keeps of its rates, which does not change with them.
    static func json(_ totals: [TaxTotal]) -> JSONB? {
        guard !totals.isEmpty else { return nil }
        var writer = JSONWriter()
        writer.beginArray()
        for total in totals {
            writer.beginObject()
            writer.member("id", total.rate.id)
            writer.member("name", total.rate.name)
            writer.member("parts_per_million", total.rate.percentage.partsPerMillion)
            writer.member("is_inclusive", total.rate.isInclusive)
            writer.member("country", total.rate.country)
            writer.member("jurisdiction", total.rate.jurisdiction)
            writer.member("net", total.net)
            writer.member("tax", total.tax)
            writer.endObject()
        }
        writer.endArray()
        return JSONB(writer.bytes)
    }

    static func all(_ stored: JSONB?) throws(PostgresError) -> [TaxTotal] {
        guard let stored else { return [] }
        do {
            return try JSON.decode([Stored].self, from: stored.bytes).map { total in
                guard let percentage = Percentage(partsPerMillion: total.partsPerMillion) else {
                    throw Unreadable()
                }
                let rate = TaxRate(
                    id: total.id, name: total.name, percentage: percentage, isInclusive: total.isInclusive,
                    country: total.country, jurisdiction: total.jurisdiction)
                return TaxTotal(rate: rate, net: total.net, tax: total.tax)
            }
        } catch {
            throw PostgresError(code: .decoding, message: "the taxes of an invoice are not readable")
        }
    }
}
