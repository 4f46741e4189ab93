/// Everything that has to exist in the broker before a service starts: plain data, applied by `AMQPTopology`.
public struct Topology: Hashable, Sendable {
    /// The exchanges, each written by one service only.
    public private(set) var exchanges: [ExchangeDefinition]
    /// The queues, each read by one service only.
    public private(set) var queues: [QueueDefinition]
    /// What connects them.
    public private(set) var bindings: [BindingDefinition]

    /// Describes a topology; duplicates are kept once, in the order of their first appearance.
    public init(
        exchanges: [ExchangeDefinition] = [], queues: [QueueDefinition] = [],
        bindings: [BindingDefinition] = []
    ) {
        self.exchanges = Self.unique(exchanges)
        self.queues = Self.unique(queues)
        self.bindings = Self.unique(bindings)
    }

    /// The exchanges that one service writes: its public and private facts, and the three it uses to
    /// postpone, bring back and lay aside what it consumes.
    public static func exchanges(of service: String) -> Topology {
        Topology(exchanges: [
            ExchangeDefinition(name: "\(service).events", kind: .topic),
            ExchangeDefinition(name: "\(service).private", kind: .topic),
            ExchangeDefinition(name: "\(service).snapshots", kind: .topic),
            ExchangeDefinition(name: "\(service).retry", kind: .direct),
            ExchangeDefinition(name: "\(service).requeue", kind: .direct),
            ExchangeDefinition(name: "\(service).dead", kind: .direct),
        ])
    }

    /// A queue of one consumer with its retry ladder and its dead-letter queue.
    ///
    /// - Parameters:
    ///   - queue: The name, `<service>.<source>`.
    ///   - service: The service that reads it and owns the retry, requeue and dead exchanges.
    ///   - sources: The bindings from exchanges to routing keys that fill it.
    ///   - retryDelaysMilliseconds: The waiting time of each step of the ladder, in order.
    /// - Returns: The queues and bindings; the exchanges come from `exchanges(of:)`.
    public static func consumer(
        queue: String, of service: String, from sources: [(exchange: String, routingKey: String)],
        retryDelaysMilliseconds: [Int64]
    ) -> Topology {
        var queues = [
            QueueDefinition.work(named: queue, deadLetterExchange: "\(service).dead"),
            QueueDefinition.dead(named: "\(queue).dead"),
        ]
        var bindings = sources.map {
            BindingDefinition(exchange: $0.exchange, queue: queue, routingKey: $0.routingKey)
        }
        bindings.append(BindingDefinition(exchange: "\(service).requeue", queue: queue, routingKey: queue))
        bindings.append(
            BindingDefinition(exchange: "\(service).dead", queue: "\(queue).dead", routingKey: queue))
        for (index, delay) in retryDelaysMilliseconds.enumerated() {
            let step = "\(queue).retry.\(index + 1)"
            queues.append(
                .retry(
                    named: step, delayMilliseconds: delay, returningTo: "\(service).requeue",
                    routingKey: queue))
            bindings.append(BindingDefinition(exchange: "\(service).retry", queue: step, routingKey: step))
        }
        return Topology(queues: queues, bindings: bindings)
    }

    /// Both topologies together.
    public func merging(_ other: Topology) -> Topology {
        Topology(
            exchanges: exchanges + other.exchanges, queues: queues + other.queues,
            bindings: bindings + other.bindings)
    }

    private static func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return elements.filter { seen.insert($0).inserted }
    }
}
