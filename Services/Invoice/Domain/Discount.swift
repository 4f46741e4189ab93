/// What is taken off a line or an invoice before tax.
public enum Discount: Sendable, Hashable {
    /// A share of it.
    case percent(Percentage)
    /// Minor units of the invoice's currency.
    case fixed(Int64)

    /// What it comes to; of a fixed amount never more than there is, and nothing where there is nothing.
    func amount(off base: Int64) -> Int64? {
        guard base > 0 else { return 0 }
        switch self {
        case .percent(let percentage): return percentage.share(of: base)
        case .fixed(let amount): return min(amount, base)
        }
    }
}
