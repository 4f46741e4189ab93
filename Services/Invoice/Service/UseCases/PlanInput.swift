import InvoiceDomain
import Postgres
import Primitives

/// What a sender says about a plan.
struct PlanInput: Sendable {
    let name: String?
    let description: CouponInput.Setting<String>
    let metadata: CouponInput.Setting<JSONB>
    let isActive: Bool?

    /// Reads the body; problems are collected in the reader.
    init(_ fields: FieldReader, body: JSONNode) {
        name = fields.string("name", minimumLength: 1, maximumLength: 200)
        description = CouponInput.Setting(
            "description", in: fields, fields.string("description", maximumLength: 1_000))
        metadata = CouponInput.Setting(
            "metadata", in: fields, fields.metadata("metadata", body["metadata"]))
        isActive = fields.bool("active")
    }

    /// Puts what was given in the place of what was.
    func apply(to plan: inout Plan) {
        plan.name = name ?? plan.name
        plan.description = description.value(instead: plan.description)
        plan.metadata = metadata.value(instead: plan.metadata)
        plan.isActive = isActive ?? plan.isActive
    }
}

/// What a sender says about a new price.
struct PriceInput: Sendable {
    let planID: PlanID
    let terms: PriceTerms

    private static let trialDaysMaximum: Int64 = 730

    /// Reads the body; problems are collected in the reader.
    init?(_ fields: FieldReader) {
        let planID = fields.require("plan_id", fields.id("plan_id", of: Kind.Plan.self))
        let currency = fields.require("currency", fields.currency("currency"))
        let unit = fields.require("interval", fields.choice("interval", BillingInterval.Unit.self))
        let count = fields.integer("interval_count", in: 1...366) ?? 1
        let metering = Self.metering(fields)
        let trialDays = fields.integer("trial_days", in: 0...Self.trialDaysMaximum) ?? 0
        let taxRates = fields.ids("tax_rates", of: Kind.TaxRate.self, count: 0...TaxRate.maximumPerLine) ?? []
        let scheme = currency.flatMap { Self.scheme(fields, in: $0) }
        if currency == nil { _ = Self.model(fields) }
        if case .flat = scheme, metering != nil {
            fields.refuse("model", "conflicting", "What is counted by a meter is not flat.")
        }
        guard let planID, let currency, let scheme, let unit, fields.errors.isEmpty,
            let interval = BillingInterval(Int(count), unit)
        else { return nil }
        self.planID = planID
        terms = PriceTerms(
            currency: currency, interval: interval, scheme: scheme, metering: metering,
            trialDays: Int(trialDays), taxRates: taxRates)
    }

    private enum Model: String, CaseIterable {
        case flat
        case perUnit = "per_unit"
        case package
        case graduated
        case volume
    }

    private static func model(_ fields: FieldReader) -> Model? {
        fields.require("model", fields.choice("model", Model.self))
    }

    private static func metering(_ fields: FieldReader) -> Price.Metering? {
        let meter = fields.parsed("meter", UsageEventInput.meterForm, UsageEventInput.meter)
        let aggregation = fields.choice("aggregation", UsageAggregation.self)
        guard let meter else {
            if aggregation != nil { fields.refuse("meter", "required", "An aggregation needs a meter.") }
            return nil
        }
        return Price.Metering(meter: meter, aggregation: aggregation ?? .sum)
    }

    private static func scheme(_ fields: FieldReader, in currency: Currency) -> PricingScheme? {
        guard let model = model(fields) else { return nil }
        let isTiered = model == .graduated || model == .volume
        if isTiered, fields.contains("unit_amount") {
            fields.refuse("unit_amount", "conflicting", "Tiers have prices of their own.")
        }
        if !isTiered, fields.contains("tiers") {
            fields.refuse("tiers", "conflicting", "Only graduated and volume prices have tiers.")
        }
        if model != .package, fields.contains("package_size") {
            fields.refuse("package_size", "conflicting", "Only a price by package has this.")
        }
        switch model {
        case .flat: return price(fields, in: currency).map { .flat($0) }
        case .perUnit: return price(fields, in: currency).map { .perUnit($0) }
        case .package:
            let size = fields.require("package_size", quantity(fields, "package_size"))
            guard let price = price(fields, in: currency), let size else { return nil }
            return .package(size: size, price: price)
        case .graduated: return tiers(fields, in: currency).map { .graduated($0) }
        case .volume: return tiers(fields, in: currency).map { .volume($0) }
        }
    }

    private static func price(_ fields: FieldReader, in currency: Currency) -> ExactDecimal? {
        guard let decimal = fields.require("unit_amount", fields.decimal("unit_amount")) else { return nil }
        guard let price = decimal.inMinorUnits(of: currency),
            price.fractionDigits <= InvoiceLine.maximumPriceDigits, price.coefficient >= 0,
            price.times(minorUnits: 1) ?? .max <= InvoiceLine.maximumUnitAmount
        else {
            fields.refuse(
                "unit_amount", "out_of_range", "This must be zero or more, and not too large or fine.")
            return nil
        }
        return price
    }

    private static func quantity(_ fields: FieldReader, _ name: String) -> Quantity? {
        guard let decimal = fields.decimal(name) else { return nil }
        if let quantity = Quantity(decimal), quantity > .zero { return quantity }
        fields.refuse(name, "out_of_range", "This must be above zero with at most 6 digits behind the point.")
        return nil
    }

    private static func tiers(_ fields: FieldReader, in currency: Currency) -> PriceTiers? {
        let items = fields.objects("tiers", count: 1...PriceTiers.maximumCount)
        guard let items = fields.require("tiers", items) else { return nil }
        let fees = 0...InvoiceLine.maximumUnitAmount
        let tiers = items.compactMap { item -> PriceTier? in
            let upTo = quantity(item, "up_to")
            let fee = item.money("flat_amount", currency, in: fees)
            guard let unitPrice = price(item, in: currency) else { return nil }
            return PriceTier(upTo: upTo, unitPrice: unitPrice, fee: fee?.minorUnits ?? 0)
        }
        guard fields.errors.isEmpty else { return nil }
        if let tiers = PriceTiers(tiers) { return tiers }
        fields.refuse("tiers", "out_of_range", "The bounds must rise, and the last tier has no up_to.")
        return nil
    }
}
