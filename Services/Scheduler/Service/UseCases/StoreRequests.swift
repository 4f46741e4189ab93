import EventContracts
import Lifecycle
import Messaging
import Postgres
import Primitives
import SchedulerDomain

/// Stores what a batch of requests and changes asks for.
struct StoreRequests: Sendable {
    /// A request and who made it.
    struct Request: Sendable {
        let requester: String
        let schedule: ScheduleRequest
    }

    private let clock: any WallClock
    private let wakeup: Wakeup
    private let metrics: SchedulerMetrics

    init(clock: any WallClock, wakeup: Wakeup, metrics: SchedulerMetrics) {
        self.clock = clock
        self.wakeup = wakeup
        self.metrics = metrics
    }

    /// Stores them; throws `HandlingFailure.permanent` for a request that means nothing.
    func callAsFunction(_ requests: [Request], in tx: borrowing Transaction) throws {
        let news = try ScheduleStore.store(
            Self.newest(requests).map(Self.checked), at: clock.now(), in: tx)
        let (wakeup, metrics, count) = (wakeup, metrics, requests.count)
        tx.afterCommit {
            metrics.stored(news: news, of: count)
            if news > 0 { wakeup.signal() }
        }
    }

    /// One request per schedule, in the order of ids: every transaction then locks rows in the same order.
    private static func newest(_ requests: [Request]) -> [Request] {
        var newest: [ScheduleID: Request] = [:]
        for request in requests {
            let id = request.schedule.scheduleID
            if let known = newest[id], known.schedule.generation >= request.schedule.generation { continue }
            newest[id] = request
        }
        return newest.values.sorted { $0.schedule.scheduleID < $1.schedule.scheduleID }
    }

    private static func checked(_ request: Request) throws -> ScheduleStore.Requested {
        let schedule = request.schedule
        guard isWord(schedule.kind) else {
            throw HandlingFailure.permanent("kind is no lower-case word: it becomes part of a routing key")
        }
        let isCharge = schedule.kind == DueEvents.chargeKind && schedule.planID != nil
        guard isCharge || hasDueQueue(request.requester) else {
            throw HandlingFailure.permanent("\(request.requester) has no queue for dues")
        }
        guard schedule.generation >= 0 else { throw HandlingFailure.permanent("generation is negative") }
        let fields = RuleFields(schedule.rule)
        let occurrence: Occurrence?
        do throws(RuleViolation) {
            occurrence = Timetable(rule: try ScheduleRule(fields), zone: schedule.zone).occurrence(at: 0)
        } catch {
            throw HandlingFailure.permanent("rule: \(error.rawValue)")
        }
        guard let occurrence else { throw HandlingFailure.permanent("rule: it has no occurrence") }
        let step = schedule.planID.map { _ in schedule.step ?? 0 }
        return ScheduleStore.Requested(
            id: schedule.scheduleID, requester: request.requester, generation: schedule.generation,
            organizationID: schedule.organizationID, kind: schedule.kind, zone: schedule.zone, fields: fields,
            policy: CatchUpPolicy(schedule.catchUp), planID: schedule.planID, step: step,
            payload: try schedule.payload.map { JSONB(try JSON.encode($0)) }, first: occurrence)
    }

    private static func isWord(_ kind: String) -> Bool {
        (1...64).contains(kind.utf8.count)
            && kind.utf8.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D
            }
    }

    private static func hasDueQueue(_ requester: String) -> Bool {
        EventCatalogue.queues.contains { $0.service == requester && $0.takesDues }
    }
}

extension RuleFields {
    /// The rule of a request.
    init(_ rule: EventContracts.ScheduleRule) {
        self.init(
            at: rule.at, date: rule.date, time: rule.time, every: rule.every,
            unit: rule.unit.map(RecurrenceUnit.init), anchorDay: rule.anchorDay, until: rule.until,
            count: rule.count)
    }
}

extension RecurrenceUnit {
    fileprivate init(_ unit: ScheduleUnit) {
        self =
            switch unit {
            case .day: .day
            case .week: .week
            case .month: .month
            case .year: .year
            }
    }
}

extension CatchUpPolicy {
    fileprivate init(_ catchUp: CatchUp) {
        self =
            switch catchUp {
            case .all: .all
            case .latest: .latest
            }
    }
}
