import Primitives

/// Dates as RFC 5322 writes them.
enum MailDate {
    private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// `Tue, 31 Mar 2026 07:00:00 +0000`.
    static func text(_ instant: Instant) -> String {
        let date = Zone.utc.date(at: instant)
        let second = Int(instant.seconds) - date.daysSince1970 * 86_400
        let day = "\(weekdays[date.weekday - 1]), \(padded(date.day)) \(months[date.month - 1]) \(date.year)"
        return "\(day) \(padded(second / 3600)):\(padded(second / 60 % 60)):\(padded(second % 60)) +0000"
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
