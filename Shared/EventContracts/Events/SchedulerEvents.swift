public import Primitives

/// The day of an automatic payment has come; what is charged is for the payment service to decide.
public struct ChargeDue: EventPayload {
    /// `charge.due.v1` on `scheduler.events`.
    public static let descriptor = EventDescriptor(
        "charge.due.v1", of: "scheduler", mustReach: ["payment.charge-due"])

    /// The timer.
    public var scheduleID: ScheduleID
    /// Higher ones replace lower ones.
    public var generation: Int64
    /// The plan.
    public var planID: ChargePlanID
    /// The ladder's step.
    public var step: Int
    /// The local day.
    public var date: CivilDate

    /// Says it.
    public init(scheduleID: ScheduleID, generation: Int64, planID: ChargePlanID, step: Int, date: CivilDate) {
        self.scheduleID = scheduleID
        self.generation = generation
        self.planID = planID
        self.step = step
        self.date = date
    }
}

/// A timer went off; addressed to the service that asked for it by the key `<requester>.<kind>`.
public struct ScheduleDue: EventPayload {
    /// `schedule.due.v1` on `scheduler.events`.
    public static let descriptor = EventDescriptor("schedule.due.v1", of: "scheduler")

    /// The timer.
    public var scheduleID: ScheduleID
    /// Higher ones replace lower ones.
    public var generation: Int64
    /// As it was asked for.
    public var kind: String
    /// The local day.
    public var date: CivilDate
    /// As it was asked for.
    public var payload: [String: String]?

    /// Says it.
    public init(
        scheduleID: ScheduleID, generation: Int64, kind: String, date: CivilDate,
        payload: [String: String]? = nil
    ) {
        self.scheduleID = scheduleID
        self.generation = generation
        self.kind = kind
        self.date = date
        self.payload = payload
    }
}
