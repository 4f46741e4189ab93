import CSodium
import Lifecycle

/// Hashes and verifies passwords with argon2id on threads of its own.
///
/// The parameters are OWASP's (19 456 KiB, two passes, one lane); the result is a PHC string that names them, so they
/// can be raised later and old hashes still verify. One hash costs about 12 ms of a core and 19 MiB: that is why the
/// queue is bounded and a full queue is an error of its own rather than a long wait.
public final class PasswordHasher: Sendable {
    /// The longest password in UTF-8 bytes; longer ones are refused before any work is done.
    public static let maximumPasswordBytes = 1024

    private static let memoryBytes = 19_456 * 1024
    private static let passes: UInt64 = 2

    /// Why a password was not hashed.
    public enum Failure: Error, Sendable, Equatable {
        /// Too many are waiting; the caller answers 503 and the client tries again.
        case overloaded
        /// The password is longer than `maximumPasswordBytes`.
        case passwordTooLong
        /// The system has no memory for the computation.
        case outOfMemory
    }

    /// The answer to a verification.
    public struct Verification: Sendable, Equatable {
        /// Whether the password is the one that was hashed.
        public let isMatch: Bool
        /// Whether the hash was made with other parameters than today's and should be replaced now.
        public let needsRehash: Bool
    }

    private let threads: WorkerThreads

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - threadCount: How many hashes run at once; not more than there are cores.
    ///   - queueLimit: How many may wait.
    public init(threadCount: Int, queueLimit: Int) {
        Sodium.require()
        threads = WorkerThreads(threadCount: threadCount, queueLimit: queueLimit)
        threads.start(name: "password")
    }

    deinit { threads.stop() }

    /// Hashes a new password.
    ///
    /// - Parameter password: What the person chose.
    /// - Returns: The PHC string to store.
    /// - Throws: `Failure`.
    public func hash(_ password: String) async throws(Failure) -> String {
        let bytes = try Self.accepted(password)
        return try await run { Self.hash(bytes) }
    }

    /// Verifies a password against a stored hash.
    ///
    /// - Parameters:
    ///   - password: What the caller presented.
    ///   - stored: The PHC string; nil for an unknown account, which costs the same time and never matches, so that
    ///     the answer does not tell which accounts exist.
    /// - Returns: Whether it matches, and whether to hash it anew.
    /// - Throws: `Failure`.
    public func verify(_ password: String, against stored: String?) async throws(Failure) -> Verification {
        let bytes = try Self.accepted(password)
        return try await run {
            guard let stored else {
                return Self.hash(bytes).map { _ in Verification(isMatch: false, needsRehash: false) }
            }
            let isMatch = crypto_pwhash_str_verify(stored, bytes, UInt64(bytes.count)) == 0
            let isOld = crypto_pwhash_str_needs_rehash(stored, Self.passes, Self.memoryBytes) != 0
            return .success(Verification(isMatch: isMatch, needsRehash: isMatch && isOld))
        }
    }

    private func run<T: Sendable>(_ work: @escaping @Sendable () -> Result<T, Failure>) async throws(Failure)
        -> T
    {
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<T, Failure>, Never>) in
            let isAccepted = threads.submit { continuation.resume(returning: work()) }
            if !isAccepted { continuation.resume(returning: .failure(.overloaded)) }
        }
        return try result.get()
    }

    private static func accepted(_ password: String) throws(Failure) -> [CChar] {
        guard password.utf8.count <= maximumPasswordBytes else { throw .passwordTooLong }
        return password.utf8.map { CChar(bitPattern: $0) }
    }

    private static func hash(_ password: [CChar]) -> Result<String, Failure> {
        var text = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        guard crypto_pwhash_str(&text, password, UInt64(password.count), passes, memoryBytes) == 0 else {
            return .failure(.outOfMemory)
        }
        return .success(
            String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
    }
}
