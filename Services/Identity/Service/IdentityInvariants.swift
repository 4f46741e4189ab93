import ServiceKit

/// What must always hold in identity's schema.
enum IdentityInvariants {
    static let all = [
        Invariant(
            "organization_has_owner", "Every organization has an owner.",
            violations: """
                SELECT id FROM organizations WHERE NOT EXISTS (
                    SELECT FROM memberships WHERE organization_id = organizations.id AND role = 'owner')
                """),
        Invariant(
            "revoked_session_ended", "A login whose tokens are refused has ended.",
            violations: """
                SELECT id FROM sessions JOIN access_revoked_sessions ON session_id = id WHERE revoked_at IS NULL
                """),
        Invariant(
            "session_of_member", "A login that acts for an organization is that of a member.",
            violations: """
                SELECT id FROM sessions WHERE organization_id IS NOT NULL AND revoked_at IS NULL AND NOT EXISTS (
                    SELECT FROM memberships WHERE memberships.organization_id = sessions.organization_id
                        AND memberships.account_id = sessions.account_id)
                """),
        Invariant(
            "one_signing_key", "At most one key signs.",
            violations:
                "SELECT id FROM signing_keys WHERE retired_at IS NULL ORDER BY created_at DESC OFFSET 1"),
    ]
}
