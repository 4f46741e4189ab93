public import Primitives

/// An event as it travels: CloudEvents 1.0 in structured mode, with the extensions that every Duely event carries.
///
/// `sequence` has no gaps per source and subject, so a reader can see what it missed; `epoch` rises when a service was
/// restored from a backup and its sequences may have been used before.
public struct EventEnvelope: Sendable {
    /// The event's own id; a repeated delivery has the same.
    public let id: RawID
    /// The service that published it: `/invoice`.
    public let source: String
    /// The versioned type: `invoice.paid.v1`.
    public let type: String
    /// When it was published, by the system's clock.
    public let time: Instant
    /// What it is about: `inv_…`.
    public let subject: String
    /// The organization that it belongs to; nil for what belongs to none.
    public let tenantID: OrganizationID?
    /// Counts restorations of the source.
    public let epoch: Int64
    /// Counts events of this source about this subject; nil on private messages.
    public let sequence: Int64?
    /// The same for everything that follows from one request or timer.
    public let correlationID: RawID
    /// The event that this one follows from.
    public let causationID: RawID?
    /// W3C trace context.
    public let traceparent: String?
    /// The injected clock's "now" at the source.
    public let clockTime: Instant
    /// Whether that is the time of a test clock.
    public let isTestTime: Bool
    /// The payload.
    public let data: JSONNode

    /// The content type of an event in the broker.
    public static let contentType = "application/cloudevents+json; charset=utf-8"

    /// Reads an event.
    ///
    /// - Throws: `JSONSyntaxError` for what is no JSON, `EnvelopeError` naming the attribute that is missing or wrong.
    public init(parsing bytes: [UInt8]) throws {
        let root = try JSONDocument(parsing: bytes).root
        func text(_ name: String) throws(EnvelopeError) -> String {
            guard let value = root[name]?.string, !value.isEmpty else { throw EnvelopeError(attribute: name) }
            return value
        }
        func read<Value>(_ name: String, _ parse: (String) -> Value?) throws(EnvelopeError) -> Value {
            guard let value = parse(try text(name)) else { throw EnvelopeError(attribute: name) }
            return value
        }
        func readIfPresent<Value>(_ name: String, _ parse: (String) -> Value?) throws(EnvelopeError) -> Value?
        {
            guard let node = root[name], !node.isNull else { return nil }
            return try read(name, parse)
        }
        guard try text("specversion") == "1.0" else { throw EnvelopeError(attribute: "specversion") }
        guard let data = root["data"], data.kind == .object else { throw EnvelopeError(attribute: "data") }
        id = try read("id") { RawID(uuidString: $0) }
        source = try text("source")
        type = try text("type")
        time = try read("time") { Instant(rfc3339: $0) }
        subject = try text("subject")
        tenantID = try readIfPresent("tenantid") { OrganizationID($0) }
        epoch = root["epoch"]?.int64 ?? 1
        sequence = try readIfPresent("sequence") { Int64($0) }
        correlationID = try read("correlationid") { RawID(uuidString: $0) }
        causationID = try readIfPresent("causationid") { RawID(uuidString: $0) }
        traceparent = root["traceparent"]?.string
        clockTime = try read("clocktime") { Instant(rfc3339: $0) }
        isTestTime = root["testclock"]?.bool ?? false
        self.data = data
    }
}

/// An attribute of an event that is missing or cannot be read.
public struct EnvelopeError: Error, Hashable, Sendable {
    /// Its name.
    public let attribute: String

    /// An error at an attribute.
    public init(attribute: String) { self.attribute = attribute }
}
