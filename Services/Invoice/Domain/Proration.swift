public import Primitives

/// What a price of which a customer has only a part of the period comes to.
///
/// Time counts in whole seconds; a moment between two counts as the earlier. An amount is shared by the seconds that are
/// left over the seconds of the whole period and rounded half up, away from zero for what is given back: a change that
/// is undone in the same second costs nothing.
public enum Proration {
    /// The share of an amount of a whole period.
    ///
    /// - Throws: `InvoiceRuleViolation.amountTooLarge` when it does not fit.
    public static func share(
        of amount: Int64, _ part: Period, of whole: Period
    ) throws(InvoiceRuleViolation) -> Int64 {
        guard part.seconds > 0 else { return 0 }
        guard part.seconds < whole.seconds else { return amount }
        guard let share = HalfUp.quotient(Int128(amount) * Int128(part.seconds), Int128(whole.seconds))
        else { throw .amountTooLarge }
        return share
    }

    /// What a customer has of a price that is paid in advance.
    public struct Item: Sendable, Hashable {
        /// The price.
        public let priceID: PriceID
        /// How much of it.
        public let quantity: Quantity
        /// What it costs for a whole period.
        public let amount: Int64

        /// An item.
        public init(priceID: PriceID, quantity: Quantity, amount: Int64) {
            self.priceID = priceID
            self.quantity = quantity
            self.amount = amount
        }
    }

    /// What a change gives back, below zero, or asks for.
    public struct Line: Sendable, Hashable {
        /// For which item.
        public let item: Item
        /// In minor units.
        public let amount: Int64
        /// From when to when.
        public let period: Period
    }

    /// The lines of a change.
    ///
    /// First what is given back of every item that is not the same afterwards, then what the others cost for the rest
    /// of the period. What comes to nothing has no line.
    ///
    /// - Parameters:
    ///   - old: What the customer had, and has paid until the end of the period.
    ///   - new: What they have from now on.
    ///   - rest: From the change to the end of the period.
    ///   - whole: The whole period, of which the present one may be a part.
    /// - Returns: The lines.
    /// - Throws: `InvoiceRuleViolation.amountTooLarge`.
    public static func lines(
        from old: [Item], to new: [Item], for rest: Period, of whole: Period
    ) throws(InvoiceRuleViolation) -> [Line] {
        var lines: [Line] = []
        for item in old where !new.contains(item) {
            lines.append(
                Line(item: item, amount: -(try share(of: item.amount, rest, of: whole)), period: rest))
        }
        for item in new where !old.contains(item) {
            lines.append(Line(item: item, amount: try share(of: item.amount, rest, of: whole), period: rest))
        }
        return lines.filter { $0.amount != 0 }
    }

    /// Takes of credits, each below zero, as much as there is room for, in their order.
    ///
    /// - Returns: What is taken and what is left of each, both zero or below.
    public static func fit(_ credits: [Int64], into room: Int64) -> [(taken: Int64, left: Int64)] {
        var room = max(0, room)
        return credits.map { credit in
            let taken = -min(-credit, room)
            room += taken
            return (taken, credit - taken)
        }
    }
}
