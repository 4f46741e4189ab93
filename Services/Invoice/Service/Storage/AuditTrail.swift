import EventContracts
import Postgres
import Primitives
import ServiceKit

/// What was done to invoices and by whom, written in the transaction that does it and never changed.
enum AuditTrail {
    /// Who did it.
    enum Actor: Sendable, Hashable {
        case account(AccountID)
        case superadmin(AccountID)
        case machine(APIKeyID)
        /// This service by itself.
        case service

        init(_ principal: Principal) {
            if let machine = principal.machineID {
                self = .machine(machine)
            } else {
                self =
                    principal.isSuperadmin
                    ? .superadmin(principal.accountID) : .account(principal.accountID)
            }
        }

        var kind: String {
            switch self {
            case .account: "account"
            case .superadmin: "superadmin"
            case .machine: "machine"
            case .service: "service"
            }
        }

        var id: RawID? {
            switch self {
            case .account(let id), .superadmin(let id): id.raw
            case .machine(let id): id.raw
            case .service: nil
            }
        }

        init?(kind: String, id: RawID?) {
            switch (kind, id) {
            case ("account", let id?): self = .account(AccountID(id))
            case ("superadmin", let id?): self = .superadmin(AccountID(id))
            case ("machine", let id?): self = .machine(APIKeyID(id))
            case ("service", nil): self = .service
            default: return nil
            }
        }
    }

    /// Keeps what these events tell of invoices; each becomes an entry with the invoice as it stands now.
    static func record(
        _ events: [OutgoingEvent], by actor: Actor, of organizationID: OrganizationID, at now: Instant,
        in tx: borrowing Transaction
    ) throws(PostgresError) {
        let told = events.compactMap { event in action(of: event.type).map { (event.aggregate, $0) } }
        guard !told.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO audit_entries (id, organization_id, invoice_id, action, actor_kind, actor_id, at, state, debt,
                currency, total, due_date, customer_id, invoice_number)
            SELECT t.id, $4, t.invoice_id, t.action, $5, $6, $7, i.state, i.debt, i.currency, i.total, i.due_date,
                i.customer_id, i.number
            FROM unnest($1::uuid[], $2::uuid[], $3::text[]) WITH ORDINALITY AS t (id, invoice_id, action, position)
                LEFT JOIN invoices i ON i.id = t.invoice_id
            ORDER BY t.position
            """,
            [
                told.map { _ in AuditEventID.new(at: now) }, told.map(\.0), told.map(\.1), organizationID,
                actor.kind, actor.id, now,
            ])
    }

    /// `finalized` for `invoice.finalized.v1`, `credit_note_issued` for that; nil for what is not about an invoice.
    private static func action(of type: String) -> String? {
        let parts = type.split(separator: "." as Character)
        guard parts.count == 3 else { return nil }
        switch parts[0] {
        case "invoice": return String(parts[1])
        case "credit_note": return "credit_note_\(parts[1])"
        default: return nil
        }
    }
}
