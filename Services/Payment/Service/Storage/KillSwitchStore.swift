import Postgres
import Primitives

/// The statements about what an operator has stopped.
enum KillSwitchStore {
    /// What can be stopped.
    enum Scope: Sendable {
        case organization(OrganizationID)
        case gateway(String)

        /// Reads an organization's id, or the name of an account at the gateway.
        init?(_ text: String?) {
            if let organization = text.flatMap({ OrganizationID($0) }) {
                self = .organization(organization)
            } else if let text, text == SaveCard.platformAccount {
                self = .gateway(text)
            } else {
                return nil
            }
        }

        var text: String {
            switch self {
            case .organization(let id): id.description
            case .gateway(let account): account
            }
        }

        fileprivate var organizationID: OrganizationID? {
            if case .organization(let id) = self { return id }
            return nil
        }

        fileprivate var gatewayAccount: String? {
            if case .gateway(let account) = self { return account }
            return nil
        }
    }

    /// Who turned a switch, when and why.
    struct Act: Hashable, Sendable {
        let reason: String
        let accountID: AccountID
        let at: Instant
    }

    /// A stop, and what ended it.
    struct Stored: Sendable {
        let id: KillSwitchID
        let scope: String
        let stopped: Act
        /// nil while it stops.
        let released: Act?
    }

    /// Whether nothing may be charged for the organization of the row named `row`; one account at the gateway serves all.
    static func isStopped(_ row: String) -> String {
        """
        EXISTS (SELECT FROM kill_switches k
                 WHERE k.released_at IS NULL AND (k.organization_id IS NULL OR k.organization_id = \(row).organization_id))
        """
    }

    /// The organizations among some for which nothing may be charged.
    static func stopped(
        among organizations: [OrganizationID], in tx: borrowing Transaction
    ) throws -> Set<OrganizationID> {
        Set(
            try tx.query(
                """
                SELECT t.organization_id FROM unnest($1::uuid[]) AS t (organization_id) WHERE \(isStopped("t"))
                """, [organizations]
            ).column(0))
    }

    /// Stops; what is stopped already keeps its reason.
    static func stop(_ scope: Scope, _ act: Act, in tx: borrowing Transaction) throws {
        try tx.send(
            """
            INSERT INTO kill_switches (kill_switch_id, scope, organization_id, gateway_account, reason, stopped_by, stopped_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (scope) WHERE released_at IS NULL DO NOTHING
            """,
            [
                KillSwitchID.new(at: act.at), scope.text, scope.organizationID, scope.gatewayAccount,
                act.reason, act.accountID, act.at,
            ])
    }

    /// Lets charges go on.
    static func release(_ scope: Scope, _ act: Act, in tx: borrowing Transaction) throws {
        try tx.send(
            """
            UPDATE kill_switches SET release_reason = $2, released_by = $3, released_at = $4
             WHERE scope = $1 AND released_at IS NULL
            """, [scope.text, act.reason, act.accountID, act.at])
    }

    private static let columns = """
        kill_switch_id, scope, reason, stopped_by, stopped_at, release_reason, released_by, released_at
        """

    private static func stored(_ row: Row) throws -> Stored {
        let releasedAt: Instant? = try row[7]
        return Stored(
            id: try row[0], scope: try row[1],
            stopped: Act(reason: try row[2], accountID: try row[3], at: try row[4]),
            released: try releasedAt.map { Act(reason: try row[5], accountID: try row[6], at: $0) })
    }

    /// The last stop of something; nil when it was never stopped.
    static func last(_ scope: Scope, in tx: borrowing Transaction) throws -> Stored? {
        try tx.query(
            "SELECT \(columns) FROM kill_switches WHERE scope = $1 ORDER BY kill_switch_id DESC LIMIT 1",
            [scope.text]
        ).first.map { try stored($0) }
    }

    /// What is or was stopped, the latest first.
    static func list(
        isStopped: Bool?, before cursor: KillSwitchID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            SELECT \(columns) FROM kill_switches
             WHERE ($1::boolean IS NULL OR (released_at IS NULL) = $1) AND ($2::uuid IS NULL OR kill_switch_id < $2)
             ORDER BY kill_switch_id DESC LIMIT $3
            """, [isStopped, cursor, limit]
        ).map { try stored($0) }
    }
}
