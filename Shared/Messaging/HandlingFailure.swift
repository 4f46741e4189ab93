/// Why a handler does not handle an event.
///
/// Errors of the database that are its own fault (`PostgresError.isInfrastructure`) need no translation: the consumer
/// waits for it and tries again. Any other error counts as transient.
public enum HandlingFailure: Error, Hashable, Sendable {
    /// Something is missing that may come: the event is tried again later, a few times.
    case transient(String)
    /// Trying again cannot help: the event becomes a dead letter.
    case permanent(String)
    /// The event means nothing any more: it is settled without effect.
    case obsolete(String)
}
