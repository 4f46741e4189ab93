/// What a session does with its connection, whichever side of the queue it is on.
///
/// Every method runs on the session's thread. An error thrown by any of them drops the connection.
protocol SessionRole {
    /// What other threads may ask for.
    associatedtype Command: Sendable

    /// Prepares a fresh connection.
    mutating func opened(_ connection: BrokerConnection, generation: UInt64) throws(AMQPError)
    /// Carries out a command; there is no connection while it is being made.
    mutating func handle(_ command: Command, _ connection: BrokerConnection?) throws(AMQPError)
    /// Takes something that the broker said.
    mutating func received(_ event: BrokerEvent) throws(AMQPError)
    /// Works with the connection after all frames were read; true if there is more to do at once.
    mutating func turn(_ connection: BrokerConnection) throws(AMQPError) -> Bool
    /// About to wait for the broker.
    mutating func willWait(_ connection: BrokerConnection)
    /// Notices what has become late; throws to drop the connection.
    mutating func tick(_ now: ContinuousClock.Instant) throws(AMQPError)
    /// The connection is gone.
    mutating func lost(_ error: AMQPError)
    /// Whether nothing is in flight, so that a stop need not wait.
    var isSettled: Bool { get }
    /// The session is over.
    mutating func ended()
}
