import Postgres
import Primitives

/// What matters for the security of an account or an organization, kept in the transaction of the event itself.
enum Audit {
    enum Kind: String, Sendable, CaseIterable {
        case signedUp = "signed_up"
        /// Somebody signed up with an address that has an account.
        case signUpRepeated = "sign_up_repeated"
        case loggedIn = "logged_in"
        case loginFailed = "login_failed"
        /// After too many failures; the first of a window.
        case loginRefused = "login_refused"
        /// The failure after which logins are refused for the rest of the window.
        case loginsLocked = "logins_locked"
        case loggedOut = "logged_out"
        case loggedOutEverywhere = "logged_out_everywhere"
        case sessionRevoked = "session_revoked"
        case tokenReused = "token_reused"
        case emailVerified = "email_verified"
        case passwordCheckFailed = "password_check_failed"
        case passwordResetAsked = "password_reset_asked"
        case passwordResetDone = "password_reset_done"
        case passwordChanged = "password_changed"
        case emailChangeAsked = "email_change_asked"
        case emailChanged = "email_changed"
        case totpEnabled = "totp_enabled"
        case totpDisabled = "totp_disabled"
        case recoveryCodesRenewed = "recovery_codes_renewed"
        case invitationSent = "invitation_sent"
        case invitationResent = "invitation_resent"
        case invitationRevoked = "invitation_revoked"
        case invitationAccepted = "invitation_accepted"
        case memberRoleChanged = "member_role_changed"
        case memberRestricted = "member_restricted"
        case memberRemoved = "member_removed"
        case organizationChanged = "organization_changed"
        case logoChanged = "logo_changed"
        case apiKeyMade = "api_key_made"
        case apiKeyRotated = "api_key_rotated"
        case apiKeyRevoked = "api_key_revoked"
        case apiClientMade = "api_client_made"
        case apiClientRotated = "api_client_rotated"
        case apiClientRevoked = "api_client_revoked"
        case accountExported = "account_exported"
        case accountErased = "account_erased"
        case superadminActed = "superadmin_acted"
    }

    /// The id of something that an event is about; there is no other way to say more than the kind does.
    struct Subject: Sendable, Hashable {
        let text: String

        static func id<Entity>(_ id: ID<Entity>) -> Subject { Subject(text: "\(id)") }
    }

    /// An event as it is shown.
    struct Event: Sendable {
        let id: AuditEventID
        let accountID: AccountID
        let organizationID: OrganizationID?
        let kind: String
        let subjects: [String]
        let clientAddress: String
        let userAgent: String?
        let at: Instant
        /// Where and how a superadmin acted; nil for every other kind.
        let service: String?
        let action: String?
        let requestID: String?
    }

    /// Whose events are listed.
    enum Scope: Sendable {
        case account(AccountID)
        case organization(OrganizationID)
    }

    /// Keeps an event.
    ///
    /// - Parameters:
    ///   - kind: What happened.
    ///   - account: Who did it, or to whom it happened; nil when nobody is known: then the statement is carried out all
    ///     the same and keeps nothing, so that known and unknown people cost the same.
    ///   - organization: For which organization; nil stands for the one that a login of the account acts for.
    ///   - subjects: What it was about.
    ///   - origin: From where the request came.
    ///   - now: When.
    ///   - transaction: That of the event.
    /// - Throws: What the statement failed with.
    static func record(
        _ kind: Kind, account: AccountID?, organization: OrganizationID? = nil,
        about subjects: [Subject] = [],
        from origin: RequestOrigin, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO audit_events
                (id, account_id, organization_id, kind, subjects, client_address, user_agent, at)
            SELECT $1, accounts.id, coalesce((SELECT id FROM organizations WHERE id = $3), (
                    SELECT organization_id FROM memberships WHERE account_id = $2
                    ORDER BY since, organization_id LIMIT 1)),
                $4, $5::text[], $6, $7, $8::timestamptz
            FROM accounts WHERE accounts.id = $2
            """,
            [
                AuditEventID.new(at: now), account, organization, kind.rawValue, subjects.map(\.text),
                origin.address, origin.userAgent, now,
            ])
    }

    /// Keeps what somebody did for an organization.
    static func record(
        _ kind: Kind, by actor: Actor, for organization: OrganizationID, about subjects: [Subject],
        at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try record(
            kind, account: actor.accountID, organization: organization, about: subjects, from: actor.origin,
            at: now, in: transaction)
    }

    /// Newest first, those before a known one.
    static func page(
        of scope: Scope, before: AuditEventID?, limit: Int, in transaction: borrowing Transaction
    ) throws(PostgresError) -> [Event] {
        let (column, id) =
            switch scope {
            case .account(let id): ("account_id", id.raw)
            case .organization(let id): ("organization_id", id.raw)
            }
        let rows = try transaction.query(
            """
            SELECT id, account_id, organization_id, kind, subjects, client_address, user_agent, at, service, action,
                request_id
            FROM audit_events WHERE \(column) = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
            """, [id, before, limit])
        return try rows.map { row throws(PostgresError) in
            Event(
                id: try row.get(0), accountID: try row.get(1), organizationID: try row.get(2),
                kind: try row.get(3), subjects: try row.get(4), clientAddress: try row.get(5),
                userAgent: try row.get(6), at: try row.get(7), service: try row.get(8),
                action: try row.get(9), requestID: try row.get(10))
        }
    }

    /// Forgets from where somebody came; that something happened stays.
    static func blankOrigins(of account: AccountID, in transaction: borrowing Transaction)
        throws(PostgresError)
    {
        try transaction.execute(
            "UPDATE audit_events SET client_address = '', user_agent = NULL WHERE account_id = $1", [account])
    }

    /// Removes the oldest, at most so many at a time.
    static func prune(before: Instant, limit: Int, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> Int
    {
        try transaction.execute(
            """
            DELETE FROM audit_events WHERE id IN (
                SELECT id FROM audit_events WHERE at < $1 ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED)
            """, [before, limit])
    }
}
