public import Primitives

/// A rule in a zone: the moments themselves.
public struct Timetable: Hashable, Sendable {
    /// When.
    public let rule: ScheduleRule
    /// Where days begin and clocks change.
    public let zone: Zone

    /// Puts a rule into a zone.
    public init(rule: ScheduleRule, zone: Zone) {
        self.rule = rule
        self.zone = zone
    }

    /// The occurrence at a position; nil beyond the end.
    public func occurrence(at position: Int) -> Occurrence? {
        switch rule {
        case .moment(let moment):
            guard position == 0 else { return nil }
            return Occurrence(position: 0, date: zone.date(at: moment), dueAt: moment)
        case .day(let date, let time):
            guard position == 0 else { return nil }
            return Occurrence(position: 0, date: date, dueAt: zone.instant(of: date, at: time))
        case .recurring(let recurrence):
            guard let date = recurrence.date(at: position) else { return nil }
            return Occurrence(
                position: position, date: date, dueAt: zone.instant(of: date, at: recurrence.time))
        }
    }

    /// What is due now, and what comes after it.
    ///
    /// - Parameters:
    ///   - position: The first occurrence that has not gone off yet.
    ///   - now: The moment.
    ///   - policy: What happens to occurrences that were missed.
    ///   - limit: How many to return at most; the others are due at the next call.
    /// - Returns: The occurrences to go off, the oldest first, and the next one that does not; nil at the end.
    public func due(
        from position: Int, at now: Instant, policy: CatchUpPolicy, limit: Int
    ) -> (occurrences: [Occurrence], next: Occurrence?) {
        precondition(limit > 0, "nothing would ever go off")
        guard let first = occurrence(at: position) else { return ([], nil) }
        guard first.dueAt <= now else { return ([], first) }
        switch policy {
        case .latest:
            let last = latest(from: first, at: now)
            return ([last], occurrence(at: last.position + 1))
        case .all:
            var occurrences = [first]
            var next = occurrence(at: position + 1)
            while let candidate = next, candidate.dueAt <= now, occurrences.count < limit {
                occurrences.append(candidate)
                next = occurrence(at: candidate.position + 1)
            }
            return (occurrences, next)
        }
    }

    /// The last occurrence that is due, found by doubling steps and then halving them: moments never go back.
    private func latest(from first: Occurrence, at now: Instant) -> Occurrence {
        var last = first
        var step = 1
        while let candidate = dueOccurrence(at: last.position + step, now) {
            last = candidate
            step *= 2
        }
        while step > 0 {
            if let candidate = dueOccurrence(at: last.position + step, now) { last = candidate }
            step /= 2
        }
        return last
    }

    private func dueOccurrence(at position: Int, _ now: Instant) -> Occurrence? {
        guard let candidate = occurrence(at: position), candidate.dueAt <= now else { return nil }
        return candidate
    }
}
