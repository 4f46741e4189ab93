import Primitives

extension FieldReader {
    /// How much a person pays: everything, unless `instalment` says `next` or `amount` names a sum.
    func portion(in currency: Currency) -> StartPayment.Portion {
        let instalment = choice("instalment", InstalmentChoice.self)
        guard let amount = money("amount", currency, in: 1...1_000_000_000_000_000) else {
            return instalment == .next ? .nextInstalment : .everything
        }
        if instalment != nil { refuse("amount", "conflicting", "Give either instalment or amount.") }
        return .exactly(amount.minorUnits)
    }
}

private enum InstalmentChoice: String, CaseIterable {
    case next
    case all
}
