import Crypto
import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// What somebody sees who holds the secret of an invitation.
struct ReadInvitation: Sendable {
    struct View: Sendable {
        let invitation: StoredInvitation
        let organizationName: String
        /// Whether the address has an account: then the page asks to log in instead of choosing a password.
        let hasAccount: Bool
    }

    let context: IdentityContext

    /// - Throws: `Problem` 404 for a secret that names none.
    func callAsFunction(_ secret: String) async throws -> View {
        guard SecretToken.isWellFormed(secret, prefix: Invite.secretPrefix) else {
            throw Problem.notFound
        }
        let hash = SecretToken.hash(of: secret)
        return try await context.service.pool.transaction { tx in
            guard let invitation = try InvitationStore.find(hash: hash, isLocking: false, in: tx),
                let organization = try OrganizationStore.find(invitation.organizationID, in: tx)
            else { throw Problem.notFound }
            let account = try AccountStore.find(emailKey: invitation.emailKey, in: tx)
            return View(
                invitation: invitation, organizationName: organization.name, hasAccount: account != nil)
        }
    }
}
