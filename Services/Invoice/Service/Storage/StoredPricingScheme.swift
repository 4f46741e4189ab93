import InvoiceDomain
import Postgres
import Primitives

extension PricingScheme {
    /// Reads `model`, `unit_price`, `package_size` and `tiers`.
    init(_ row: Row, at first: Int) throws(PostgresError) {
        let price = try row.get(first + 1, as: String?.self).flatMap { ExactDecimal($0) }
        let size = try row.get(first + 2, as: Int64?.self)
        let tiers = try PriceTiers.all(try row.get(first + 3, as: JSONB?.self))
        switch (try row.get(first, as: String.self), price, size, tiers) {
        case ("flat", .some(let price), _, _): self = .flat(price)
        case ("per_unit", .some(let price), _, _): self = .perUnit(price)
        case ("package", .some(let price), .some(let size), _):
            self = .package(size: Quantity(millionths: size), price: price)
        case ("graduated", _, _, .some(let tiers)): self = .graduated(tiers)
        case ("volume", _, _, .some(let tiers)): self = .volume(tiers)
        default: throw PostgresError(code: .decoding, message: "the model of a price is not readable")
        }
    }

    /// As the interface and the table call it.
    var model: String {
        switch self {
        case .flat: "flat"
        case .perUnit: "per_unit"
        case .package: "package"
        case .graduated: "graduated"
        case .volume: "volume"
        }
    }

    /// The price of one, or of one package; tiers have their own.
    var unitPrice: ExactDecimal? {
        switch self {
        case .flat(let price), .perUnit(let price), .package(_, let price): price
        case .graduated, .volume: nil
        }
    }

    /// What belongs into a package.
    var packageSize: Quantity? {
        if case .package(let size, _) = self { size } else { nil }
    }

    /// The steps of the price.
    var tiers: PriceTiers? {
        switch self {
        case .flat, .perUnit, .package: nil
        case .graduated(let tiers), .volume(let tiers): tiers
        }
    }
}

extension PriceTiers {
    private struct Stored: Codable {
        let upTo: Int64?
        let unitPrice: String
        let fee: Int64
    }

    private struct Unreadable: Error {}

    /// As the table keeps them: bounds in millionths, prices in minor units.
    var json: JSONB {
        var writer = JSONWriter()
        writer.beginArray()
        for tier in all {
            writer.beginObject()
            writer.member("up_to", tier.upTo?.millionths)
            writer.member("unit_price", tier.unitPrice.text)
            writer.member("fee", tier.fee)
            writer.endObject()
        }
        writer.endArray()
        return JSONB(writer.bytes)
    }

    static func all(_ stored: JSONB?) throws(PostgresError) -> PriceTiers? {
        guard let stored else { return nil }
        do {
            let tiers = try JSON.decode([Stored].self, from: stored.bytes).map { tier in
                guard let unitPrice = ExactDecimal(tier.unitPrice) else { throw Unreadable() }
                return PriceTier(
                    upTo: tier.upTo.map { Quantity(millionths: $0) }, unitPrice: unitPrice, fee: tier.fee)
            }
            guard let tiers = PriceTiers(tiers) else { throw Unreadable() }
            return tiers
        } catch {
            throw PostgresError(code: .decoding, message: "the tiers of a price are not readable")
        }
    }
}
