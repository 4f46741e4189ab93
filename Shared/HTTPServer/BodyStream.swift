/// A body that is made piece by piece, each when the client has taken the one before.
///
/// The first piece is there before the answer begins, so what goes wrong with it is still a problem of its own. What
/// goes wrong later cuts the connection without the mark of the end: nobody takes a part for the whole.
public struct BodyStream: Sendable {
    let first: [UInt8]
    let next: @Sendable () async throws -> [UInt8]?

    /// Creates a body.
    ///
    /// - Parameters:
    ///   - first: Its first piece.
    ///   - state: Where the second begins.
    ///   - step: Makes the next piece and moves the state on; nil after the last one. It is cancelled when it takes
    ///     longer than a handler may, and no longer asked when the client has gone.
    public init<State: Sendable>(
        first: [UInt8], from state: State, _ step: @escaping @Sendable (inout State) async throws -> [UInt8]?
    ) {
        self.first = first
        let pieces = Pieces(state, step)
        next = { try await pieces.next() }
    }

    /// The whole body, for callers without a socket.
    public func collected() async throws -> [UInt8] {
        var bytes = first
        while let piece = try await next() { bytes += piece }
        return bytes
    }
}

/// Keeps the place between two pieces.
private actor Pieces<State: Sendable> {
    private var state: State
    private let step: @Sendable (inout State) async throws -> [UInt8]?

    init(_ state: State, _ step: @escaping @Sendable (inout State) async throws -> [UInt8]?) {
        self.state = state
        self.step = step
    }

    func next() async throws -> [UInt8]? {
        var moved = state
        let piece = try await step(&moved)
        state = moved
        return piece
    }
}
