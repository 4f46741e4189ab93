/// Splits an amount by weights so that the parts add up to it exactly.
///
/// Each gets its share rounded down; what is left goes, one by one, to those who lost most by that, and among equals to
/// those who come first.
enum Apportionment {
    /// - Parameters:
    ///   - amount: Zero or more.
    ///   - weights: Zero or more each; a weight of zero gets nothing.
    /// - Returns: The parts in the order of the weights; nil when there is an amount and no weight to carry it, or when
    ///   something is below zero.
    static func parts(of amount: Int64, by weights: [Int64]) -> [Int64]? {
        guard amount >= 0, weights.allSatisfy({ $0 >= 0 }) else { return nil }
        guard amount > 0 else { return Array(repeating: 0, count: weights.count) }
        let sum = weights.reduce(Int128(0)) { $0 + Int128($1) }
        guard sum > 0 else { return nil }
        var parts: [Int64] = []
        var remainders: [(index: Int, rest: Int128)] = []
        var left = amount
        for (index, weight) in weights.enumerated() {
            let (part, rest) = (Int128(amount) * Int128(weight)).quotientAndRemainder(dividingBy: sum)
            // A part is at most the amount, so it fits.
            parts.append(Int64(truncatingIfNeeded: part))
            left -= Int64(truncatingIfNeeded: part)
            if rest > 0 { remainders.append((index, rest)) }
        }
        remainders.sort { ($1.rest, $0.index) < ($0.rest, $1.index) }
        // The remainders add up to what is left times the sum, so there are more of them than units left.
        for entry in remainders.prefix(Int(left)) { parts[entry.index] += 1 }
        return parts
    }
}
