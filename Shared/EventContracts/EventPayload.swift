/// What an event says, as a Swift type: a fact in the past tense, published by one service.
///
/// Members are written in snake case. Inside one version only optional members may be added; nothing is renamed,
/// retyped or narrowed. Readers pass over members that they do not know.
public protocol EventPayload: Codable, Sendable {
    /// Name, exchange and reach of the event.
    static var descriptor: EventDescriptor { get }
}

/// What the catalogue knows of one type of event.
public struct EventDescriptor: Hashable, Sendable {
    /// The versioned name, `invoice.paid.v1`; also the routing key unless the event says otherwise.
    public let type: String
    /// The service that alone publishes it, or `anyService`.
    public let service: String
    /// Whether it carries facts for everybody, people's data and secrets for some, or copies on request.
    public let channel: EventChannel
    /// Queues that must exist and take the event before it counts as published.
    public let mustReach: [String]

    /// Describes a type of event.
    public init(
        _ type: String, of service: String, on channel: EventChannel = .events, mustReach: [String] = []
    ) {
        self.type = type
        self.service = service
        self.channel = channel
        self.mustReach = mustReach
    }

    /// Stands for a type that every service publishes on its own exchange: requests to the scheduler.
    public static let anyService = "*"

    /// The exchange that carries it when `service` publishes it: `invoice.events`.
    public func exchange(of service: String) -> String { "\(service).\(channel.rawValue)" }
}

/// Which of a service's exchanges carries an event.
public enum EventChannel: String, Hashable, Sendable {
    /// Facts: ids, amounts, states; no person, no secret.
    ///
    /// Anybody may read them.
    case events
    /// Names, addresses, sealed secrets and answers, for the services that the catalogue names.
    case `private`
    /// Copies of the present state on request, for projections that start or were lost.
    case snapshots
}
