public import EventContracts

/// Creates and checks what a topology describes.
public enum AMQPTopology {
    /// Creates what is missing.
    ///
    /// What exists with other arguments is an error, 406, and stays as it is.
    public static func apply(
        _ topology: Topology, configuration: AMQPConfiguration
    ) async throws(AMQPError) {
        try await BrokerTask.run(configuration, "topology") { connection throws(AMQPError) in
            for exchange in topology.exchanges { try connection.declare(exchange, passive: false) }
            for queue in topology.queues { try connection.declare(queue, passive: false) }
            for binding in topology.bindings { try connection.bind(binding) }
        }
    }

    /// The names of the exchanges and queues that do not exist.
    public static func missing(
        from topology: Topology, configuration: AMQPConfiguration
    ) async throws(AMQPError) -> [String] {
        let exchanges = topology.exchanges
        var names: [String] = []
        names += try await absent(exchanges, configuration) { connection, exchange throws(AMQPError) in
            try connection.declare(exchange, passive: true)
        }.map(\.name)
        names += try await missingQueues(topology.queues.map(\.name), configuration: configuration)
        return names
    }

    /// The queues of these that do not exist.
    public static func missingQueues(
        _ names: [String], configuration: AMQPConfiguration
    ) async throws(AMQPError) -> [String] {
        try await absent(names, configuration) { connection, name throws(AMQPError) in
            try connection.declare(QueueDefinition(name: name, arguments: [:]), passive: true)
        }
    }

    /// How many messages a queue holds that no consumer has taken, and how many consumers it has.
    public static func counts(
        of queue: String, configuration: AMQPConfiguration
    ) async throws(AMQPError) -> (messages: Int, consumers: Int) {
        let counts = try await BrokerTask.run(configuration, "counts") { connection throws(AMQPError) in
            try connection.declare(QueueDefinition(name: queue, arguments: [:]), passive: true)
        }
        return (counts.messages, counts.consumers)
    }

    /// Deletes a queue with everything in it.
    public static func delete(queue: String, configuration: AMQPConfiguration) async throws(AMQPError) {
        try await BrokerTask.run(configuration, "delete") { connection throws(AMQPError) in
            try connection.delete(queue: queue)
        }
    }

    /// Asks for each element on a shared connection; the broker closes the channel at the first that is missing, so
    /// the rest is asked on the next one.
    private static func absent<Element: Sendable>(
        _ elements: [Element], _ configuration: AMQPConfiguration,
        _ ask: @escaping @Sendable (BrokerConnection, Element) throws(AMQPError) -> Void
    ) async throws(AMQPError) -> [Element] {
        var absent: [Element] = []
        var rest = elements[...]
        while !rest.isEmpty {
            let asked = rest
            let found = try await BrokerTask.run(configuration, "check") { connection throws(AMQPError) in
                for (offset, element) in asked.enumerated() {
                    do throws(AMQPError) {
                        try ask(connection, element)
                    } catch  where error.isNotFound {
                        return offset
                    }
                }
                return asked.count
            }
            if found < rest.count { absent.append(rest[rest.startIndex + found]) }
            rest = rest.dropFirst(found + 1)
        }
        return absent
    }
}
