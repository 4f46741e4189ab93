public import Primitives

/// An event that is ready to be written to the outbox: encoded once, and the same bytes from there to the last reader.
public struct OutgoingEvent: Sendable {
    /// The event's id.
    public let id: RawID
    /// What it is about; events of one aggregate are published in the order of the outbox.
    public let aggregate: RawID
    /// Where it is published.
    public let exchange: String
    /// Under which key; the type, unless the event is addressed to one queue.
    public let routingKey: String
    /// The versioned type.
    public let type: String
    /// The CloudEvent.
    public let body: [UInt8]
    /// The organization, where this follows from its test clock.
    public let testTenant: OrganizationID?

    /// Encodes an event.
    ///
    /// - Parameters:
    ///   - payload: What it says.
    ///   - id: Its id; a rule that may run twice gives one derived from what happened.
    ///   - subject: The id of what it is about, which also orders it.
    ///   - tenant: The organization that it belongs to.
    ///   - sequence: Its number among the events about this subject; nil on private messages.
    ///   - cause: What it follows from.
    ///   - service: The publisher, given only for types that every service publishes.
    ///   - routingKey: Given only for what is addressed to one queue.
    ///   - epoch: How often the source was restored from a backup, plus one.
    /// - Throws: What the payload's own encoding throws.
    public init<Payload: EventPayload, Subject>(
        _ payload: Payload, id: RawID = .v7(), subject: ID<Subject>, tenant: OrganizationID?,
        sequence: Int64?,
        cause: EventCause, service: String? = nil, routingKey: String? = nil, epoch: Int64 = 1
    ) throws {
        try self.init(
            Payload.descriptor, id: id, subject: subject, tenant: tenant, sequence: sequence, cause: cause,
            service: service, routingKey: routingKey, epoch: epoch
        ) { try JSON.encode(payload, into: &$0) }
    }

    /// Encodes an event whose payload the caller writes itself: for the few that are written by the ten thousand.
    ///
    /// - Parameters:
    ///   - descriptor: Its type; what `writePayload` writes must read back as that type's payload.
    ///   - id: Its id; a rule that may run twice gives one derived from what happened.
    ///   - subject: The id of what it is about, which also orders it.
    ///   - tenant: The organization that it belongs to.
    ///   - sequence: Its number among the events about this subject; nil on private messages.
    ///   - cause: What it follows from.
    ///   - service: The publisher, given only for types that every service publishes.
    ///   - routingKey: Given only for what is addressed to one queue.
    ///   - epoch: How often the source was restored from a backup, plus one.
    ///   - writePayload: Writes one JSON object.
    /// - Throws: What `writePayload` throws.
    public init<Subject>(
        _ descriptor: EventDescriptor, id: RawID = .v7(), subject: ID<Subject>, tenant: OrganizationID?,
        sequence: Int64?, cause: EventCause, service: String? = nil, routingKey: String? = nil,
        epoch: Int64 = 1, writePayload: (inout JSONWriter) throws -> Void
    ) rethrows {
        let service = service ?? descriptor.service
        precondition(
            service != EventDescriptor.anyService, "\(descriptor.type) needs to be told its publisher")
        self.id = id
        aggregate = subject.raw
        exchange = descriptor.exchange(of: service)
        self.routingKey = routingKey ?? descriptor.type
        type = descriptor.type
        testTenant = TestTime.current == nil ? nil : tenant
        var writer = JSONWriter(capacity: 1024)
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", id)
        writer.member("source", "/" + service)
        writer.member("type", descriptor.type)
        writer.member("time", SystemClock().now())
        writer.member("subject", subject)
        writer.member("datacontenttype", "application/json")
        writer.member("tenantid", tenant)
        writer.member("epoch", epoch)
        writer.member("sequence", sequence.map { String($0) })
        writer.member("correlationid", cause.correlationID)
        writer.member("causationid", cause.causationID)
        writer.member("traceparent", cause.traceparent)
        writer.member("clocktime", cause.clockTime)
        if testTenant != nil { writer.member("testclock", true) }
        writer.key("data")
        try writePayload(&writer)
        writer.endObject()
        body = writer.bytes
    }
}
