import InvoiceDomain
import Postgres
import Primitives

/// What of an invoice changes after it was issued: the part that payments, links and the calendar touch.
struct InvoiceChanging: Sendable, Hashable {
    var standing: InvoiceStanding
    var processingPaymentID: PaymentID?
    var paidAt: Instant?
    var voidedAt: Instant?
    var uncollectibleAt: Instant?
    var overdueAt: Instant?
    var payLink: PayLinkState
    /// Of the last public event.
    var sequence: Int64
    /// The client's account, which belongs to the customer.
    var accountID: AccountID?
    /// What credit notes said is to become the client's credit instead of being refunded, in minor units.
    var amountToCredit: Int64 = 0

    /// The columns in the order in which `init(_:at:)` reads them.
    static let columns = """
        i.state, i.total, i.amount_paid, i.amount_refunded, i.amount_credited, i.is_processing, \
        i.processing_payment_id, i.paid_at, i.voided_at, i.uncollectible_at, i.overdue_at, \
        i.pay_link_generation, i.pay_link_expires_at, i.pay_link_one_time, i.sequence, c.account_id, i.amount_to_credit, i.debt
        """
    static let columnCount = 18

    init(_ row: Row, at first: Int) throws(PostgresError) {
        overdueAt = try row[first + 10]
        standing = InvoiceStanding(
            state: try row[first],
            amounts: InvoiceAmounts(
                total: try row[first + 1], paid: try row[first + 2], refunded: try row[first + 3],
                credited: try row[first + 4]),
            isProcessing: try row[first + 5], isOverdue: overdueAt != nil,
            isDisputed: try row.get(first + 17, as: DebtState.self) == .disputed)
        processingPaymentID = try row[first + 6]
        paidAt = try row[first + 7]
        voidedAt = try row[first + 8]
        uncollectibleAt = try row[first + 9]
        payLink = PayLinkState(
            generation: try row[first + 11], expiresAt: try row[first + 12], isOneTime: try row[first + 13])
        sequence = try row[first + 14]
        accountID = try row[first + 15]
        amountToCredit = try row[first + 16]
    }

    /// A new draft.
    init(total: Int64, isOneTimeLink: Bool, accountID: AccountID?) {
        standing = InvoiceStanding(state: .draft, amounts: InvoiceAmounts(total: total))
        payLink = PayLinkState(generation: 1, expiresAt: nil, isOneTime: isOneTimeLink)
        sequence = 0
        self.accountID = accountID
    }

    /// Applies an action and sets the stamps that belong to it.
    mutating func apply(_ action: InvoiceAction, at now: Instant) throws(InvoiceRuleViolation)
        -> [InvoiceFact]
    {
        let outcome = try standing.applying(action)
        standing = outcome.standing
        if !standing.isProcessing { processingPaymentID = nil }
        for fact in outcome.facts {
            switch fact {
            case .paid: paidAt = now
            case .voided: voidedAt = now
            case .overdue: overdueAt = now
            case .markedUncollectible: uncollectibleAt = now
            case .linkChanged: payLink.generation += 1
            case .updated, .deleted, .finalized, .sent, .reminded, .paymentApplied, .partiallyPaid, .credited,
                .creditSent, .creditWithdrawn:
                break
            }
        }
        return outcome.facts
    }
}

/// The life of an invoice's pay link.
struct PayLinkState: Sendable, Hashable {
    /// Raised by revocation and renewal; older links are dead.
    var generation: Int64
    /// Set when the invoice is issued.
    var expiresAt: Instant?
    var isOneTime: Bool
}

extension InvoiceState: PostgresCodable {}
extension DebtState: PostgresCodable {}
