/// Every bound of a broker connection.
public struct AMQPLimits: Sendable {
    /// The largest frame, in bytes.
    public var frameBytes: Int
    /// The most messages that may be unconfirmed at a time.
    public var windowMessages: Int
    /// The most bytes that may be unconfirmed at a time: a blocked broker stops reading, and what does not fit
    /// into the sockets' buffers would block the writer.
    public var windowBytes: Int
    /// The most bytes of a body that are kept; of a longer one only this much is handed on.
    public var bodyBytes: Int

    /// Describes all bounds.
    public init(frameBytes: Int, windowMessages: Int, windowBytes: Int, bodyBytes: Int) {
        self.frameBytes = frameBytes
        self.windowMessages = windowMessages
        self.windowBytes = windowBytes
        self.bodyBytes = bodyBytes
    }

    /// The values for running services.
    public static let production = AMQPLimits(
        frameBytes: 131_072, windowMessages: 1_024, windowBytes: 1_048_576, bodyBytes: 1_048_576)
}
