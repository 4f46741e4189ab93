import NotificationDomain
import Testing

struct DeliveryPolicyTests {
    private let policy = DeliveryPolicy(
        refusalDelays: [.seconds(60), .seconds(300)], unreachableDelay: .seconds(15))

    @Test("a refusal for now is followed by longer and longer waits, then by giving up")
    func refusals() {
        #expect(policy.step(after: .refusedForNow, refusals: 0) == .retry(after: .seconds(60)))
        #expect(policy.step(after: .refusedForNow, refusals: 1) == .retry(after: .seconds(300)))
        #expect(policy.step(after: .refusedForNow, refusals: 2) == .giveUp)
    }

    @Test("a refusal for good ends it, an unreachable server never does")
    func others() {
        #expect(policy.step(after: .taken, refusals: 2) == .done)
        #expect(policy.step(after: .refusedForGood, refusals: 0) == .giveUp)
        #expect(policy.step(after: .notReached, refusals: 99) == .retry(after: .seconds(15)))
    }

    @Test("a cursor reads back as it was written, and nothing else does")
    func cursors() {
        let cursor = FeedCursor(transaction: 18_446_744_073_709_551_615, position: 42)
        #expect(FeedCursor(cursor.description) == cursor)
        #expect(FeedCursor.start < cursor)
        #expect(FeedCursor(transaction: 2, position: 9) < FeedCursor(transaction: 3, position: 1))
        for text in ["", "-", "1", "1-", "-1", "1--1", "01-1", "+1-1", "1-2-3", "a-b", "1-1 "] {
            #expect(FeedCursor(text) == nil)
        }
    }
}
