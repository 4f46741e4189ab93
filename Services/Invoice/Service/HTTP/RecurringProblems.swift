import HTTPServer
import InvoiceDomain
import Primitives

/// What a client is told when a rule of series says no.
enum RecurringProblems {
    static func problem(_ violation: SeriesViolation) -> Problem {
        switch violation {
        case .isFinished: .conflict("series_finished", "The last day of the series has come")
        case .isCancelled: .conflict("series_cancelled", "The series was cancelled")
        case .isPaused: .conflict("series_paused", "The series is paused already")
        case .isActive: .conflict("series_active", "The series is active already")
        case .notOneOfItsDays:
            .invalid([
                FieldError(
                    field: "date", code: "unknown_value", message: "This is no day to come of the series.")
            ])
        case .isSkipped: .conflict("day_skipped", "The day is to be skipped already")
        case .tooManySkipped:
            .conflict(
                "too_many_skipped", "At most \(RecurringSeries.skippedMaximum) days can be skipped",
                "Pause the series, or change its days.")
        }
    }
}
