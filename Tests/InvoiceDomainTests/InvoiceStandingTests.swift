import InvoiceDomain
import Testing

/// Every kind of action, with the amounts that matter.
private let actions: [InvoiceAction] = [
    .edit, .delete, .finalize(lineCount: 2), .finalize(lineCount: 0), .send, .receive(40), .receive(100),
    .receive(0),
    .refund(40), .beginProcessing, .endProcessing, .passDueDate, .void, .giveUp, .remind, .replaceLink,
]

/// What an action must lead to, written down by hand for every state.
private enum Expected: Equatable {
    case allowed(InvoiceState, DebtState, [InvoiceFact])
    case refused(InvoiceRuleViolation)
}

@Suite struct InvoiceStandingTests {
    /// An invoice over 100 as it usually is in each state.
    private static func usual(_ state: InvoiceState) -> InvoiceStanding {
        InvoiceStanding(state: state, amounts: InvoiceAmounts(total: 100, paid: state == .paid ? 100 : 0))
    }

    private static let table: [InvoiceState: [Expected]] = [
        .draft: [
            .allowed(.draft, .unpaid, [.updated]), .allowed(.draft, .unpaid, [.deleted]),
            .allowed(.finalized, .unpaid, [.finalized]), .refused(.noLines), .refused(.isDraft),
            .refused(.isDraft),
            .refused(.isDraft), .refused(.amountNotPositive), .refused(.isDraft), .refused(.isDraft),
            .refused(.isDraft), .refused(.isDraft), .refused(.isDraft), .refused(.isDraft),
            .refused(.isDraft), .refused(.isDraft),
        ],
        .finalized: [
            .refused(.notDraft), .refused(.notDraft), .refused(.notDraft), .refused(.notDraft),
            .allowed(.finalized, .unpaid, [.sent]),
            .allowed(.finalized, .partiallyPaid, [.paymentApplied, .partiallyPaid]),
            .allowed(.paid, .paid, [.paymentApplied, .paid]), .refused(.amountNotPositive),
            .refused(.refundExceedsReceived), .allowed(.finalized, .processing, [.updated]),
            .allowed(.finalized, .unpaid, []), .allowed(.finalized, .unpaid, [.overdue]),
            .allowed(.voided, .unpaid, [.voided]), .allowed(.uncollectible, .unpaid, [.markedUncollectible]),
            .allowed(.finalized, .unpaid, [.reminded]),
            .allowed(.finalized, .unpaid, [.linkChanged]),
        ],
        .paid: [
            .refused(.notDraft), .refused(.notDraft), .refused(.notDraft), .refused(.notDraft),
            .refused(.nothingOpen), .allowed(.paid, .overpaid, [.paymentApplied]),
            .allowed(.paid, .overpaid, [.paymentApplied]), .refused(.amountNotPositive),
            .allowed(.paid, .partiallyRefunded, [.updated]), .allowed(.paid, .paid, []),
            .allowed(.paid, .paid, []),
            .refused(.nothingOpen), .refused(.moneyReceived), .refused(.nothingOpen),
            .refused(.nothingOpen), .refused(.nothingOpen),
        ],
        .voided: [
            .refused(.notDraft), .refused(.notDraft), .refused(.notDraft), .refused(.notDraft),
            .refused(.isVoided),
            .allowed(.voided, .overpaid, [.paymentApplied]), .allowed(.voided, .overpaid, [.paymentApplied]),
            .refused(.amountNotPositive), .refused(.refundExceedsReceived), .allowed(.voided, .unpaid, []),
            .allowed(.voided, .unpaid, []), .refused(.isVoided), .refused(.isVoided), .refused(.isVoided),
            .refused(.isVoided), .refused(.isVoided),
        ],
        .uncollectible: [
            .refused(.notDraft), .refused(.notDraft), .refused(.notDraft), .refused(.notDraft),
            .allowed(.uncollectible, .unpaid, [.sent]),
            .allowed(.uncollectible, .partiallyPaid, [.paymentApplied, .partiallyPaid]),
            .allowed(.paid, .paid, [.paymentApplied, .paid]), .refused(.amountNotPositive),
            .refused(.refundExceedsReceived), .allowed(.uncollectible, .processing, [.updated]),
            .allowed(.uncollectible, .unpaid, []), .allowed(.uncollectible, .unpaid, [.overdue]),
            .allowed(.voided, .unpaid, [.voided]), .refused(.isUncollectible),
            .refused(.isUncollectible),
            .allowed(.uncollectible, .unpaid, [.linkChanged]),
        ],
    ]

    @Test("every action in every state leads to what the table says", arguments: InvoiceState.allCases)
    func everyPair(_ state: InvoiceState) throws {
        let row = try #require(Self.table[state])
        #expect(row.count == actions.count)
        for (action, expected) in zip(actions, row) {
            #expect(Self.outcome(Self.usual(state), action) == expected, "\(action) in \(state)")
        }
    }

    private static func outcome(_ standing: InvoiceStanding, _ action: InvoiceAction) -> Expected {
        do throws(InvoiceRuleViolation) {
            let outcome = try standing.applying(action)
            return .allowed(outcome.standing.state, outcome.standing.debt, outcome.facts)
        } catch {
            return .refused(error)
        }
    }

    @Test("no sequence of actions breaks an invariant")
    func invariants() {
        // Every sequence of four actions from every state: 5 × 15^4 of them.
        for state in InvoiceState.allCases {
            var reached: Set<InvoiceStanding> = [Self.usual(state)]
            for _ in 0..<4 {
                var next: Set<InvoiceStanding> = []
                for standing in reached {
                    for action in actions {
                        guard let outcome = try? standing.applying(action) else { continue }
                        Self.check(standing, action, outcome)
                        next.insert(outcome.standing)
                    }
                }
                reached.formUnion(next)
            }
        }
    }

    private static func check(
        _ before: InvoiceStanding, _ action: InvoiceAction, _ outcome: InvoiceStanding.Outcome
    ) {
        let after = outcome.standing
        #expect(after.amounts.total == before.amounts.total)
        #expect(after.amounts.paid >= before.amounts.paid)
        #expect(after.amounts.refunded <= after.amounts.paid)
        #expect(before.state != .voided || after.state == .voided, "a voided invoice stays voided")
        #expect(before.state != .paid || after.state == .paid, "a refund never reopens a paid invoice")
        #expect(before.state == .draft || after.state != .draft, "an issued invoice never becomes a draft")
        #expect(
            (after.state == .paid)
                == (after.amounts.open == 0 && after.state != .voided && after.state != .draft))
        #expect(outcome.facts.contains(.paid) == (before.state != .paid && after.state == .paid))
        #expect(before.isOverdue == after.isOverdue || outcome.facts == [.overdue])
    }

    @Test("an invoice over nothing is paid when it is issued, and cannot be cancelled any more")
    func zeroTotal() throws {
        let draft = InvoiceStanding(state: .draft, amounts: InvoiceAmounts(total: 0))
        let outcome = try draft.applying(.finalize(lineCount: 1))
        #expect(outcome.standing.state == .paid)
        #expect(outcome.standing.debt == .paid)
        #expect(outcome.facts == [.finalized, .paid])
        #expect(throws: InvoiceRuleViolation.nothingOpen) { try outcome.standing.applying(.void) }
    }

    @Test(
        "the debt follows from the amounts",
        arguments: [
            (InvoiceState.finalized, 0, 0, 0, DebtState.unpaid), (.finalized, 40, 0, 0, .partiallyPaid),
            (.finalized, 40, 10, 0, .partiallyRefunded), (.finalized, 40, 40, 0, .refunded),
            (.paid, 100, 0, 0, .paid), (.paid, 150, 0, 0, .overpaid), (.paid, 150, 20, 0, .overpaid),
            (.paid, 150, 50, 0, .paid), (.paid, 150, 60, 0, .partiallyRefunded),
            (.paid, 150, 150, 0, .refunded),
            (.paid, 100, 100, 0, .refunded), (.paid, 80, 0, 20, .paid), (.paid, 100, 0, 20, .overpaid),
            (.paid, 0, 0, 100, .paid), (.voided, 0, 0, 0, .unpaid), (.voided, 100, 0, 0, .overpaid),
            (.voided, 100, 40, 0, .overpaid), (.voided, 100, 100, 0, .refunded),
        ])
    func debts(state: InvoiceState, paid: Int64, refunded: Int64, credited: Int64, expected: DebtState) {
        let amounts = InvoiceAmounts(total: 100, paid: paid, refunded: refunded, credited: credited)
        #expect(InvoiceStanding(state: state, amounts: amounts).debt == expected)
    }

    @Test("amounts that would not fit are refused, not wrapped around")
    func overflow() {
        let standing = InvoiceStanding(
            state: .finalized, amounts: InvoiceAmounts(total: 100, paid: InvoiceStanding.maximumAmount))
        #expect(throws: InvoiceRuleViolation.amountTooLarge) { try standing.applying(.receive(1)) }
        #expect(throws: InvoiceRuleViolation.amountTooLarge) { try standing.applying(.receive(.max)) }
    }

    @Test("being under way is shown only where money is still to come")
    func processing() throws {
        let partly = InvoiceStanding(state: .finalized, amounts: InvoiceAmounts(total: 100, paid: 40))
        let processing = try partly.applying(.beginProcessing)
        #expect(processing.standing.debt == .processing)
        #expect(try processing.standing.applying(.endProcessing).standing.debt == .partiallyPaid)
        #expect(try processing.standing.applying(.receive(60)).standing.isProcessing == false)
    }

    @Test("an open dispute shows instead of everything else, and changes nothing but that")
    func disputed() throws {
        for state in [InvoiceState.finalized, .paid, .voided, .uncollectible] {
            let before = InvoiceStanding(state: state, amounts: InvoiceAmounts(total: 100, paid: 100))
            let opened = try before.applying(.dispute(isOpen: true))
            #expect(opened.standing.debt == .disputed)
            #expect(opened.facts == [.updated])
            #expect((opened.standing.state, opened.standing.amountDue) == (state, before.amountDue))
            #expect(try opened.standing.applying(.dispute(isOpen: true)).facts == [])
            #expect(try opened.standing.applying(.dispute(isOpen: false)).standing == before)
        }
        #expect(throws: InvoiceRuleViolation.isDraft) {
            try Self.usual(.draft).applying(.dispute(isOpen: true))
        }
    }
}
