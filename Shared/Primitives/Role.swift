/// In which capacity somebody acts.
public enum Role: String, Sendable, Hashable, CaseIterable, Codable {
    /// Runs the platform: sees and acts in any organization, audited.
    case superadmin
    /// Owns an organization.
    case owner
    /// Runs an organization, but cannot give it away.
    case admin
    /// Works in an organization.
    case member
    /// Pays the bills of one or more senders.
    case client
    /// A program with a key of an organization: it may do what the key says and is nobody's account.
    case machine
}
