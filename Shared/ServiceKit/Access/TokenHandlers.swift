import EventContracts
public import Messaging
import Postgres
import Primitives

/// What every service that checks tokens does when identity ends logins or changes its keys.
///
/// The event is stored in the transaction that settles it, and this process looks at once; other replicas look within
/// `AuthenticatorConfiguration.revocationInterval`.
public enum TokenHandlers {
    /// The handlers, to be added to the service's `<service>.identity` queue.
    ///
    /// - Parameter context: The service.
    /// - Returns: One handler for each type.
    public static func all(_ context: ServiceContext) -> [any EventHandler] {
        [
            RecordSessionRevoked(authenticator: context.authenticator),
            RecordTokensVoided(authenticator: context.authenticator),
            FetchRotatedKeys(authenticator: context.authenticator),
        ]
    }
}

/// Refuses the tokens of a login that has ended.
private struct RecordSessionRevoked: EventHandler {
    typealias Payload = SessionRevoked

    let authenticator: Authenticator

    var deduplication: Deduplication { .naturalKey("recording a revocation again changes nothing") }

    func handle(_ batch: [Received<SessionRevoked>], in tx: borrowing Transaction) throws {
        guard let latest = batch.map(\.envelope.clockTime).max() else { return }
        try Revocations.record(
            sessions: batch.map(\.payload.sessionID),
            expiresAt: latest + AuthenticatorConfiguration.standard.maximumTokenLife, in: tx)
        let authenticator = authenticator
        tx.afterCommit { authenticator.revocationsHaveChanged() }
    }
}

/// Refuses the older tokens of an account.
private struct RecordTokensVoided: EventHandler {
    typealias Payload = AccountTokensVoided

    let authenticator: Authenticator

    var deduplication: Deduplication { .naturalKey("recording a revocation again changes nothing") }

    func handle(_ batch: [Received<AccountTokensVoided>], in tx: borrowing Transaction) throws {
        for event in batch {
            try Revocations.record(
                account: event.payload.accountID, issuedBefore: event.payload.issuedBefore,
                expiresAt: event.payload.issuedBefore + AuthenticatorConfiguration.standard.maximumTokenLife,
                in: tx)
        }
        let authenticator = authenticator
        tx.afterCommit { authenticator.revocationsHaveChanged() }
    }
}

/// Fetches the keys when identity signs with a new one.
private struct FetchRotatedKeys: EventHandler {
    typealias Payload = SigningKeyRotated

    let authenticator: Authenticator

    var deduplication: Deduplication { .naturalKey("fetching the keys again changes nothing") }

    func handle(_ batch: [Received<SigningKeyRotated>], in tx: borrowing Transaction) throws {
        let authenticator = authenticator
        tx.afterCommit { authenticator.keysHaveChanged() }
    }
}
