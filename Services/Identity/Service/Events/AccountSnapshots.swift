import EventContracts
import Postgres
import Primitives
import ServiceKit

/// Publishes the particulars of accounts as they are; there is nothing else that others keep of an account.
struct AccountSnapshots: SnapshotSource {
    let clock: any WallClock

    func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> (events: [OutgoingEvent], next: RawID?) {
        let particulars = Particulars(cause: EventCause(traceparent: nil, clockTime: clock.now()))
        let accounts = try AccountStore.page(after: cursor, limit: limit, in: tx)
        let events = try accounts.map { account in
            try particulars.of(
                account: account.id, name: account.name, email: account.email, language: account.language)
        }
        return (events, accounts.count < limit ? nil : accounts.last?.id.raw)
    }
}
