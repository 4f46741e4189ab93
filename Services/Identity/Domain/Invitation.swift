public import Primitives

/// An invitation to register: what it is for, and what became of it.
public struct Invitation: Sendable, Hashable {
    /// What became of it.
    public enum State: Sendable, Hashable {
        /// Nobody has answered.
        case pending
        /// Somebody accepted.
        case accepted(by: AccountID)
        /// The sender took it back, or sent a newer one.
        case revoked
    }

    /// Why it cannot be accepted.
    public enum Violation: Error, Sendable, Hashable, CaseIterable {
        /// It came too late.
        case expired
        /// It was taken back.
        case revoked
        /// Another account accepted it.
        case alreadyAccepted
    }

    /// What happens to an acceptance.
    public enum Acceptance: Sendable, Hashable {
        /// It takes effect now.
        case effective
        /// The same account accepted before: the same answer again, no effect.
        case repeated
    }

    /// What became of it.
    public let state: State
    /// After this it cannot be accepted.
    public let expiresAt: Instant

    /// Describes an invitation.
    ///
    /// - Parameters:
    ///   - state: What became of it.
    ///   - expiresAt: The end.
    public init(state: State, expiresAt: Instant) {
        self.state = state
        self.expiresAt = expiresAt
    }

    /// Whether an account may accept.
    ///
    /// - Parameters:
    ///   - account: The account; nil for one that is about to be made.
    ///   - now: The moment.
    /// - Returns: Whether it takes effect or repeats.
    /// - Throws: `Violation`.
    public func acceptance(by account: AccountID?, now: Instant) throws(Violation) -> Acceptance {
        switch state {
        case .accepted(let by):
            guard by == account else { throw .alreadyAccepted }
            return .repeated
        case .revoked: throw .revoked
        case .pending:
            guard now < expiresAt else { throw .expired }
            return .effective
        }
    }
}
