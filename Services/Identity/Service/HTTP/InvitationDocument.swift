import IdentityDomain
import Primitives

/// Invitations as JSON; the secret is in none of them.
enum InvitationDocument {
    /// For the sender.
    static func bytes(_ invitation: StoredInvitation, at now: Instant) -> [UInt8] {
        var writer = JSONWriter()
        write(invitation, at: now, to: &writer)
        return writer.bytes
    }

    /// For the sender, many.
    static func bytes(_ invitations: some Sequence<StoredInvitation>, at now: Instant) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for invitation in invitations { write(invitation, at: now, to: &writer) }
        writer.endArray()
        return writer.bytes
    }

    /// For whoever holds the secret.
    static func bytes(_ view: ReadInvitation.View, at now: Instant) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("kind", view.invitation.purpose.kind)
        writer.member("role", view.invitation.purpose.role?.rawValue)
        writer.member("status", status(view.invitation, at: now))
        writer.member("email", view.invitation.email)
        writer.member("name", view.invitation.name)
        writer.member("organization_id", view.invitation.organizationID)
        writer.member("organization_name", view.organizationName)
        writer.member("account_exists", view.hasAccount)
        writer.member("expires_at", view.invitation.rule.expiresAt)
        writer.endObject()
        return writer.bytes
    }

    private static func write(_ invitation: StoredInvitation, at now: Instant, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", invitation.id)
        writer.member("kind", invitation.purpose.kind)
        writer.member("status", status(invitation, at: now))
        writer.member("customer_id", invitation.purpose.customerID)
        writer.member("role", invitation.purpose.role?.rawValue)
        writer.member("email", invitation.email)
        writer.member("name", invitation.name)
        writer.member("created_at", invitation.createdAt)
        writer.member("expires_at", invitation.rule.expiresAt)
        writer.endObject()
    }

    private static func status(_ invitation: StoredInvitation, at now: Instant) -> String {
        switch invitation.rule.state {
        case .accepted: "accepted"
        case .revoked: "revoked"
        case .pending: now < invitation.rule.expiresAt ? "pending" : "expired"
        }
    }
}
