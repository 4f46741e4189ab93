import Crypto
import EventContracts
import Lifecycle
import Messaging
import Observability
import Postgres
import Primitives
import ServiceKit
import Synchronization

/// The keys that sign access tokens: made, rotated and published here, stored with their seeds encrypted.
///
/// Every replica reads them again every few seconds; of two that find the newest key too old, one makes the next. A new
/// key is announced before it signs, so that every service knows it when its first token comes.
final class SigningKeys: Service, KeySource {
    struct NoKey: Error, Sendable {}

    let label = "signing-keys"
    private let storageKey: StorageKey
    private let life: Duration
    private let announced: Duration
    private let publishedAfterwards: Duration
    private let pool: PostgresPool
    private let outbox: Outbox
    private let clock: any WallClock
    private let state = Mutex<(signing: [Signing], published: JSONWebKeySet)>(
        ([], JSONWebKeySet(keys: [])))
    private let loop: Mutex<BackgroundLoop?> = Mutex(nil)
    private let log: Log

    /// A key and the moment from which it signs.
    private struct Signing {
        let key: SigningKey
        let from: Instant
    }

    /// - Parameters:
    ///   - storageKey: Encrypts the seeds.
    ///   - life: How long a key signs.
    ///   - announced: How long it is published before.
    ///   - publishedAfterwards: How long it is published after that: the life of a token, and some more.
    ///   - context: Database, outbox, clock and log.
    init(
        storageKey: StorageKey, life: Duration, announced: Duration, publishedAfterwards: Duration,
        context: ServiceContext
    ) {
        self.storageKey = storageKey
        self.life = life
        self.announced = announced
        self.publishedAfterwards = publishedAfterwards
        pool = context.pool
        outbox = context.outbox
        clock = context.clock
        log = context.log
    }

    func start() async throws {
        try await refresh()
        let loop = BackgroundLoop(label: label, pause: .seconds(5), log: log) { [weak self] in
            try await self?.refresh()
            return .idle
        }
        try await loop.start()
        self.loop.withLock { $0 = loop }
    }

    func stop() async { await loop.withLock { $0 }?.stop() }

    /// The key that signs now: the newest that was announced long enough; the first of all signs at once.
    func current() throws(NoKey) -> SigningKey {
        let (now, signing) = (clock.now(), state.withLock { $0.signing })
        guard let current = signing.first(where: { $0.from <= now }) ?? signing.last else { throw NoKey() }
        return current.key
    }

    /// The document of `/.well-known/jwks.json`.
    var document: [UInt8] { state.withLock { $0.published }.json }

    /// What this service checks its own callers with; asked before `start` as well.
    func fetch() async throws -> [UInt8] {
        try await refresh()
        return document
    }

    /// Reads the keys, and makes one when there is none or the newest has signed long enough.
    func refresh() async throws {
        let now = clock.now()
        let isDue = try await load(at: now)
        guard isDue else { return }
        // Another replica may have made one while this one waited for the lock.
        try await rotate(at: now) { stored in self.isDue(stored, at: now) }
        _ = try await load(at: now)
    }

    /// Makes a new key now, whatever the age of the present one: an operator's `rotate-key`.
    ///
    /// The running replicas sign with it after its announcement. Tokens of the old key count until they end.
    func replace() async throws {
        let now = clock.now()
        // A key that the replicas could not open would keep everybody out.
        _ = try await load(at: now)
        try await rotate(at: now) { _ in true }
        _ = try await load(at: now)
    }

    /// True when a new key is due.
    private func load(at now: Instant) async throws -> Bool {
        let stored = try await pool.transaction { tx in try SigningKeyStore.list(at: now, in: tx) }
        let signing = try signing(stored, at: now)
        let published = stored.compactMap { VerifyingKey(rawBytes: $0.publicKey, id: $0.id) }
        state.withLock { $0 = (signing, JSONWebKeySet(keys: published)) }
        return isDue(stored, at: now)
    }

    /// The newest key and, while that is announced only, the one before it.
    private func signing(_ stored: [SigningKeyStore.Stored], at now: Instant) throws -> [Signing] {
        var signing: [Signing] = []
        for stored in stored.prefix(2) {
            let from = stored.createdAt + announced
            signing.append(Signing(key: try open(stored), from: from))
            if from <= now { break }
        }
        return signing
    }

    private func isDue(_ stored: [SigningKeyStore.Stored], at now: Instant) -> Bool {
        guard let newest = stored.first(where: { $0.retiredAt == nil }) else { return true }
        return now >= newest.createdAt + life
    }

    private func rotate(
        at now: Instant, if isWanted: @escaping @Sendable ([SigningKeyStore.Stored]) -> Bool
    ) async throws {
        let key = SigningKey.generate()
        let stored = SigningKeyStore.Stored(
            id: key.id, publicKey: key.verifyingKey.rawBytes,
            encryptedSeed: storageKey.encrypt(key.seed, purpose: Self.purpose(key.id)), createdAt: now,
            retiredAt: nil)
        let forgottenAt = now + publishedAfterwards
        let event = try OutgoingEvent(
            SigningKeyRotated(keyID: key.id, publicKey: Base64URL.encode(key.verifyingKey.rawBytes)),
            subject: SigningKeyID.new(at: now), tenant: nil, sequence: 1,
            cause: EventCause(traceparent: nil, clockTime: now))
        let outbox = outbox
        let isMade = try await pool.transaction { tx in
            try SigningKeyStore.lock(in: tx)
            guard isWanted(try SigningKeyStore.list(at: now, in: tx)) else { return false }
            try SigningKeyStore.insert(stored, in: tx)
            try SigningKeyStore.retireOthers(than: stored.id, at: now, forgottenAt: forgottenAt, in: tx)
            try outbox.write(event, in: tx)
            return true
        }
        if isMade { log.info("a new signing key was made", ["key_id": .string(key.id)]) }
    }

    private func open(_ stored: SigningKeyStore.Stored) throws -> SigningKey {
        guard let seed = storageKey.decrypt(stored.encryptedSeed, purpose: Self.purpose(stored.id)),
            let key = SigningKey(seed: seed, id: stored.id), key.verifyingKey.rawBytes == stored.publicKey
        else { throw WrongStorageKey(keyID: stored.id) }
        return key
    }

    private static func purpose(_ id: String) -> String { "signing key \(id)" }

    /// The stored keys were encrypted with another DUELY_SIGNING_KEY_SECRET.
    struct WrongStorageKey: Error, CustomStringConvertible {
        let keyID: String

        var description: String {
            "the signing key \(keyID) cannot be decrypted: DUELY_SIGNING_KEY_SECRET is another than when it was made"
        }
    }
}
