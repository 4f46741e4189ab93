import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit

@testable import PaymentService

extension PaymentWorld {
    /// Gives, rests or takes back a permission; nil leaves it as it is not.
    @discardableResult
    func set(
        _ scope: MandateScope, to status: Mandate.Status?, card: PaymentMethodID
    ) async throws -> SetMandate.Result? {
        guard let status else {
            if scope == .sender {
                try await pool.transaction { tx in
                    try tx.send("DELETE FROM plans")
                    try tx.send("DELETE FROM mandates")
                }
            }
            return nil
        }
        let wanted = MandateStore.Wanted(
            organizationID: organizationID, accountID: accountID, scope: scope,
            terms: MandateTerms(paymentMethodID: card, chargeAfterDays: 3),
            coversFrom: Instant(microseconds: 0), consentedFrom: "127.0.0.1")
        return try await pool.transaction { [parts, accountID, organizationID] tx in
            let covered = scope.invoiceID?.raw ?? scope.recurringInvoiceID?.raw ?? organizationID.raw
            let known = try MandateStore.find(of: accountID, covering: covered, in: tx)
            var result: SetMandate.Result?
            if known == nil || known?.mandate.status == .revoked, status != .revoked || known == nil {
                result = try parts.mandates.enable(wanted, in: tx)
            }
            if status != .active || result == nil {
                result = try parts.mandates.change(to: status, in: tx) { tx in
                    try MandateStore.find(of: accountID, covering: covered, in: tx)
                }
            }
            return result
        }
    }

    /// What the mandate of an invoice's one live plan covers; nil when there is no live plan.
    func collecting(_ invoice: InvoiceID) async throws -> String? {
        let found = try await scalar(
            """
            SELECT string_agg(CASE WHEN m.invoice_id IS NOT NULL THEN 'invoice'
                                   WHEN m.recurring_invoice_id IS NOT NULL THEN 'series' ELSE 'sender' END, ' ')
              FROM plans p JOIN mandates m ON m.mandate_id = p.mandate_id
             WHERE p.invoice_id = $1 AND p.state IN ('planned', 'waiting', 'charging')
            """, invoice)
        return found == "-" ? nil : found
    }

    /// State and reason of an invoice's plans, the sender's mandate first.
    func plans(_ invoice: InvoiceID) async throws -> String {
        try await scalar(
            """
            SELECT string_agg(p.state || '/' || coalesce(p.reason, '-'), ' ' ORDER BY m.invoice_id NULLS FIRST)
              FROM plans p JOIN mandates m ON m.mandate_id = p.mandate_id WHERE p.invoice_id = $1
            """, invoice)
    }

    func decide(_ wish: ChangeCharge.Wish, _ invoice: InvoiceID, by account: AccountID? = nil) async throws {
        try await pool.transaction { [parts, accountID] tx in
            let plan = try tx.query("SELECT plan_id FROM plans WHERE invoice_id = $1", [invoice]).scalar(
                as: ChargePlanID.self)
            guard let plan else { throw TestFailure(description: "no plan") }
            try parts.changeCharge(wish, plan, of: account ?? accountID, in: tx)
        }
    }

    func refusal(_ wish: ChangeCharge.Wish, _ invoice: InvoiceID, by account: AccountID? = nil) async throws
        -> String
    {
        do {
            try await decide(wish, invoice, by: account)
            return "none"
        } catch let problem as Problem {
            return problem.code
        }
    }
}
