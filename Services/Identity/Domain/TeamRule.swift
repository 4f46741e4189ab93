public import Primitives

/// Who may give, change and take places in an organization.
public enum TeamRule {
    /// Why a change is not allowed.
    public enum Violation: Error, Sendable, Hashable, CaseIterable {
        /// Owners and admins are made, changed and removed by owners.
        case ownersOnly
        /// An organization without an owner could never be changed again.
        case lastOwner
    }

    /// Checks whether somebody may give a place that has not been there.
    ///
    /// - Parameters:
    ///   - role: The role of the place.
    ///   - actor: The role of who gives it.
    /// - Throws: `Violation`.
    public static func checkGrant(of role: Role, by actor: Role) throws(Violation) {
        guard role == .member || isOwner(actor) else { throw .ownersOnly }
    }

    /// Checks whether somebody may change or take a place.
    ///
    /// - Parameters:
    ///   - role: The role that the place has.
    ///   - new: The role that it is to have; nil when it is taken.
    ///   - actor: The role of who does it.
    ///   - isOwnPlace: Whether it is the actor's own place: everybody may step down or leave.
    ///   - ownerCount: How many owners the organization has.
    /// - Throws: `Violation`.
    public static func checkChange(
        of role: Role, to new: Role?, by actor: Role, isOwnPlace: Bool, ownerCount: Int
    ) throws(Violation) {
        let isRaised = new == .owner || new == .admin && role == .member
        let isForeign = role != .member && !isOwnPlace
        guard isOwner(actor) || !isRaised && !isForeign else { throw .ownersOnly }
        guard role != .owner || new == .owner || ownerCount > 1 else { throw .lastOwner }
    }

    private static func isOwner(_ actor: Role) -> Bool { actor == .owner || actor == .superadmin }
}
