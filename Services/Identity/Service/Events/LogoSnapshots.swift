import Crypto
import EventContracts
import Postgres
import Primitives
import ServiceKit

/// Publishes the logos of organizations, for the service that draws documents.
struct LogoSnapshots: SnapshotSource {
    let clock: any WallClock

    /// A logo is a hundred times what other events are.
    private static let maximumPage = 20

    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?) {
        let cause = EventCause(traceparent: nil, clockTime: clock.now())
        let page = min(limit, Self.maximumPage)
        let logos = try LogoStore.page(after: cursor, limit: page, in: tx)
        let events = try logos.flatMap { id, logo in try Self.events(logo, of: id, cause: cause) }
        return (events, logos.count < page ? nil : logos.last?.id.raw)
    }

    /// Tells what the logo of an organization is; nil when it has none any more.
    static func events(
        _ image: [UInt8]?, of id: OrganizationID, cause: EventCause
    ) throws -> [OutgoingEvent] {
        let parts =
            image.map { LogoChanged.parts(of: $0, hash: SHA256.hash($0), organizationID: id) }
            ?? [LogoChanged(organizationID: id)]
        return try parts.map { part in
            try OutgoingEvent(part, subject: id, tenant: id, sequence: nil, cause: cause)
        }
    }
}
