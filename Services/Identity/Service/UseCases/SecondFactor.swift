import Crypto
import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// The second factor of an account: a code of its authenticator application, or one that was written down.
struct SecondFactor: Sendable {
    /// What a caller presents.
    enum Proof: Sendable {
        case code(String)
        case recoveryCode(String)
    }

    enum Verdict: Sendable {
        /// The account has none, or the proof is right.
        case satisfied
        case missing
        case wrong
    }

    static let wrongCode = Problem(
        status: 401, code: "wrong_totp", title: "The code is wrong or was used before")

    let context: IdentityContext

    /// Decides, and uses the proof up in the caller's transaction.
    func check(_ proof: Proof?, of account: AccountID, at now: Instant, in transaction: borrowing Transaction)
        throws
        -> Verdict
    {
        guard let stored = try SecondFactorStore.lock(of: account, in: transaction), stored.confirmedAt != nil
        else { return .satisfied }
        switch proof {
        case nil: return .missing
        case .recoveryCode(let text):
            let isUsed = try SecondFactorStore.useRecoveryCode(
                hash: RecoveryCode.hash(text, of: account), of: account, at: now, in: transaction)
            return isUsed ? .satisfied : .wrong
        case .code(let text):
            guard let step = try acceptedStep(of: text, stored, account, at: now) else { return .wrong }
            try SecondFactorStore.accept(step: step, of: account, in: transaction)
            return .satisfied
        }
    }

    /// The step whose code was typed, nil for a wrong or a used one.
    func acceptedStep(
        of code: String, _ stored: SecondFactorStore.Stored, _ account: AccountID, at now: Instant
    ) throws -> Int64? {
        let secret = context.settings.storageKey.decrypt(
            stored.encryptedSecret, purpose: Self.purpose(account))
        guard let secret else {
            throw Problem.unavailable("The key of stored secrets is another than when this one was stored.")
        }
        return TOTP.acceptedStep(of: code, secret: secret, at: now, after: stored.lastStep)
    }

    static func purpose(_ account: AccountID) -> String { "totp \(account)" }
}

/// A code to write down, for the day when the device is gone: 80 random bits in groups that can be read aloud.
enum RecoveryCode {
    static let count = 10
    private static let byteCount = 10

    static func generate() -> String {
        let text = StandardBase32.encode(Random.bytes(byteCount)).lowercased()
        return stride(from: 0, to: text.count, by: 4)
            .map { String(text.dropFirst($0).prefix(4)) }.joined(separator: "-")
    }

    /// However it was typed: case, hyphens and blanks do not count.
    ///
    /// 80 random bits need no slow hash, as little as other random secrets.
    static func hash(_ text: String, of account: AccountID) -> [UInt8] {
        SHA256.hash("\(account) " + text.lowercased().filter { $0 != "-" && $0 != " " })
    }
}
