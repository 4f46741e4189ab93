public import Primitives

/// Where a standing order stands.
public enum StandingOrderStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// It pays on its days.
    case active
    /// It pays nothing until it is resumed.
    case paused
    /// The card has to be replaced.
    case needsUpdate = "needs_update"
    /// Its last day has come.
    case finished
    /// It was ended by the payer.
    case cancelled
}

/// A payer's order to pay a sender a fixed amount again and again is new or has changed.
public struct StandingOrderChanged: EventPayload {
    /// `standing_order.changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("standing_order.changed.v1", of: "payment")

    /// The order.
    public var standingOrderID: StandingOrderID
    /// The sender that is paid.
    public var organizationID: OrganizationID
    /// The payer.
    public var accountID: AccountID
    /// Where it stands.
    public var status: StandingOrderStatus
    /// Of the amount.
    public var currency: Currency
    /// What each of its days pays, in minor units.
    public var amountMinor: Int64
    /// On which days.
    public var rule: ScheduleRule
    /// Where days begin.
    public var zone: Zone
    /// The next day on which it pays; absent when there is none.
    public var nextDate: CivilDate?

    /// Says it.
    public init(
        standingOrderID: StandingOrderID, organizationID: OrganizationID, accountID: AccountID,
        status: StandingOrderStatus, currency: Currency, amountMinor: Int64, rule: ScheduleRule, zone: Zone,
        nextDate: CivilDate? = nil
    ) {
        self.standingOrderID = standingOrderID
        self.organizationID = organizationID
        self.accountID = accountID
        self.status = status
        self.currency = currency
        self.amountMinor = amountMinor
        self.rule = rule
        self.zone = zone
        self.nextDate = nextDate
    }
}
