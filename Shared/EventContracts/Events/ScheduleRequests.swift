public import Primitives

/// A service asks for a timer.
public struct ScheduleRequested: EventPayload {
    /// `schedule.requested.v1` on the requester's `.events`.
    public static let descriptor = EventDescriptor(
        "schedule.requested.v1", of: EventDescriptor.anyService, mustReach: ["scheduler.requests"])

    /// The timer as it should be.
    public var schedule: ScheduleRequest

    /// Says it.
    public init(schedule: ScheduleRequest) {
        self.schedule = schedule
    }
}

/// A service asks for another rule of a timer.
public struct ScheduleChanged: EventPayload {
    /// `schedule.changed.v1` on the requester's `.events`.
    public static let descriptor = EventDescriptor(
        "schedule.changed.v1", of: EventDescriptor.anyService, mustReach: ["scheduler.requests"])

    /// The timer as it should be.
    public var schedule: ScheduleRequest

    /// Says it.
    public init(schedule: ScheduleRequest) {
        self.schedule = schedule
    }
}

/// A service needs a timer no more.
public struct ScheduleCancelled: EventPayload {
    /// `schedule.cancelled.v1` on the requester's `.events`.
    public static let descriptor = EventDescriptor(
        "schedule.cancelled.v1", of: EventDescriptor.anyService, mustReach: ["scheduler.requests"])

    /// The timer.
    public var scheduleID: ScheduleID
    /// Higher ones replace lower ones.
    public var generation: Int64

    /// Says it.
    public init(scheduleID: ScheduleID, generation: Int64) {
        self.scheduleID = scheduleID
        self.generation = generation
    }
}
