/// Where an invoice stands, and the rules by which that changes.
public struct InvoiceStanding: Sendable, Hashable {
    /// As a document.
    public let state: InvoiceState
    /// What it asks for and what became of it.
    public let amounts: InvoiceAmounts
    /// Whether a payment is under way.
    public let isProcessing: Bool
    /// Whether the due day has passed with something open; set once.
    public let isOverdue: Bool
    /// Whether the payer objects to a payment, and the bank has not decided.
    public let isDisputed: Bool

    /// No amount of an invoice grows beyond this.
    public static let maximumAmount: Int64 = 1_000_000_000_000_000

    /// A standing as it was stored.
    public init(
        state: InvoiceState, amounts: InvoiceAmounts, isProcessing: Bool = false, isOverdue: Bool = false,
        isDisputed: Bool = false
    ) {
        self.state = state
        self.amounts = amounts
        self.isProcessing = isProcessing
        self.isOverdue = isOverdue
        self.isDisputed = isDisputed
    }

    /// What is still to come; nothing on a voided invoice.
    public var amountDue: Int64 {
        state == .voided ? 0 : amounts.open
    }

    /// Where the invoice stands as a debt.
    public var debt: DebtState {
        if isDisputed { return .disputed }
        if state == .voided { return voidedDebt }
        if amounts.open > 0 || amounts.paid == 0 && state != .paid { return openDebt }
        if amounts.refunded > amounts.surplus {
            return amounts.refunded >= amounts.paid ? .refunded : .partiallyRefunded
        }
        return amounts.refunded < amounts.surplus ? .overpaid : .paid
    }

    private var voidedDebt: DebtState {
        if amounts.paid == 0 { return .unpaid }
        // Nothing is owed on a voided invoice, so whatever is there is too much until it is given back.
        return amounts.refunded >= amounts.paid ? .refunded : .overpaid
    }

    private var openDebt: DebtState {
        if amounts.paid > 0, amounts.refunded > 0 {
            return amounts.refunded >= amounts.paid ? .refunded : .partiallyRefunded
        }
        if isProcessing { return .processing }
        return amounts.paid > 0 ? .partiallyPaid : .unpaid
    }

    /// What an action leads to: the new standing and what is to be published.
    public struct Outcome: Sendable, Hashable {
        /// How the invoice stands afterwards.
        public let standing: InvoiceStanding
        /// What has happened; empty when the action changed nothing that others need to know.
        public let facts: [InvoiceFact]
    }

    /// Applies an action.
    public func applying(_ action: InvoiceAction) throws(InvoiceRuleViolation) -> Outcome {
        switch action {
        case .edit:
            try requireDraft()
            return Outcome(standing: self, facts: [.updated])
        case .delete:
            try requireDraft()
            return Outcome(standing: self, facts: [.deleted])
        case .finalize(let lineCount):
            return try finalizing(lineCount)
        case .send:
            try requireOpen()
            return Outcome(standing: self, facts: [.sent])
        case .remind:
            return try reminding()
        case .replaceLink:
            try requireOpen()
            return Outcome(standing: self, facts: [.linkChanged])
        case .receive(let amount):
            return try receiving(amount)
        case .refund(let amount):
            return try refunding(amount)
        case .dispute(let isOpen):
            guard state != .draft else { throw .isDraft }
            let next = with(isDisputed: isOpen)
            return Outcome(standing: next, facts: next.debt == debt ? [] : [.updated])
        case .credit(let amount):
            return try crediting(amount)
        case .withdrawCredit(let amount):
            return try withdrawingCredit(amount)
        case .beginProcessing:
            return try processing(true)
        case .endProcessing:
            return try processing(false)
        case .passDueDate:
            try requireOpen()
            guard !isOverdue else { throw .isOverdue }
            return Outcome(standing: with(isOverdue: true), facts: [.overdue])
        case .void:
            return try voiding()
        case .giveUp:
            try requireOpen()
            guard state != .uncollectible else { throw .isUncollectible }
            return Outcome(standing: with(state: .uncollectible), facts: [.markedUncollectible])
        }
    }

    private func finalizing(_ lineCount: Int) throws(InvoiceRuleViolation) -> Outcome {
        try requireDraft()
        guard lineCount > 0 else { throw .noLines }
        // An invoice over nothing is paid by being issued.
        guard amounts.total > 0 else {
            return Outcome(standing: with(state: .paid), facts: [.finalized, .paid])
        }
        return Outcome(standing: with(state: .finalized), facts: [.finalized])
    }

    private func receiving(_ amount: Int64) throws(InvoiceRuleViolation) -> Outcome {
        guard amount > 0 else { throw .amountNotPositive }
        guard amounts.paid <= Self.maximumAmount - amount else { throw .amountTooLarge }
        let received = amounts.receiving(amount)
        switch state {
        case .draft:
            throw .isDraft
        case .voided, .paid:
            // Money that slipped between: it is booked, and the payment service gives it back or keeps it as credit.
            return Outcome(standing: with(amounts: received, isProcessing: false), facts: [.paymentApplied])
        case .finalized, .uncollectible:
            let isPaid = received.open == 0
            let next = with(state: isPaid ? .paid : state, amounts: received, isProcessing: false)
            return Outcome(standing: next, facts: [.paymentApplied, isPaid ? .paid : .partiallyPaid])
        }
    }

    private func refunding(_ amount: Int64) throws(InvoiceRuleViolation) -> Outcome {
        guard state != .draft else { throw .isDraft }
        guard amount > 0 else { throw .amountNotPositive }
        guard amounts.refunded + amount <= amounts.paid else { throw .refundExceedsReceived }
        return Outcome(standing: with(amounts: amounts.refunding(amount)), facts: [.updated])
    }

    private func crediting(_ amount: Int64) throws(InvoiceRuleViolation) -> Outcome {
        guard state != .draft else { throw .isDraft }
        guard state != .voided else { throw .isVoided }
        guard amount > 0 else { throw .amountNotPositive }
        guard amount <= amounts.total - amounts.credited else { throw .creditExceedsInvoice }
        let credited = amounts.crediting(amount)
        let becomesPaid = state != .paid && credited.open == 0
        return Outcome(
            standing: with(state: becomesPaid ? .paid : state, amounts: credited),
            facts: becomesPaid ? [.credited, .paid] : [.credited])
    }

    /// Only as long as something is open: a paid invoice is never opened again.
    private func withdrawingCredit(_ amount: Int64) throws(InvoiceRuleViolation) -> Outcome {
        guard state == .finalized || state == .uncollectible else { throw .creditSettled }
        guard amount > 0, amount <= amounts.credited else { throw .amountNotPositive }
        return Outcome(standing: with(amounts: amounts.crediting(-amount)), facts: [.creditWithdrawn])
    }

    private func processing(_ isProcessing: Bool) throws(InvoiceRuleViolation) -> Outcome {
        guard state != .draft else { throw .isDraft }
        let next = with(isProcessing: isProcessing)
        return Outcome(standing: next, facts: next.debt == debt ? [] : [.updated])
    }

    /// Nobody is asked for what was given up, or for what is on its way.
    private func reminding() throws(InvoiceRuleViolation) -> Outcome {
        try requireOpen()
        guard state != .uncollectible else { throw .isUncollectible }
        guard !isProcessing else { throw .paymentUnderWay }
        return Outcome(standing: self, facts: [.reminded])
    }

    private func voiding() throws(InvoiceRuleViolation) -> Outcome {
        guard state != .draft else { throw .isDraft }
        guard state != .voided else { throw .isVoided }
        guard state != .paid || amounts.paid > 0 else { throw .nothingOpen }
        guard amounts.paid == 0 else { throw .moneyReceived }
        return Outcome(standing: with(state: .voided), facts: [.voided])
    }

    private func requireDraft() throws(InvoiceRuleViolation) {
        guard state == .draft else { throw .notDraft }
    }

    /// What follows is only for issued invoices that somebody still has to pay.
    private func requireOpen() throws(InvoiceRuleViolation) {
        switch state {
        case .draft: throw .isDraft
        case .voided: throw .isVoided
        case .paid: throw .nothingOpen
        case .finalized, .uncollectible: return
        }
    }

    private func with(
        state: InvoiceState? = nil, amounts: InvoiceAmounts? = nil, isProcessing: Bool? = nil,
        isOverdue: Bool? = nil, isDisputed: Bool? = nil
    ) -> InvoiceStanding {
        InvoiceStanding(
            state: state ?? self.state, amounts: amounts ?? self.amounts,
            isProcessing: isProcessing ?? self.isProcessing, isOverdue: isOverdue ?? self.isOverdue,
            isDisputed: isDisputed ?? self.isDisputed)
    }
}
