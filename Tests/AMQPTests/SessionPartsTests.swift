import Testing

@testable import AMQP

struct SessionPartsTests {
    @Test("waits before reconnecting stay under a bound that doubles up to the maximum")
    func backoff() {
        var backoff = ReconnectBackoff(base: .milliseconds(250), maximum: .seconds(30))
        var generator = SystemRandomNumberGenerator()
        var bound = Duration.milliseconds(250)
        for _ in 0..<20 {
            let wait = backoff.next(using: &generator)
            #expect(wait >= .zero && wait <= bound)
            bound = min(.seconds(30), bound * 2)
        }
        backoff.reset()
        #expect(backoff.next(using: &generator) <= .milliseconds(250))
    }

    @Test("a message is put together from its frames, cut off at the bound")
    func assembles() throws {
        var assembler = ContentAssembler(bodyBytesMaximum: 5)
        try assembler.begin(.delivery(tag: 3), exchange: "e", routingKey: "k", redelivered: true)
        #expect(try assembler.header(bodyBytes: 7) { $0.type = "t" }?.content.body == nil)
        #expect(try [1, 2, 3].withUnsafeBytesOfUInt8 { try assembler.body($0) }?.content.body == nil)
        let finished = try #require(try [4, 5, 6, 7].withUnsafeBytesOfUInt8 { try assembler.body($0) })
        #expect(finished.content.body == [1, 2, 3, 4, 5])
        #expect(finished.content.announcedBodyBytes == 7)
        #expect(finished.content.type == "t")
        #expect(assembler.isIdle)
    }

    @Test("frames out of order are a violation")
    func violations() throws {
        var assembler = ContentAssembler(bodyBytesMaximum: 5)
        #expect(throws: AMQPError.self) { try assembler.header(bodyBytes: 0) { _ in } }
        #expect(throws: AMQPError.self) { try [1].withUnsafeBytesOfUInt8 { try assembler.body($0) } }
        try assembler.begin(.delivery(tag: 1), exchange: "", routingKey: "", redelivered: false)
        #expect(throws: AMQPError.self) {
            try assembler.begin(.delivery(tag: 2), exchange: "", routingKey: "", redelivered: false)
        }
        #expect(try assembler.header(bodyBytes: 1) { _ in }?.content.body == nil)
        #expect(throws: AMQPError.self) { try [1, 2].withUnsafeBytesOfUInt8 { try assembler.body($0) } }
    }

    @Test("a header can be set, replaced and removed, and the broker's own ones are left out of a copy")
    func table() {
        var table: AMQPTable = [
            "x-attempt": .integer(1), "x-death": .array([]), "x-delivery-count": .integer(2),
        ]
        table["x-attempt"] = .integer(2)
        table["x-first-death-reason"] = .string("expired")
        table["reason"] = .string("r")
        table["reason"] = nil
        #expect(table["x-attempt"]?.integer == 2)
        #expect(table.withoutDeathHeaders == ["x-attempt": .integer(2)])
    }
}

extension [UInt8] {
    fileprivate func withUnsafeBytesOfUInt8<T>(
        _ body: (UnsafeRawBufferPointer) throws -> T
    ) rethrows -> T {
        try withUnsafeBytes(body)
    }
}
