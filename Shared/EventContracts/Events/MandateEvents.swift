public import Primitives

/// Whether a payer lets a sender charge.
public enum MandateStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Yes.
    case active
    /// Not for now.
    case paused
    /// The card has to be replaced.
    case needsUpdate = "needs_update"
    /// No longer.
    case revoked
}

/// Why a permission changed although its payer did not change it.
public enum MandateChangeReason: String, Codable, Hashable, Sendable, CaseIterable {
    /// Its card was removed, and no other may stand in.
    case cardRemoved = "card_removed"
    /// Its card will not work again.
    case cardRefused = "card_refused"
    /// Another card of the payer has taken the place of its card.
    case nextCard = "next_card"
    /// Its card was replaced by the bank.
    case cardUpdated = "card_updated"
    /// The payer is forgotten.
    case accountErased = "account_erased"
}

/// A payer's permission for one sender is new or has changed.
public struct MandateChanged: EventPayload {
    /// `mandate.changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("mandate.changed.v1", of: "payment")

    /// The permission.
    public var mandateID: MandateID
    /// The organization.
    public var organizationID: OrganizationID
    /// The payer.
    public var accountID: AccountID
    /// Whether it holds.
    public var status: MandateStatus
    /// Days after the issue date.
    public var chargeAfterDays: Int
    /// Of the caps.
    public var currency: Currency?
    /// The most one charge may take.
    ///
    /// Minor units.
    public var capPerChargeMinor: Int64?
    /// The most one month may take.
    ///
    /// Minor units.
    public var capPerMonthMinor: Int64?
    /// Invoices issued from this moment on are covered.
    public var coversFrom: Instant?
    /// The one series that is covered; absent when it is not limited to one.
    public var recurringInvoiceID: RecurringInvoiceID?
    /// The one invoice that is covered; absent when it is not limited to one.
    public var invoiceID: InvoiceID?
    /// Whether the due date is waited for, instead of days after the issue date.
    public var chargesOnDueDate: Bool?
    /// Why, where the payer did not ask for it.
    public var reason: MandateChangeReason?

    /// Says it.
    public init(
        mandateID: MandateID, organizationID: OrganizationID, accountID: AccountID, status: MandateStatus,
        chargeAfterDays: Int, currency: Currency? = nil, capPerChargeMinor: Int64? = nil,
        capPerMonthMinor: Int64? = nil, coversFrom: Instant? = nil,
        recurringInvoiceID: RecurringInvoiceID? = nil, invoiceID: InvoiceID? = nil,
        chargesOnDueDate: Bool? = nil, reason: MandateChangeReason? = nil
    ) {
        self.mandateID = mandateID
        self.organizationID = organizationID
        self.accountID = accountID
        self.status = status
        self.chargeAfterDays = chargeAfterDays
        self.currency = currency
        self.capPerChargeMinor = capPerChargeMinor
        self.capPerMonthMinor = capPerMonthMinor
        self.coversFrom = coversFrom
        self.recurringInvoiceID = recurringInvoiceID
        self.invoiceID = invoiceID
        self.chargesOnDueDate = chargesOnDueDate
        self.reason = reason
    }
}

/// Where an automatic payment stands.
public enum ChargePlanState: String, Codable, Hashable, Sendable, CaseIterable {
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
}

/// An automatic payment as of the event.
public struct ChargePlanFacts: Codable, Hashable, Sendable {
    /// The plan.
    public var planID: ChargePlanID
    /// What it will collect.
    public var invoiceID: InvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// The payer.
    public var accountID: AccountID
    /// The permission.
    public var mandateID: MandateID
    /// Where it stands.
    public var state: ChargePlanState
    /// The day.
    public var chargeOn: CivilDate
    /// 0 for the first try, then the ladder's steps.
    public var step: Int
    /// Why it stands there.
    public var reason: String?
    /// The part of the invoice that it collects, from 1; absent for the whole.
    public var part: Int?

    /// Says it.
    public init(
        planID: ChargePlanID, invoiceID: InvoiceID, organizationID: OrganizationID, accountID: AccountID,
        mandateID: MandateID, state: ChargePlanState, chargeOn: CivilDate, step: Int, reason: String? = nil,
        part: Int? = nil
    ) {
        self.planID = planID
        self.invoiceID = invoiceID
        self.organizationID = organizationID
        self.accountID = accountID
        self.mandateID = mandateID
        self.state = state
        self.chargeOn = chargeOn
        self.step = step
        self.reason = reason
        self.part = part
    }
}

/// An invoice will be charged automatically.
public struct ChargePlanned: EventPayload {
    /// `charge.planned.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("charge.planned.v1", of: "payment")

    /// As it is now.
    public var plan: ChargePlanFacts

    /// Says it.
    public init(plan: ChargePlanFacts) {
        self.plan = plan
    }
}

/// An automatic payment was moved, skipped, cancelled or has ended.
public struct ChargePlanChanged: EventPayload {
    /// `charge.plan_changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("charge.plan_changed.v1", of: "payment")

    /// As it is now.
    public var plan: ChargePlanFacts

    /// Says it.
    public init(plan: ChargePlanFacts) {
        self.plan = plan
    }
}
