public import Primitives

/// A test clock shows another time to its organization.
public struct TestClockMoved: EventPayload {
    /// `test_clock.moved.v1` on `scheduler.events`.
    public static let descriptor = EventDescriptor(
        "test_clock.moved.v1", of: "scheduler", mustReach: EventCatalogue.testClockQueues)

    /// The clock.
    public var testClockID: TestClockID
    /// Who lives by it.
    public var organizationID: OrganizationID
    /// What time it is there.
    public var now: Instant
    /// Higher ones replace lower ones.
    public var step: Int64

    /// Says it.
    public init(testClockID: TestClockID, organizationID: OrganizationID, now: Instant, step: Int64) {
        self.testClockID = testClockID
        self.organizationID = organizationID
        self.now = now
        self.step = step
    }
}

/// The scheduler wants to know whether everything that follows from a test clock's time has been done.
public struct TestClockProbed: EventPayload {
    /// `test_clock.probed.v1` on `scheduler.events`.
    public static let descriptor = EventDescriptor(
        "test_clock.probed.v1", of: "scheduler", mustReach: EventCatalogue.testClockQueues)

    /// The clock.
    public var testClockID: TestClockID
    /// Who lives by it.
    public var organizationID: OrganizationID
    /// Counts the questions.
    public var round: Int64

    /// Says it.
    public init(testClockID: TestClockID, organizationID: OrganizationID, round: Int64) {
        self.testClockID = testClockID
        self.organizationID = organizationID
        self.round = round
    }
}

/// What a service has sent, handled and still to do for an organization that lives by a test clock.
public struct TestClockReported: EventPayload {
    /// `test_clock.reported.v1` on the service's `.events`.
    public static let descriptor = EventDescriptor(
        "test_clock.reported.v1", of: EventDescriptor.anyService, mustReach: ["scheduler.test-clocks"])

    /// The clock.
    public var testClockID: TestClockID
    /// The question that this answers.
    public var round: Int64
    /// The service.
    public var service: String
    /// Messages, counted once for each queue that they go to.
    public var sent: Int64
    /// Messages, counted once for each queue that they came from.
    public var handled: Int64
    /// Pieces of work that nobody has told it to do and that it will do.
    public var open: Int64

    /// Says it.
    public init(
        testClockID: TestClockID, round: Int64, service: String, sent: Int64, handled: Int64, open: Int64
    ) {
        self.testClockID = testClockID
        self.round = round
        self.service = service
        self.sent = sent
        self.handled = handled
        self.open = open
    }
}
