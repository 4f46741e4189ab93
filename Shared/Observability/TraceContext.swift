/// The W3C trace context of one unit of work, carried over HTTP headers, messages and logs.
public struct TraceContext: Sendable, Hashable {
    /// Names the whole trace: two halves of 16 bytes, never both zero.
    public let traceID: TraceID
    /// Names this span inside the trace; never zero.
    public let spanID: UInt64
    /// Whether the caller records this trace.
    public let sampled: Bool

    /// A 16-byte trace id.
    public struct TraceID: Sendable, Hashable {
        /// The first eight bytes.
        public let high: UInt64
        /// The last eight bytes.
        public let low: UInt64
    }

    private init(traceID: TraceID, spanID: UInt64, sampled: Bool) {
        self.traceID = traceID
        self.spanID = spanID
        self.sampled = sampled
    }

    /// Starts a new trace.
    public static func root() -> TraceContext {
        let id = TraceID(high: TraceRandom.next(), low: TraceRandom.next())
        return TraceContext(traceID: id, spanID: TraceRandom.next(), sampled: true)
    }

    /// Continues the trace with a new span.
    public func child() -> TraceContext {
        TraceContext(traceID: traceID, spanID: TraceRandom.next(), sampled: sampled)
    }

    /// Reads a `traceparent` header; nil when it is not valid, which starts a new trace as the standard asks.
    public init?(traceparent: String) {
        let bytes = Array(traceparent.utf8)
        guard bytes.count >= Self.length, let version = Self.hex(bytes[0..<2]), version != 0xFF,
            version == 0
                ? bytes.count == Self.length : bytes.count == Self.length || bytes[Self.length] == Self.dash,
            bytes[2] == Self.dash, bytes[35] == Self.dash, bytes[52] == Self.dash,
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]),
            let span = Self.hex(bytes[36..<52]), let flags = Self.hex(bytes[53..<55]),
            high != 0 || low != 0, span != 0
        else { return nil }
        self.init(traceID: TraceID(high: high, low: low), spanID: span, sampled: flags & 1 == 1)
    }

    /// The header value that hands this span on as the parent.
    public var traceparent: String {
        "00-\(traceIDText)-\(spanIDText)-\(sampled ? "01" : "00")"
    }

    /// The trace id as 32 lower-case hexadecimal digits, as logs show it.
    public var traceIDText: String {
        Self.hexText(traceID.high) + Self.hexText(traceID.low)
    }

    /// The span id as 16 lower-case hexadecimal digits.
    public var spanIDText: String {
        Self.hexText(spanID)
    }

    private static let length = 55
    private static let dash = UInt8(ascii: "-")

    private static func hexText(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * index)) & 15
                buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
            }
            return 16
        }
    }

    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

extension TraceContext: Codable {
    /// Reads the `traceparent` text.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let context = TraceContext(traceparent: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a traceparent")
        }
        self = context
    }

    /// Writes the `traceparent` text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(traceparent)
    }
}
