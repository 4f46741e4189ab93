import Foundation

/// Measured times, in order.
struct Distribution {
    private let sorted: [Double]

    init(_ samples: [Double]) {
        precondition(!samples.isEmpty)
        sorted = samples.sorted()
    }

    var count: Int { sorted.count }

    /// The time that such a part of the samples does not exceed.
    func quantile(_ part: Double) -> Double {
        sorted[min(sorted.count - 1, Int((part * Double(sorted.count)).rounded(.down)))]
    }

    /// The greatest distance between two cumulative distributions (Kolmogorov and Smirnov): 0 for the same, 1 for apart.
    func distance(to other: Distribution) -> Double {
        var (mine, theirs, greatest) = (0, 0, 0.0)
        while mine < sorted.count, theirs < other.sorted.count {
            let value = min(sorted[mine], other.sorted[theirs])
            while mine < sorted.count, sorted[mine] <= value { mine += 1 }
            while theirs < other.sorted.count, other.sorted[theirs] <= value { theirs += 1 }
            let gap = Double(mine) / Double(sorted.count) - Double(theirs) / Double(other.sorted.count)
            greatest = max(greatest, abs(gap))
        }
        return greatest
    }

    /// How probable at least this distance is between samples of one and the same distribution.
    func probability(ofDistanceTo other: Distribution) -> Double {
        let size = sqrt(Double(count * other.count) / Double(count + other.count))
        let scaled = (size + 0.12 + 0.11 / size) * distance(to: other)
        // The series does not converge for nearly nothing, whose probability is 1.
        guard scaled > 0.2 else { return 1 }
        let sum = (1...100).reduce(0.0) { sum, term in
            let k = Double(term)
            return sum + (term.isMultiple(of: 2) ? -1 : 1) * exp(-2 * k * k * scaled * scaled)
        }
        return min(1, max(0, 2 * sum))
    }
}
