import ServiceKit

/// What must always hold in the scheduler's tables.
enum SchedulerInvariants {
    static let all = [
        Invariant(
            "once_fires_once", "A schedule that happens once and is finished has gone off exactly once.",
            violations: """
                SELECT s.id FROM schedules s
                 WHERE s.state = 'finished' AND s.every IS NULL
                   AND (SELECT count(*) FROM occurrences o
                         WHERE o.schedule_id = s.id AND o.generation = s.generation) <> 1
                """),
        Invariant(
            "sequence_counts_occurrences", "As many dues were published as occurrences went off.",
            violations: """
                SELECT s.id FROM schedules s
                  LEFT JOIN (SELECT schedule_id, count(*) AS fired FROM occurrences GROUP BY schedule_id) o
                    ON o.schedule_id = s.id
                 WHERE s.sequence <> coalesce(o.fired, 0)
                """),
        Invariant(
            "next_follows_last", "The next occurrence has not gone off yet.",
            violations: """
                SELECT s.id FROM schedules s JOIN occurrences o
                    ON o.schedule_id = s.id AND o.generation = s.generation AND o.date >= s.next_date
                 WHERE s.state = 'active'
                """),
        Invariant(
            "occurrence_has_schedule", "What went off belongs to a schedule.",
            violations: """
                SELECT o.schedule_id FROM occurrences o LEFT JOIN schedules s ON s.id = o.schedule_id
                 WHERE s.id IS NULL
                """),
        Invariant(
            "not_early", "Nothing goes off before its moment.",
            violations: "SELECT schedule_id FROM occurrences WHERE fired_at < due_at"),
    ]
}
