public import Primitives

/// When and why an automatic payment collects an invoice.
public struct ChargePlan: Hashable, Sendable {
    /// Where an automatic payment stands.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// Waiting for its day.
        case planned
        /// Its day has come; another payment holds the invoice.
        case waiting
        /// Under way.
        case charging
        /// Done.
        case collected
        /// Will not happen.
        case cancelled
        /// The payer has skipped it.
        case skipped
        /// No more tries.
        case failed

        /// Whether it may still collect.
        public var isLive: Bool {
            switch self {
            case .planned, .waiting, .charging: true
            case .collected, .cancelled, .skipped, .failed: false
            }
        }
    }

    /// The part of an invoice without instalments.
    public static let wholeInvoice = 0

    /// The one id that a mandate's plan for a part of an invoice can have, so that planning twice plans once.
    public static func id(invoice: InvoiceID, part: Int, mandate: MandateID) -> ChargePlanID {
        ChargePlanID(.v5(namespace: mandate.raw, name: invoice.raw.bytes + Array(String(part).utf8)))
    }

    /// The one payment that a plan can become.
    public static func paymentID(of plan: ChargePlanID) -> PaymentID {
        PaymentID(.v5(namespace: plan.raw, name: "payment"))
    }

    /// The timer that a plan asks the scheduler for.
    public static func scheduleID(of plan: ChargePlanID) -> ScheduleID { ScheduleID(plan.raw) }

    /// When the charge is due: so many days after the issue date at 09:00 in the sender's zone, or at once; of a part not
    /// before its own day.
    ///
    /// A day that has passed already is due at once as well: the permission came late.
    ///
    /// - Parameters:
    ///   - issueDate: The day the invoice was issued.
    ///   - days: The mandate's days after it; 0 means at once.
    ///   - partDue: The day of the part that is charged; nil for the whole.
    ///   - zone: The sender's zone.
    ///   - now: The injected clock's time.
    /// - Returns: The local day, and the moment.
    public static func due(
        issueDate: CivilDate, days: Int, partDue: CivilDate? = nil, zone: Zone, now: Instant
    ) -> (date: CivilDate, at: Instant) {
        let agreed = issueDate.adding(days: days)
        let date = partDue.map { max(agreed, $0) } ?? agreed
        let moment = zone.instant(of: date, at: .chargeTime)
        guard date > issueDate, moment > now else { return (zone.date(at: now), now) }
        return (date, moment)
    }
}

/// What becomes of a plan whose day has come.
public enum DueDecision: Hashable, Sendable {
    /// An attempt is made ready.
    case charge
    /// Another payment holds the invoice; the plan waits for it.
    case wait
    /// The plan ends: nothing is open, or the permission does not hold.
    case cancel(reason: String)
    /// The due is not the current one and means nothing.
    case obsolete

    /// Decides about a due.
    ///
    /// - Parameters:
    ///   - plan: The stored plan's state, generation and step.
    ///   - due: The generation and step that the due names.
    ///   - payable: What is owed.
    ///   - through: What the parts up to the plan's come to; nil when it collects the whole.
    ///   - mandate: The permission's status.
    ///   - isLeased: Whether an attempt holds the payable.
    /// - Returns: What becomes of the plan.
    public static func decide(
        plan: (state: ChargePlan.State, generation: Int64, step: Int), due: (generation: Int64, step: Int),
        payable: Payable, through: Int64? = nil, mandate: Mandate.Status, isLeased: Bool
    ) -> DueDecision {
        guard plan.generation == due.generation, plan.step == due.step,
            plan.state == .planned || plan.state == .waiting
        else { return .obsolete }
        guard payable.openMinor(through: through) > 0 else {
            return .cancel(reason: payable.isVoided ? "voided" : "settled")
        }
        guard mandate == .active else { return .cancel(reason: Mandate.Refusal.notActive.rawValue) }
        return isLeased ? .wait : .charge
    }
}
