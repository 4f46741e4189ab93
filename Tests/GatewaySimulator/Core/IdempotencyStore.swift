import Primitives

/// Answers by idempotency key, as the gateway documents them: the same key and request get the stored answer, another
/// request under the same key is an error, and so is one that comes while the first is under way.
struct IdempotencyStore: Sendable, Codable {
    /// What to do with a request that carries a key.
    enum Decision: Sendable {
        /// Nobody used the key: run the request, then call `finish`.
        case run
        /// The answer that the first request got.
        case replay(Answer)
        /// The key cannot be used for this request now.
        case refuse(GatewayError)
    }

    private struct Record: Sendable, Codable {
        let fingerprint: UInt64
        let startedAt: Instant
        var answer: Answer?
    }

    private var records: BoundedTable<Record>
    private let lifetime: Duration

    init(limit: Int, lifetime: Duration) {
        records = BoundedTable(limit: limit)
        self.lifetime = lifetime
    }

    static let maximumKeyLength = 255

    mutating func start(key: String, fingerprint: UInt64, at now: Instant) -> Decision {
        if let record = records[key], now - record.startedAt < lifetime {
            guard record.fingerprint == fingerprint else { return .refuse(IdempotencyStore.mismatch(key)) }
            guard let answer = record.answer else { return .refuse(IdempotencyStore.inUse) }
            return .replay(answer)
        }
        records.remove(key)
        records.insert(Record(fingerprint: fingerprint, startedAt: now), id: key)
        return .run
    }

    /// Keeps the answer; nil forgets the key, because nothing was executed under it.
    mutating func finish(key: String, answer: Answer?) {
        guard let answer else { return records.remove(key) }
        records.update(key) { $0.answer = answer }
    }

    /// A fingerprint of everything that makes two requests the same: FNV-1a, which is the same in every process.
    static func fingerprint(method: String, path: String, body: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
            hash = (hash ^ 0xff) &* 0x0000_0100_0000_01b3
        }
        add(method.utf8)
        add(path.utf8)
        add(body)
        return hash
    }

    /// What another store remembers, under the limits of this one.
    mutating func restore(_ other: IdempotencyStore, limit: Int) {
        records = BoundedTable(other.records, limit: limit)
    }

    private static func mismatch(_ key: String) -> GatewayError {
        GatewayError(
            status: 400, kind: .idempotency,
            message:
                "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                + "Try using a key other than '\(key)' if you meant to execute a different request.")
    }

    private static let inUse = GatewayError(
        status: 409, kind: .idempotency, code: "idempotency_key_in_use",
        message: "There is currently another in-progress request using this idempotency key.")
}
