public import Primitives

/// One-time passwords that follow the clock (RFC 6238): HMAC-SHA-1, steps of 30 seconds, six digits.
///
/// These are the parameters that every authenticator application understands.
public enum TOTP {
    /// The length of a secret in bytes: that of an HMAC-SHA-1.
    public static let secretByteCount = 20
    /// How many digits a code has.
    public static let digitCount = 6
    /// How long a code is shown.
    public static let stepSeconds: Int64 = 30

    private static let acceptedSteps: ClosedRange<Int64> = -1...1

    /// The number of the step that a moment belongs to.
    ///
    /// - Parameter moment: The moment, not before 1970.
    /// - Returns: The steps since 1970.
    public static func step(at moment: Instant) -> Int64 { moment.seconds / stepSeconds }

    /// The code of a step (RFC 4226, section 5.3).
    ///
    /// - Parameters:
    ///   - step: The number of the step.
    ///   - secret: The shared secret; not empty.
    ///   - digits: How many digits, up to nine.
    /// - Returns: The code, with leading zeros.
    public static func code(of step: Int64, secret: [UInt8], digits: Int) -> String {
        precondition((1...9).contains(digits))
        let counter = UInt64(bitPattern: step)
        let message = (0..<8).map { UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * $0)) }
        let mac = HMAC.sha1(message, key: secret)
        let offset = Int(mac[HMAC.sha1ByteCount - 1] & 15)
        let bits = mac[offset..<offset + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) } & 0x7FFF_FFFF
        let modulus = (0..<digits).reduce(UInt32(1)) { product, _ in product * 10 }
        let text = String(bits % modulus)
        return String(repeating: "0", count: digits - text.count) + text
    }

    /// The step whose code was presented: this one, the one before or the next, for clocks that differ a little.
    ///
    /// - Parameters:
    ///   - code: What was typed.
    ///   - secret: The shared secret; not empty.
    ///   - moment: Now.
    ///   - last: The last step that was accepted; it and those before never count again.
    /// - Returns: The step to remember; nil for a wrong or a used code.
    public static func acceptedStep(
        of code: String, secret: [UInt8], at moment: Instant, after last: Int64?
    ) -> Int64? {
        let presented = Array(code.utf8)
        let current = step(at: moment)
        var accepted: Int64?
        for step in acceptedSteps.map({ current + $0 }) {
            let isRight = constantTimeEquals(
                presented, Array(self.code(of: step, secret: secret, digits: digitCount).utf8))
            if isRight, step > last ?? .min { accepted = step }
        }
        return accepted
    }
}
