import Testing

/// Journeys through the whole system.
///
/// One after the other, because some of them move its clock or kill its parts.
@Suite("Journeys", .serialized)
enum Journeys {}
