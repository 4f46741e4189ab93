public import Primitives

/// How long the pay link of an invoice lives and how often it can be used.
public struct PayLinkTerms: Sendable, Hashable {
    /// Days after the due date on which it still works.
    public let daysAfterDue: Int
    /// Whether a payment uses it up.
    public let isOneTime: Bool

    /// The organization's terms.
    public init(daysAfterDue: Int, isOneTime: Bool) {
        self.daysAfterDue = daysAfterDue
        self.isOneTime = isOneTime
    }

    /// The moment the link dies: the end of its last day where the organization is.
    public func expiry(dueDate: CivilDate, zone: Zone) -> Instant {
        zone.startOfDay(dueDate.adding(days: daysAfterDue + 1))
    }

    /// The moment a link dies that replaces another: as long after today as others after the due date, and never
    /// before those.
    public func expiry(renewedAt now: Instant, dueDate: CivilDate, zone: Zone) -> Instant {
        expiry(dueDate: max(dueDate, zone.date(at: now)), zone: zone)
    }
}
