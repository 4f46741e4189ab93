public import Primitives

/// What of an invoice statistics and lists depend on.
public struct CountedInvoice: Sendable, Hashable {
    /// Where it stands.
    public let standing: InvoiceStanding
    /// When it is due.
    public let dueDate: CivilDate
    /// When it was issued; nil for a draft.
    public let issueDate: CivilDate?
    /// The moment of the issue.
    public let finalizedAt: Instant?
    /// The moment from which nothing was open.
    public let paidAt: Instant?

    /// An invoice as it is.
    public init(
        standing: InvoiceStanding, dueDate: CivilDate, issueDate: CivilDate?, finalizedAt: Instant?,
        paidAt: Instant?
    ) {
        self.standing = standing
        self.dueDate = dueDate
        self.issueDate = issueDate
        self.finalizedAt = finalizedAt
        self.paidAt = paidAt
    }

    /// Nothing is open, too much or given back: what most invoices become.
    public var isPlainlyPaid: Bool { standing.state == .paid && standing.debt == .paid }

    /// What this invoice adds to the statistics while it is as it is; a draft adds nothing.
    public var contributions: [StatisticKey: StatisticValue] {
        guard let issueDate, standing.state != .draft else { return [:] }
        let total = StatisticValue(count: 1, amount: standing.amounts.total)
        let open = StatisticValue(count: 1, amount: standing.amounts.open)
        var values = [StatisticKey(day: issueDate, measure: .issued): total]
        if standing.amounts.credited > 0, standing.state != .voided {
            values[StatisticKey(day: issueDate, measure: .credited)] = StatisticValue(
                count: 1, amount: standing.amounts.credited)
        }
        switch standing.state {
        case .draft: break
        case .finalized: values[StatisticKey(day: dueDate, measure: .open)] = open
        case .voided: values[StatisticKey(day: issueDate, measure: .voided)] = total
        case .uncollectible: values[StatisticKey(day: issueDate, measure: .uncollectible)] = open
        case .paid:
            values[StatisticKey(day: issueDate, measure: .paid)] = StatisticValue(
                count: 1, amount: standing.amounts.total, seconds: secondsUntilPaid)
        }
        return values
    }

    private var secondsUntilPaid: Int64 {
        guard let finalizedAt, let paidAt else { return 0 }
        return max(0, (paidAt - finalizedAt).microseconds / 1_000_000)
    }

    /// By how much the statistics change when an invoice becomes another; nil is none at all.
    public static func changes(
        from before: CountedInvoice?, to after: CountedInvoice?
    ) -> [StatisticKey: StatisticValue] {
        var changes = after?.contributions ?? [:]
        for (key, value) in before?.contributions ?? [:] {
            changes[key, default: .zero] = changes[key, default: .zero] + -value
        }
        return changes.filter { $0.value != .zero }
    }
}
