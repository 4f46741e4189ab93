import Testing

@testable import InvoiceDomain

@Suite("Allocation by largest remainder")
struct ApportionmentTests {
    @Test(
        "what is left goes to the largest remainders, among equals to the first",
        arguments: [
            (10, [1, 1, 1], [4, 3, 3]), (2, [1, 1, 1], [1, 1, 0]), (1, [1, 2, 3], [0, 0, 1]),
            (100, [50, 30, 20], [50, 30, 20]), (0, [5, 5], [0, 0]), (7, [0, 3, 0], [0, 7, 0]), (0, [0], [0]),
            (5, [2, 2, 1], [2, 2, 1]), (99, [333, 333, 334], [33, 33, 33]),
        ] as [(Int64, [Int64], [Int64])])
    func examples(amount: Int64, weights: [Int64], expected: [Int64]) {
        #expect(Apportionment.parts(of: amount, by: weights) == expected)
    }

    @Test(
        "of every small amount, by every small weights, the parts add up and none is a unit away from its share"
    )
    func exhaustive() throws {
        for first in 0...6 as ClosedRange<Int64> {
            for second in 0...6 as ClosedRange<Int64> {
                for third in 0...6 as ClosedRange<Int64> where first + second + third > 0 {
                    let weights = [first, second, third]
                    let sum = weights.reduce(0, +)
                    for amount in 0...25 as ClosedRange<Int64> {
                        let parts = try #require(Apportionment.parts(of: amount, by: weights))
                        #expect(parts.reduce(0, +) == amount)
                        for (part, weight) in zip(parts, weights) {
                            #expect(abs(part * sum - amount * weight) < sum)
                            if amount <= sum { #expect(part <= weight) }
                        }
                    }
                }
            }
        }
    }

    @Test("the largest amounts do not overflow")
    func largest() {
        let parts = Apportionment.parts(of: .max, by: [.max, .max, .max])
        #expect(parts?.reduce(0, +) == .max)
    }

    @Test("what cannot be split is refused")
    func refused() {
        #expect(Apportionment.parts(of: 1, by: []) == nil)
        #expect(Apportionment.parts(of: 1, by: [0, 0]) == nil)
        #expect(Apportionment.parts(of: -1, by: [1]) == nil)
        #expect(Apportionment.parts(of: 1, by: [2, -1]) == nil)
    }
}
