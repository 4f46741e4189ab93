import Foundation
import InvoiceDomain
import Primitives
import TestKit
import Testing

@Suite("Proration and tiers against exact fractions", .timeLimit(.minutes(10)))
struct ProrationTests {
    private static let seed: UInt64 = 90_210

    private static func period(_ start: Int64, _ end: Int64) -> Period {
        Period(start: Instant(seconds: start), end: Instant(seconds: end))
    }

    private static func answers(to questions: [String]) async throws -> [Int64] {
        let file = FileManager.default.temporaryDirectory.appending(path: "proration-\(UUID()).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        try questions.joined(separator: "\n").write(to: file, atomically: false, encoding: .utf8)
        return try await ChildProcess.succeed(["/usr/bin/python3", "Tests/Oracles/proration.py", file.path])
            .split(separator: "\n").compactMap { Int64($0) }
    }

    @Test("every second of a short period, for amounts around every half, is what fractions say")
    func everySecond() async throws {
        var questions: [String] = []
        var results: [Int64] = []
        for length in [1, 2, 3, 7, 59, 60, 61] as [Int64] {
            let whole = Self.period(1_000, 1_000 + length)
            for start in 1_000...whole.end.seconds {
                for amount in (-40...40).map({ Int64($0) }) + [999, 1_000, 123_457] {
                    questions.append(
                        """
                        {"kind":"share","amount":\(amount),"start":\(start),"end":\(whole.end.seconds),\
                        "whole_start":1000,"whole_end":\(whole.end.seconds)}
                        """)
                    results.append(
                        try Proration.share(
                            of: amount, Period(start: Instant(seconds: start), end: whole.end), of: whole))
                }
            }
        }
        #expect(results.count > 15_000)
        #expect(try await Self.answers(to: questions) == results)
    }

    @Test("random amounts and moments of months and years are what fractions say")
    func random() async throws {
        var numbers = SeededNumbers(seed: Self.seed)
        var questions: [String] = []
        var results: [Int64] = []
        for _ in 0..<6_000 {
            let start = Int64.random(in: 1_500_000_000...2_500_000_000, using: &numbers)
            let length = Int64.random(in: 1...400 * 86_400, using: &numbers)
            let moment = Int64.random(in: start...start + length, using: &numbers)
            let bound = InvoiceStanding.maximumAmount
            let amount = Int64.random(in: -bound...bound, using: &numbers)
            questions.append(
                """
                {"kind":"share","amount":\(amount),"start":\(moment),"end":\(start + length),\
                "whole_start":\(start),"whole_end":\(start + length)}
                """)
            results.append(
                try Proration.share(
                    of: amount, Self.period(moment, start + length), of: Self.period(start, start + length)))
        }
        #expect(try await Self.answers(to: questions) == results)
    }

    @Test("random tiers, at their bounds and a millionth beside them, are what fractions say")
    func tiers() async throws {
        var numbers = SeededNumbers(seed: Self.seed)
        var questions: [String] = []
        var results: [Int64] = []
        for _ in 0..<300 {
            let (tiers, bounds) = Self.randomTiers(using: &numbers)
            let prices = try #require(PriceTiers(tiers))
            let written = tiers.map { tier in
                "[\(tier.upTo.map { "\"\($0.decimal.text)\"" } ?? "null"),\"\(tier.unitPrice.text)\",\(tier.fee)]"
            }.joined(separator: ",")
            let others = (0..<3).map { _ in Int64.random(in: 0...3_000_000_000, using: &numbers) }
            for millionths in bounds.flatMap({ [$0 - 1, $0, $0 + 1] }) + others + [0] {
                let quantity = Quantity(millionths: millionths)
                for mode in ["graduated", "volume"] {
                    let scheme: PricingScheme = mode == "volume" ? .volume(prices) : .graduated(prices)
                    questions.append(
                        """
                        {"kind":"tiers","mode":"\(mode)","quantity":"\(quantity.decimal.text)","tiers":[\(written)]}
                        """)
                    results.append(try scheme.amount(for: quantity))
                }
            }
        }
        #expect(results.count > 4_000)
        #expect(try await Self.answers(to: questions) == results)
    }

    private static func randomTiers(
        using numbers: inout SeededNumbers
    ) -> (tiers: [PriceTier], bounds: [Int64]) {
        var bounds: [Int64] = []
        for _ in 0..<Int.random(in: 0...4, using: &numbers) {
            bounds.append((bounds.last ?? 0) + Int64.random(in: 2...800_000_000, using: &numbers))
        }
        let ends = bounds.map { Optional(Quantity(millionths: $0)) } + [nil]
        let tiers = ends.map { end in
            PriceTier(
                upTo: end,
                unitPrice: ExactDecimal(
                    coefficient: Int64.random(in: 0...5_000_000, using: &numbers),
                    fractionDigits: Int.random(in: 0...6, using: &numbers)),
                fee: Bool.random(using: &numbers) ? Int64.random(in: 0...5_000, using: &numbers) : 0)
        }
        return (tiers, bounds)
    }

    @Test("a change that is undone in the same second comes to nothing")
    func undone() throws {
        let whole = Self.period(0, 2_592_000)
        let (old, new) = (
            Proration.Item(priceID: PriceID(.v7()), quantity: Quantity(3), amount: 2_999),
            Proration.Item(priceID: PriceID(.v7()), quantity: Quantity(1), amount: 10_001)
        )
        for moment in stride(from: Int64(0), through: 2_592_000, by: 86_399) {
            let rest = Self.period(moment, whole.end.seconds)
            let there = try Proration.lines(from: [old], to: [new], for: rest, of: whole)
            let back = try Proration.lines(from: [new], to: [old], for: rest, of: whole)
            #expect((there + back).map(\.amount).reduce(0, +) == 0)
        }
    }

    @Test("what stays the same has no line, and what is given back comes before what is asked for")
    func order() throws {
        let (kept, gone, added) = (
            Proration.Item(priceID: PriceID(.v7()), quantity: Quantity(1), amount: 500),
            Proration.Item(priceID: PriceID(.v7()), quantity: Quantity(2), amount: 1_000),
            Proration.Item(priceID: PriceID(.v7()), quantity: Quantity(5), amount: 3_000)
        )
        let lines = try Proration.lines(
            from: [kept, gone], to: [added, kept], for: Self.period(50, 100), of: Self.period(0, 100))
        #expect(lines.map(\.item) == [gone, added])
        #expect(lines.map(\.amount) == [-500, 1_500])
        let nothing = try Proration.lines(
            from: [gone], to: [added], for: Self.period(100, 100), of: Self.period(0, 100))
        #expect(nothing.isEmpty)
    }

    @Test(
        "credits take what there is room for, in their order",
        arguments: [
            ([-5, -5], 10, [-5, -5], [0, 0]), ([-5, -5], 7, [-5, -2], [0, -3]),
            ([-5, -5], 0, [0, 0], [-5, -5]),
            ([-5], -3, [0], [-5]), ([], 5, [], []), ([-1, -9, -1], 9, [-1, -8, 0], [0, -1, -1]),
        ] as [([Int64], Int64, [Int64], [Int64])])
    func fit(credits: [Int64], room: Int64, taken: [Int64], left: [Int64]) {
        let result = Proration.fit(credits, into: room)
        #expect(result.map(\.taken) == taken)
        #expect(result.map(\.left) == left)
    }
}
