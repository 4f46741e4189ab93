public import Primitives

/// How a quantity becomes an amount; prices are in minor units and may be finer than one.
public enum PricingScheme: Sendable, Hashable {
    /// The same whatever the quantity.
    case flat(ExactDecimal)
    /// So much for each: per seat, per call.
    case perUnit(ExactDecimal)
    /// So much for each package that was begun.
    case package(size: Quantity, price: ExactDecimal)
    /// Each part of the quantity at the price of the tier that it falls into.
    case graduated(PriceTiers)
    /// The whole quantity at the price of the tier that it reaches.
    case volume(PriceTiers)

    /// One line of what a quantity costs.
    public struct Part: Sendable, Hashable {
        /// How much of it.
        public let quantity: ExactDecimal
        /// The price of one, in minor units.
        public let unitPrice: ExactDecimal
        /// What it comes to, rounded half up.
        public let total: Int64
        /// The tier, counted from 1, where there are tiers.
        public let tier: Int?
        /// Whether it is the fee for reaching the tier.
        public let isTierFee: Bool

        init(
            _ quantity: ExactDecimal, at unitPrice: ExactDecimal, tier: Int? = nil, isTierFee: Bool = false
        ) throws(InvoiceRuleViolation) {
            guard let total = HalfUp.product(quantity, unitPrice),
                total.magnitude <= InvoiceStanding.maximumAmount.magnitude
            else { throw .amountTooLarge }
            self.quantity = quantity
            self.unitPrice = unitPrice
            self.total = total
            self.tier = tier
            self.isTierFee = isTierFee
        }
    }

    private static let one = ExactDecimal(coefficient: 1, fractionDigits: 0)

    /// The lines of a quantity; nothing costs nothing, also where a tier has a fee.
    ///
    /// - Throws: `InvoiceRuleViolation.amountTooLarge`.
    public func parts(for quantity: Quantity) throws(InvoiceRuleViolation) -> [Part] {
        guard quantity > .zero else { return [] }
        switch self {
        case .flat(let price): return [try Part(Self.one, at: price)]
        case .perUnit(let price): return [try Part(quantity.decimal, at: price)]
        case .package(let size, let price):
            let (whole, rest) = quantity.millionths.quotientAndRemainder(dividingBy: size.millionths)
            let count = ExactDecimal(coefficient: rest > 0 ? whole + 1 : whole, fractionDigits: 0)
            return [try Part(count, at: price)]
        case .graduated(let tiers): return try Self.graduated(tiers, quantity)
        case .volume(let tiers):
            guard let index = tiers.all.firstIndex(where: { $0.reaches(quantity) }) else { return [] }
            return try Self.parts(of: tiers.all[index], at: index, quantity)
        }
    }

    /// What a quantity comes to: its lines are rounded, then added.
    ///
    /// - Throws: `InvoiceRuleViolation.amountTooLarge`.
    public func amount(for quantity: Quantity) throws(InvoiceRuleViolation) -> Int64 {
        var sum: Int64 = 0
        for part in try parts(for: quantity) {
            sum += part.total
            guard sum.magnitude <= InvoiceStanding.maximumAmount.magnitude else { throw .amountTooLarge }
        }
        return sum
    }

    private static func graduated(
        _ tiers: PriceTiers, _ quantity: Quantity
    ) throws(InvoiceRuleViolation) -> [Part] {
        var parts: [Part] = []
        var below = Quantity.zero
        for (index, tier) in tiers.all.enumerated() where quantity > below {
            let top = min(tier.upTo ?? quantity, quantity)
            let inside = Quantity(millionths: top.millionths - below.millionths)
            parts += try Self.parts(of: tier, at: index, inside)
            below = top
        }
        return parts
    }

    private static func parts(
        of tier: PriceTier, at index: Int, _ quantity: Quantity
    ) throws(InvoiceRuleViolation) -> [Part] {
        var parts = [try Part(quantity.decimal, at: tier.unitPrice, tier: index + 1)]
        if tier.fee > 0 {
            let fee = ExactDecimal(coefficient: tier.fee, fractionDigits: 0)
            parts.append(try Part(one, at: fee, tier: index + 1, isTierFee: true))
        }
        return parts
    }
}

/// One step of a price.
public struct PriceTier: Sendable, Hashable {
    /// The largest quantity that still belongs to it; nil for the last.
    public let upTo: Quantity?
    /// The price of one, in minor units.
    public let unitPrice: ExactDecimal
    /// What is added once the tier is reached, in minor units.
    public let fee: Int64

    /// A tier.
    public init(upTo: Quantity?, unitPrice: ExactDecimal, fee: Int64 = 0) {
        self.upTo = upTo
        self.unitPrice = unitPrice
        self.fee = fee
    }

    fileprivate func reaches(_ quantity: Quantity) -> Bool { upTo.map { quantity <= $0 } ?? true }
}

/// The steps of a price: they rise, and the last has no end, so every quantity has its tier.
public struct PriceTiers: Sendable, Hashable {
    /// In their order.
    public let all: [PriceTier]

    /// A price has at most so many.
    public static let maximumCount = 20

    /// Tiers; nil when they do not rise, the last one ends, or there are none or too many.
    public init?(_ tiers: [PriceTier]) {
        guard (1...Self.maximumCount).contains(tiers.count), tiers.last?.upTo == nil else { return nil }
        var below = Quantity.zero
        for tier in tiers.dropLast() {
            guard let top = tier.upTo, top > below else { return nil }
            below = top
        }
        all = tiers
    }
}

/// How the usage of a period becomes one quantity.
public enum UsageAggregation: String, Sendable, Hashable, CaseIterable {
    /// Everything added.
    case sum
    /// The largest.
    case max
    /// The latest.
    case last
    /// How many different things were counted.
    case uniqueCount = "unique_count"
}
