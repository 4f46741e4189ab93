public import Primitives

/// When a payer is told that a card will not work much longer.
public enum CardExpiry {
    /// How many days before the last one on which the card works, the earliest first.
    public static let noticeDays = [30, 7]

    /// Decides about one card on one day.
    ///
    /// After an absence only the last notice is given, and of a card that has expired nothing is said any more.
    ///
    /// - Parameters:
    ///   - expiresOn: The last day on which the card works.
    ///   - nextNotice: How many days ahead the next notice is due; 0 when all were given.
    ///   - today: The day.
    /// - Returns: The notice to give now, and the next one then.
    public static func decide(
        expiresOn: CivilDate, nextNotice: Int, today: CivilDate
    ) -> (tells: Int?, next: Int) {
        let daysLeft = expiresOn.daysSince1970 - today.daysSince1970
        guard daysLeft >= 0 else { return (nil, 0) }
        guard let tells = noticeDays.last(where: { $0 <= nextNotice && daysLeft <= $0 }) else {
            return (nil, nextNotice)
        }
        return (tells, noticeDays.first { $0 < tells } ?? 0)
    }
}
