import InvoiceDomain
import Postgres
import Primitives

/// What the items of a subscription come to, as lines.
struct SubscriptionLines {
    let items: [Subscription.Item]
    let zone: Zone

    /// What is paid in advance for a period, or for the part of one that a subscription begins with.
    func advance(for period: Period, of whole: Period) throws(InvoiceRuleViolation) -> [SubscriptionCharge] {
        var charges: [SubscriptionCharge] = []
        for item in items {
            guard let quantity = item.quantity else { continue }
            let terms = item.price.terms
            guard period == whole else {
                let amount = try Proration.share(
                    of: terms.scheme.amount(for: quantity), period, of: whole)
                guard amount != 0 else { continue }
                let text = "\(item.planName) × \(quantity.decimal.text), \(days(of: period))"
                charges.append(
                    SubscriptionCharge(description: text, amount: amount, taxRates: terms.taxRates))
                continue
            }
            charges += try parts(of: item, quantity, named: item.planName, period)
        }
        return charges
    }

    /// What was used in a period that is over.
    func usage(
        _ usages: [String: MeteredUsage], in period: Period
    ) throws(InvoiceRuleViolation) -> [SubscriptionCharge] {
        var charges: [SubscriptionCharge] = []
        for item in items {
            guard let metering = item.price.terms.metering, let usage = usages[metering.meter] else {
                continue
            }
            charges += try parts(
                of: item, usage.quantity(metering.aggregation), named: "\(item.planName): \(metering.meter)",
                period)
        }
        return charges
    }

    private func parts(
        of item: Subscription.Item, _ quantity: Quantity, named name: String, _ period: Period
    ) throws(InvoiceRuleViolation) -> [SubscriptionCharge] {
        try item.price.terms.scheme.parts(for: quantity).map { part in
            let tier = part.tier.map { part.isTierFee ? ", fee of tier \($0)" : ", tier \($0)" } ?? ""
            return SubscriptionCharge(
                description: "\(name)\(tier), \(days(of: period))", quantity: part.quantity,
                unitPrice: part.unitPrice, taxRates: item.price.terms.taxRates)
        }
    }

    /// The lines of a change, from the items of before to these.
    func change(
        from old: [Subscription.Item], rest: Period, of whole: Period
    ) throws(InvoiceRuleViolation) -> [SubscriptionCharge] {
        let (before, after) = (try Self.advanceItems(old), try Self.advanceItems(items))
        let lines = try Proration.lines(from: before, to: after, for: rest, of: whole)
        return lines.map { line in
            let item = (old + items).first { $0.price.id == line.item.priceID }
            let text =
                "\(line.amount < 0 ? "Unused" : "Rest of"): \(item?.planName ?? "") × "
                + "\(line.item.quantity.decimal.text), \(days(of: rest))"
            return SubscriptionCharge(
                description: text, amount: line.amount, taxRates: item?.price.terms.taxRates ?? [])
        }
    }

    private static func advanceItems(
        _ items: [Subscription.Item]
    ) throws(InvoiceRuleViolation) -> [Proration.Item] {
        var result: [Proration.Item] = []
        for item in items {
            guard let quantity = item.quantity else { continue }
            result.append(
                Proration.Item(
                    priceID: item.price.id, quantity: quantity,
                    amount: try item.price.terms.scheme.amount(for: quantity)))
        }
        return result
    }

    /// The first and the last day of a period, as people say it.
    private func days(of period: Period) -> String {
        "\(zone.date(at: period.start)) to \(zone.date(at: period.end - .microseconds(1)))"
    }
}
