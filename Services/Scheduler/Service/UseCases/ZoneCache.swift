import Primitives
import Synchronization

/// The zones in use: making one reads the zone database, which is too slow for each row of a batch.
final class ZoneCache: Sendable {
    /// A stored zone that this release's zone database does not know.
    struct UnknownZone: Error, CustomStringConvertible {
        let name: String
        var description: String { "unknown time zone \(name)" }
    }

    private let zones = Mutex<[String: Zone]>([:])

    func zone(_ name: String) throws(UnknownZone) -> Zone {
        if let known = zones.withLock({ $0[name] }) { return known }
        guard let zone = Zone(name) else { throw UnknownZone(name: name) }
        // At most as many as the zone database has names.
        zones.withLock { $0[name] = zone }
        return zone
    }
}
