/// Something that lives as long as the process: a pool, a consumer, a server.
public protocol Service: Sendable {
    /// The name in logs.
    var label: String { get }

    /// Returns when the service works; throws when it cannot.
    func start() async throws

    /// Finishes what is in flight and gives everything back; called once, also after a failed start of a later service.
    func stop() async
}
