/// A short piece of work on a connection of its own, off the cooperative pool.
enum BrokerTask {
    static func run<Value: Sendable>(
        _ configuration: AMQPConfiguration, _ name: String,
        _ body: @escaping @Sendable (BrokerConnection) throws(AMQPError) -> Value
    ) async throws(AMQPError) -> Value {
        let result: Result<Value, AMQPError> = await withCheckedContinuation { continuation in
            do throws(AMQPError) {
                try DedicatedThread.start("amqp-\(name)") {
                    continuation.resume(returning: perform(configuration.named(name), body))
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    private static func perform<Value: Sendable>(
        _ configuration: AMQPConfiguration, _ body: (BrokerConnection) throws(AMQPError) -> Value
    ) -> Result<Value, AMQPError> {
        do throws(AMQPError) {
            let guarded = CallGuard(timeout: configuration.timing.callTimeout) {}
            try CallWatchdog.shared.watch(guarded)
            defer { CallWatchdog.shared.forget(guarded) }
            let connection = try BrokerConnection(configuration, guarded: guarded)
            let value = try body(connection)
            connection.close()
            return .success(value)
        } catch {
            return .failure(error)
        }
    }
}
