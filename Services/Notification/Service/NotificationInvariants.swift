import ServiceKit

/// What must always hold in this service's tables.
enum NotificationInvariants {
    static let all = [
        Invariant(
            "feed_without_gaps", "The events about a subject carry numbers without a gap.",
            violations: """
                SELECT source || ' ' || subject || ': ' || count(*) || ' events from ' || min(sequence) || ' to '
                    || max(sequence)
                FROM feed WHERE sequence IS NOT NULL AND source IN ('/invoice', '/payment')
                GROUP BY source, subject HAVING count(DISTINCT sequence) <> max(sequence) - min(sequence) + 1
                """),
        Invariant(
            "links_end_with_their_mail", "A mail that is out keeps no link.",
            violations: "SELECT id::text FROM mails WHERE state <> 'queued' AND sealed_link IS NOT NULL"),
        Invariant(
            "finished_mails_say_when", "A mail has an end exactly if it is no longer queued.",
            violations: """
                SELECT id::text FROM mails
                WHERE (state = 'queued') <> (finished_at IS NULL) AND recipient IS NOT NULL
                """),
    ]
}
