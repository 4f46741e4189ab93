public import EventContracts
public import HTTPServer
public import Lifecycle
public import Messaging
public import Postgres
public import Primitives
public import Settings

/// All that makes one service different from another; `ServiceMain` does the rest.
///
///     public enum PaymentService {
///         public static let definition = ServiceDefinition(name: "payment", migrations: […]) { context, settings in … }
///     }
public struct ServiceDefinition: Sendable {
    /// Builds the service's parts; reads the service's own settings, so that all mistakes are found at once.
    public typealias Build = @Sendable (ServiceContext, inout SettingsReader) throws -> ServiceParts

    /// Lower-case, the prefix of its exchanges and queues.
    public let name: String
    /// The service's own migrations, numbered from 1; those of messaging and access come before.
    public let migrations: [Migration]
    /// Builds its parts.
    public let build: Build

    /// Describes a service.
    ///
    /// - Parameters:
    ///   - name: Lower-case, the prefix of its exchanges and queues.
    ///   - migrations: Its own migrations: names and statements, in order.
    ///   - build: Builds its parts.
    public init(name: String, migrations: [(name: String, sql: [UInt8])], build: @escaping Build) {
        self.name = name
        self.migrations = ServiceDefinition.number(migrations)
        self.build = build
    }

    private static func number(_ own: [(name: String, sql: [UInt8])]) -> [Migration] {
        // Versions up to 99 are the kit's: a service that is upgraded gets the kit's new tables before its own.
        let kit = [
            MessagingSchema.migration, Migration(version: 1, name: "access", sql: AccessSchema.sql),
            Migration(version: 2, name: "idempotency", sql: IdempotencySchema.sql),
            Migration(version: 3, name: "machines", sql: MachineSchema.sql),
            Migration(version: 4, name: "machine_reports", sql: MachineReportSchema.sql),
            Migration(version: 5, name: "test_clocks", sql: TestTraffic.sql),
        ]
        return kit
            + own.enumerated().map {
                Migration(version: 100 + $0.offset, name: $0.element.name, sql: $0.element.sql)
            }
    }
}

/// What a service consists of.
public struct ServiceParts {
    /// Adds the service's routes.
    public var routes: (inout Router) -> Void
    /// The queues it reads and who handles what arrives.
    public var queues: [QueueHandlers]
    /// Loops and clients that live as long as the service; started in order after the queues' dependencies and
    /// stopped before them.
    public var background: [any Service]
    /// What `snapshot` publishes.
    public var snapshots: [any SnapshotSource]
    /// The invariants that `GET /v1/invariants` checks.
    public var invariants: [Invariant]
    /// Rules that turn the service's own errors into problems.
    public var problems: [ProblemMapping.Rule]
    /// What operators can have done besides running it.
    public var commands: [ServiceCommand]
    /// Each counts pieces of work that are still to be done for the organization `$1`, before its test clock goes on.
    public var openWork: [String]

    /// The parts of a service.
    public init(
        routes: @escaping (inout Router) -> Void = { _ in }, queues: [QueueHandlers] = [],
        background: [any Service] = [], snapshots: [any SnapshotSource] = [], invariants: [Invariant] = [],
        problems: [ProblemMapping.Rule] = [], commands: [ServiceCommand] = [], openWork: [String] = []
    ) {
        self.routes = routes
        self.queues = queues
        self.background = background
        self.snapshots = snapshots
        self.invariants = invariants
        self.problems = problems
        self.commands = commands
        self.openWork = openWork
    }
}

/// Something that an operator has done by the service's executable while the service runs: `duely-identity rotate-key`.
public struct ServiceCommand: Sendable {
    /// The first argument that asks for it.
    public let name: String
    /// Does it; the service's database is there, its loops are not running in this process.
    public let run: @Sendable () async throws -> Void

    /// Names a command.
    public init(_ name: String, run: @escaping @Sendable () async throws -> Void) {
        self.name = name
        self.run = run
    }
}

/// One queue of the service and the handlers of what arrives there, in the order in which a batch is handled.
public struct QueueHandlers: Sendable {
    /// The queue, as the catalogue names it.
    public let queue: String
    /// Handlers of typed events.
    public let handlers: [any EventHandler]
    /// Handlers of events as bytes.
    public let envelopes: [any EnvelopeHandler]

    /// Names the handlers of a queue.
    public init(_ queue: String, _ handlers: [any EventHandler], envelopes: [any EnvelopeHandler] = []) {
        self.queue = queue
        self.handlers = handlers
        self.envelopes = envelopes
    }
}

/// A kind of aggregate that can be published as it is now, page by page, for projections that start or were lost.
public protocol SnapshotSource: Sendable {
    /// The events of the next page.
    ///
    /// - Parameters:
    ///   - cursor: The last aggregate of the page before; nil at the start.
    ///   - limit: How many aggregates at the most.
    ///   - tx: The transaction that also writes the events to the outbox.
    /// - Returns: The events, and the cursor of the next page; nil after the last one.
    /// - Throws: What the statements throw.
    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?)
}

/// Something that must always hold, as a statement that finds the rows for which it does not.
public struct Invariant: Sendable {
    /// A stable name.
    public let name: String
    /// What it says, as a sentence.
    public let sentence: String
    /// Selects one text column: what violates it; at most a few rows are looked at.
    public let violations: String

    /// An invariant.
    public init(_ name: String, _ sentence: String, violations: String) {
        self.name = name
        self.sentence = sentence
        self.violations = violations
    }
}
