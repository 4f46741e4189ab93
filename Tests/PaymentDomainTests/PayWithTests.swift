import PaymentDomain
import Testing

@Suite("How wallet and card share a payment")
struct PayWithTests {
    private static let amounts: [Int64] = [1, 2, 99, 100, 101, 5_000]

    @Test(
        "the parts add up to what is open, and the wallet gives no more than it has",
        arguments: PayWith.allCases)
    func parts(payWith: PayWith) {
        for open in Self.amounts {
            for available in [-1, 0] + Self.amounts {
                guard let split = payWith.split(openMinor: open, availableMinor: available) else {
                    #expect(payWith == .wallet && available < open)
                    continue
                }
                #expect(split.walletMinor + split.cardMinor == open)
                #expect(split.walletMinor >= 0 && split.cardMinor >= 0)
                #expect(split.walletMinor <= max(0, available))
                switch payWith {
                case .card: #expect(split.walletMinor == 0)
                case .wallet: #expect(split.cardMinor == 0)
                case .walletThenCard: #expect(split.walletMinor == min(open, max(0, available)))
                }
            }
        }
    }
}
