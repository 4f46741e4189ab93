import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Gives a member another role or other permissions, or takes the place away.
///
/// It counts at once: the logins that act for this organization end, those for others go on.
struct ChangeMember: Sendable {
    struct Command: Sendable {
        let role: Role?
        let restriction: FieldChange<Set<Permission>>
    }

    /// Whose place in which organization, and who changes it.
    struct Target: Sendable {
        let accountID: AccountID
        let organizationID: OrganizationID
        let principal: Principal
        let actor: Actor
    }

    static let notRestrictable = Problem.invalid([
        FieldError(
            field: "permissions", code: "not_allowed",
            message: "Only members can be restricted, by null or a list.")
    ])

    let context: IdentityContext

    /// Changes a place in the caller's transaction; a change to what already is has no effect.
    ///
    /// - Returns: The member as it is now.
    /// - Throws: `Problem` 404, 403, 409, 422.
    func callAsFunction(
        _ command: Command, of target: Target, cause: EventCause, in transaction: borrowing Transaction
    ) throws -> StoredMember {
        let old = try Self.lock(target, in: transaction)
        var new = old
        new.role = command.role ?? old.role
        if case .replace(.some) = command.restriction, new.role != .member { throw Self.notRestrictable }
        new.restriction = new.role == .member ? command.restriction.applied(to: old.restriction) : nil
        try Self.check(old, to: new.role, by: target, in: transaction)
        guard new != old else { return old }
        try MemberStore.update(new, of: target.organizationID, in: transaction)
        if new.role != old.role {
            try Self.keep(.memberRoleChanged, target, at: cause.clockTime, in: transaction)
        }
        if new.restriction != old.restriction {
            try Self.keep(.memberRestricted, target, at: cause.clockTime, in: transaction)
        }
        try tell(target, role: new.role, because: .roleChanged, cause: cause, in: transaction)
        return new
    }

    /// Takes a place away in the caller's transaction.
    ///
    /// - Throws: `Problem` 404, 403, 409.
    func remove(_ target: Target, cause: EventCause, in transaction: borrowing Transaction) throws {
        let old = try Self.lock(target, in: transaction)
        try Self.check(old, to: nil, by: target, in: transaction)
        try MemberStore.remove(target.accountID, of: target.organizationID, in: transaction)
        try Self.keep(.memberRemoved, target, at: cause.clockTime, in: transaction)
        try tell(target, role: nil, because: .left, cause: cause, in: transaction)
    }

    /// The organization is locked first: of two owners who leave at once the second sees that the first is gone.
    private static func lock(_ target: Target, in transaction: borrowing Transaction) throws -> StoredMember {
        guard try OrganizationStore.lock(target.organizationID, in: transaction) != nil,
            let member = try MemberStore.lock(target.accountID, of: target.organizationID, in: transaction)
        else { throw Problem.notFound }
        return member
    }

    private static func check(
        _ member: StoredMember, to role: Role?, by target: Target, in transaction: borrowing Transaction
    ) throws {
        let ownerCount = try MemberStore.ownerCount(of: target.organizationID, in: transaction)
        let isOwnPlace = target.principal.accountID == target.accountID
        do throws(TeamRule.Violation) {
            try TeamRule.checkChange(
                of: member.role, to: role, by: target.principal.role, isOwnPlace: isOwnPlace,
                ownerCount: ownerCount)
        } catch {
            throw Problem(error)
        }
    }

    private static func keep(
        _ kind: Audit.Kind, _ target: Target, at now: Instant, in transaction: borrowing Transaction
    ) throws {
        try Audit.record(
            kind, by: target.actor, for: target.organizationID, about: [.id(target.accountID)], at: now,
            in: transaction)
    }

    private func tell(
        _ target: Target, role: Role?, because reason: RevocationReason, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws {
        let (account, organization) = (target.accountID, target.organizationID)
        let sequence = try OrganizationStore.nextSequence(of: organization, in: transaction)
        let event = try OutgoingEvent(
            MemberChanged(organizationID: organization, accountID: account, role: role?.rawValue),
            subject: organization, tenant: organization, sequence: sequence, cause: cause)
        try context.service.outbox.write(event, in: transaction)
        let end = EndSession(context: context)
        for id in try SessionStore.open(of: account, in: organization, transaction: transaction) {
            try end(id, of: account, because: reason, cause: cause, in: transaction)
        }
    }
}
