import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Replaces or removes an organization's logo.
struct ChangeLogo: Sendable {
    let context: IdentityContext

    /// Carries it out in the caller's transaction; the same logo again has no effect.
    ///
    /// - Throws: `Problem` 404 when there is no such organization.
    func callAsFunction(
        _ logo: LogoImage?, of id: OrganizationID, by actor: Actor, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws {
        guard let organization = try OrganizationStore.lock(id, in: transaction) else {
            throw Problem.notFound
        }
        let isChanged =
            if let logo {
                try LogoStore.replace(logo, of: id, at: cause.clockTime, in: transaction)
            } else {
                try LogoStore.remove(of: id, in: transaction)
            }
        guard isChanged else { return }
        try Audit.record(
            .logoChanged, by: actor, for: id, about: [.id(id)], at: cause.clockTime, in: transaction)
        let event = try UpdateOrganization.event(organization, cause: cause, in: transaction)
        let parts = try LogoSnapshots.events(logo?.bytes, of: id, cause: cause)
        try context.service.outbox.write([event] + parts, in: transaction)
    }
}
