/// With what a payer lets something be paid.
public enum PayWith: String, Hashable, Sendable, CaseIterable {
    /// A card alone.
    case card
    /// The wallet alone, or not at all.
    case wallet
    /// The wallet first, and a card for the rest.
    case walletThenCard = "wallet_then_card"

    /// What each of them pays.
    public struct Split: Hashable, Sendable {
        /// In minor units.
        public let walletMinor: Int64
        /// In minor units.
        public let cardMinor: Int64

        /// The parts, which add up to what is open.
        public init(walletMinor: Int64, cardMinor: Int64) {
            self.walletMinor = walletMinor
            self.cardMinor = cardMinor
        }
    }

    /// Splits what is open.
    ///
    /// - Parameters:
    ///   - openMinor: What is to be paid, in minor units.
    ///   - availableMinor: What the wallet can give.
    /// - Returns: nil when the wallet alone was allowed and has too little.
    public func split(openMinor: Int64, availableMinor: Int64) -> Split? {
        switch self {
        case .card: return Split(walletMinor: 0, cardMinor: openMinor)
        case .wallet:
            guard availableMinor >= openMinor else { return nil }
            return Split(walletMinor: openMinor, cardMinor: 0)
        case .walletThenCard:
            let part = min(openMinor, max(0, availableMinor))
            return Split(walletMinor: part, cardMinor: openMinor - part)
        }
    }
}
