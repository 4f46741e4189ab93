/// Puts a message together from its method, header and body frames.
///
/// The library could do this too, but its function takes frames from the middle of a queue and loses those of the
/// connection itself that came before, such as `connection.blocked`.
struct ContentAssembler {
    /// What announced the message.
    enum Announcement {
        case delivery(tag: UInt64)
        case returned(reason: String)
    }

    private enum State {
        case idle
        case expectingHeader(Announcement, ReceivedContent)
        case expectingBody(Announcement, ReceivedContent, missing: UInt64)
    }

    private let bodyBytesMaximum: Int
    private var state = State.idle

    init(bodyBytesMaximum: Int) { self.bodyBytesMaximum = bodyBytesMaximum }

    /// Whether no message is half received.
    var isIdle: Bool {
        if case .idle = state { return true }
        return false
    }

    mutating func begin(
        _ announcement: Announcement, exchange: String, routingKey: String, redelivered: Bool
    ) throws(AMQPError) {
        guard isIdle else { throw Self.violation("a message began inside another") }
        let content = ReceivedContent(
            exchange: exchange, routingKey: routingKey, redelivered: redelivered, body: [],
            announcedBodyBytes: 0,
            messageID: "", type: "", contentType: "", appID: "", headers: [:])
        state = .expectingHeader(announcement, content)
    }

    /// Takes the header; returns the event if the body is empty.
    mutating func header(
        bodyBytes: UInt64, fill: (inout ReceivedContent) -> Void
    ) throws(AMQPError) -> Finished? {
        guard case .expectingHeader(let announcement, var content) = state else {
            throw Self.violation("a header came without its method")
        }
        fill(&content)
        content.announcedBodyBytes = bodyBytes
        guard bodyBytes > 0 else {
            state = .idle
            return Finished(announcement: announcement, content: content)
        }
        content.body.reserveCapacity(Int(min(bodyBytes, UInt64(bodyBytesMaximum))))
        state = .expectingBody(announcement, content, missing: bodyBytes)
        return nil
    }

    /// Takes a piece of the body; returns the event if it was the last.
    mutating func body(_ fragment: UnsafeRawBufferPointer) throws(AMQPError) -> Finished? {
        guard case .expectingBody(let announcement, var content, let missing) = state,
            UInt64(fragment.count) <= missing
        else { throw Self.violation("a body came without its header or longer than announced") }
        state = .idle
        content.body.append(contentsOf: fragment.prefix(max(0, bodyBytesMaximum - content.body.count)))
        let left = missing - UInt64(fragment.count)
        guard left > 0 else { return Finished(announcement: announcement, content: content) }
        state = .expectingBody(announcement, content, missing: left)
        return nil
    }

    /// A complete message.
    struct Finished {
        let announcement: Announcement
        let content: ReceivedContent
    }

    private static func violation(_ message: String) -> AMQPError {
        AMQPError(code: .protocolViolation, message: message)
    }
}
