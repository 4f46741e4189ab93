import Crypto
import Primitives
import Testing

@Suite struct TOTPTests {
    private static let secret = Array("12345678901234567890".utf8)

    @Test(
        "codes agree with the vectors of RFC 6238, appendix B",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"), (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ] as [(Int64, String)])
    func vectors(_ seconds: Int64, _ code: String) {
        let step = TOTP.step(at: Instant(seconds: seconds))
        #expect(TOTP.code(of: step, secret: Self.secret, digits: 8) == code)
        #expect(TOTP.code(of: step, secret: Self.secret, digits: 6) == code.suffix(6))
    }

    @Test(
        "codes agree with the vectors of RFC 4226, appendix D",
        arguments: [
            (0, "755224"), (1, "287082"), (2, "359152"), (3, "969429"), (4, "338314"), (5, "254676"),
            (6, "287922"), (7, "162583"), (8, "399871"), (9, "520489"),
        ] as [(Int64, String)])
    func counters(_ counter: Int64, _ code: String) {
        #expect(TOTP.code(of: counter, secret: Self.secret, digits: 6) == code)
    }

    @Test("a code counts a step early and a step late, and once")
    func window() {
        let now = Instant(seconds: 1_111_111_111)
        let step = TOTP.step(at: now)
        func accepted(_ offset: Int64, after last: Int64? = nil) -> Int64? {
            let code = TOTP.code(of: step + offset, secret: Self.secret, digits: TOTP.digitCount)
            return TOTP.acceptedStep(of: code, secret: Self.secret, at: now, after: last)
        }
        #expect((-2...2).map { accepted($0) } == [nil, step - 1, step, step + 1, nil])
        #expect(accepted(0, after: step) == nil && accepted(-1, after: step) == nil)
        #expect(accepted(1, after: step) == step + 1)
    }

    @Test(
        "what is no code is not accepted",
        arguments: ["", "0", "05047", "0504710", "abcdef", "050 471", "０５０４７１"])
    func noise(_ text: String) {
        let now = Instant(seconds: 1_111_111_111)
        #expect(TOTP.acceptedStep(of: text, secret: Self.secret, at: now, after: nil) == nil)
        #expect(TOTP.acceptedStep(of: "050471", secret: Self.secret, at: now, after: nil) != nil)
    }
}
