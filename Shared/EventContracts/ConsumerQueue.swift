/// A queue of one service and the events that it reads, in their order of publication per source.
public struct ConsumerQueue: Hashable, Sendable {
    /// `<consumer>.<source>`.
    public let name: String
    /// The service that owns and reads it.
    public let service: String
    /// The types that are bound to it.
    public let reads: [EventDescriptor]
    /// Whether the service's own timers arrive here.
    public let takesDues: Bool

    /// Describes a queue.
    public init(_ name: String, of service: String, reads: [EventDescriptor], dues takesDues: Bool = false) {
        self.name = name
        self.service = service
        self.reads = reads
        self.takesDues = takesDues
    }

    /// What fills it: one binding per exchange and type, never a catch-all, so that an event that nobody needs is
    /// noticed as such.
    public var bindings: [(exchange: String, routingKey: String)] {
        let dues = takesDues ? [(exchange: "scheduler.events", routingKey: "\(service).*")] : []
        return dues
            + reads.flatMap { event in
                let publishers =
                    event.service == EventDescriptor.anyService ? EventCatalogue.services : [event.service]
                return publishers.map { (exchange: event.exchange(of: $0), routingKey: event.type) }
            }
    }
}
