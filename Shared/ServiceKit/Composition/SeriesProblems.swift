public import HTTPServer
public import Primitives

/// What a caller is told when a rule of series says no.
public enum SeriesProblems {
    /// The problem that names the rule.
    public static func problem(_ violation: SeriesViolation) -> Problem {
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

extension RecurrenceViolation {
    /// The member of a body that is wrong, below a path.
    public func fieldError(_ path: String) -> FieldError {
        switch self {
        case .intervalOutOfRange:
            FieldError(field: "\(path)every", code: "out_of_range", message: "This is too much.")
        case .anchorDayOutOfRange:
            FieldError(field: "\(path)anchor_day", code: "out_of_range", message: "No month has this day.")
        case .anchorDayWithoutMonths:
            FieldError(
                field: "\(path)anchor_day", code: "conflicting",
                message: "A day of the month belongs to months and years.")
        case .countOutOfRange:
            FieldError(field: "\(path)count", code: "out_of_range", message: "This is not allowed here.")
        case .endsBeforeItBegins:
            FieldError(
                field: "\(path)end_date", code: "out_of_range",
                message: "This must not be before the first day.")
        }
    }
}
