import EventContracts
import Messaging
import Postgres
import Primitives

/// What ends logins before their tokens expire, and which machines are known.
///
/// Every service that checks tokens handles these on its identity queue.
enum AccessHandlers {
    static func all(_ authenticator: Authenticator, clock: any WallClock, tokenLife: Duration)
        -> [any EventHandler]
    {
        [
            RevokeSessions(authenticator: authenticator, clock: clock, tokenLife: tokenLife),
            VoidTokens(authenticator: authenticator, clock: clock, tokenLife: tokenLife),
            FetchRotatedKey(authenticator: authenticator),
            RecordAPIKey(authenticator: authenticator),
            RecordAPIKeySnapshot(authenticator: authenticator),
        ]
    }
}

/// Remembers ended logins until their last token has expired.
private struct RevokeSessions: EventHandler {
    let authenticator: Authenticator
    let clock: any WallClock
    let tokenLife: Duration
    let deduplication = Deduplication.naturalKey("a revoked session is one row, however often it is said")

    func handle(_ batch: [Received<SessionRevoked>], in tx: borrowing Transaction) throws {
        try Revocations.record(
            sessions: batch.map(\.payload.sessionID), expiresAt: clock.now() + tokenLife, in: tx)
        tx.afterCommit { authenticator.revocationsHaveChanged() }
    }
}

/// Remembers from when on an account's tokens count.
private struct VoidTokens: EventHandler {
    let authenticator: Authenticator
    let clock: any WallClock
    let tokenLife: Duration
    let deduplication = Deduplication.naturalKey(
        "the latest moment of an account is one row, however often it is said")

    func handle(_ batch: [Received<AccountTokensVoided>], in tx: borrowing Transaction) throws {
        try Revocations.record(
            issuedBefore: batch.map { ($0.payload.accountID, $0.payload.issuedBefore) },
            expiresAt: clock.now() + tokenLife, in: tx)
        tx.afterCommit { authenticator.revocationsHaveChanged() }
    }
}

/// Fetches the issuer's keys before the first token of a new one comes.
private struct FetchRotatedKey: EventHandler {
    let authenticator: Authenticator
    let deduplication = Deduplication.naturalKey("fetching the keys again changes nothing")

    func handle(_ batch: [Received<SigningKeyRotated>], in tx: borrowing Transaction) throws {
        tx.afterCommit { authenticator.keysHaveChanged() }
    }
}

/// Keeps the key of a machine as identity told of it last.
private struct RecordAPIKey: EventHandler {
    let authenticator: Authenticator
    let deduplication = Deduplication.naturalKey(
        "the newest state of a key is one row, however often it is said")

    func handle(_ batch: [Received<APIKeyChanged>], in tx: borrowing Transaction) throws {
        try MachineCredential.record(
            batch.map { MachineCredential($0.payload, sequence: $0.envelope.sequence ?? 0) }, in: tx)
        tx.afterCommit { authenticator.revocationsHaveChanged() }
    }
}

/// Fills a projection that starts or was lost.
private struct RecordAPIKeySnapshot: EventHandler {
    let authenticator: Authenticator
    let deduplication = Deduplication.naturalKey(
        "the newest state of a key is one row, however often it is said")

    func handle(_ batch: [Received<APIKeySnapshotTaken>], in tx: borrowing Transaction) throws {
        try MachineCredential.record(
            batch.map { MachineCredential($0.payload.key, sequence: $0.envelope.sequence ?? 0) }, in: tx)
        tx.afterCommit { authenticator.revocationsHaveChanged() }
    }
}
