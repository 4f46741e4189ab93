import Testing

@testable import AMQP

struct ConfirmLedgerTests {
    private typealias Settled = [(Int, ConfirmLedger<Int>.Settlement)]

    private func ledger(_ count: Int) -> ConfirmLedger<Int> {
        var ledger = ConfirmLedger<Int>()
        for index in 1...count { ledger.publish(index, messageID: "m\(index)", bytes: 10) }
        return ledger
    }

    @Test("a confirm of several settles everything before it that is still open")
    func multiple() throws {
        var ledger = ledger(5)
        var settled: [Int] = []
        try ledger.settle(2, multiple: false, refused: false) { ticket, _ in settled.append(ticket) }
        try ledger.settle(4, multiple: true, refused: false) { ticket, _ in settled.append(ticket) }
        #expect(settled == [2, 1, 3, 4])
        #expect(ledger.count == 1)
        #expect(ledger.bytes == 10)
        #expect(ledger.nextTag == 6)
    }

    @Test("a refusal is told from a confirm, and a returned message from both")
    func outcomes() throws {
        var ledger = ledger(3)
        var settled: Settled = []
        ledger.noteReturned("m2")
        try ledger.settle(2, multiple: true, refused: false) { settled.append(($0, $1)) }
        try ledger.settle(3, multiple: false, refused: true) { settled.append(($0, $1)) }
        #expect(settled.map(\.0) == [1, 2, 3])
        #expect(settled.map(\.1) == [.confirmed, .unroutable, .refused])
    }

    @Test("a confirm for a message that was never sent is a violation, a repeated one is nothing")
    func foreign() throws {
        var ledger = ledger(1)
        #expect(throws: AMQPError.self) {
            try ledger.settle(2, multiple: false, refused: false) { _, _ in }
        }
        try ledger.settle(1, multiple: false, refused: false) { _, _ in }
        try ledger.settle(1, multiple: false, refused: false) { _, _ in Issue.record("settled twice") }
        #expect(ledger.count == 0)
    }

    @Test("an abandoned ledger reports what was open and starts from one again")
    func abandon() throws {
        var ledger = ledger(4)
        try ledger.settle(2, multiple: false, refused: false) { _, _ in }
        var open: [Int] = []
        ledger.abandon { open.append($0) }
        #expect(open == [1, 3, 4])
        #expect(ledger.nextTag == 1)
        #expect(ledger.count == 0 && ledger.bytes == 0)
    }

    @Test("a long run with stragglers keeps numbers, counts and bytes right")
    func longRun() throws {
        var ledger = ConfirmLedger<Int>()
        var settled = 0
        for index in 1...50_000 {
            ledger.publish(index, messageID: "", bytes: 1)
            // Every tenth is settled late, all others at once.
            if index % 10 != 0 {
                try ledger.settle(UInt64(index), multiple: false, refused: false) { _, _ in settled += 1 }
            }
            if index % 10_000 == 5 {
                try ledger.settle(UInt64(index), multiple: true, refused: false) { _, _ in settled += 1 }
            }
            #expect(ledger.count == index - settled)
            #expect(ledger.bytes == ledger.count)
        }
        #expect(ledger.nextTag == 50_001)
    }
}
