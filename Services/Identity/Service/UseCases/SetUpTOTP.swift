import Crypto
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// Makes the secret of a second factor; it is asked for only after a code of it has confirmed it.
struct SetUpTOTP: Sendable {
    /// What the authenticator application needs, shown once.
    struct Secret: Sendable {
        let text: String
        let uri: String
    }

    static let alreadyOn = Problem.conflict(
        "totp_enabled", "This account has a second factor", "Take it away before you set up another.")

    let context: IdentityContext

    func callAsFunction(for id: AccountID) async throws -> Secret {
        let now = context.now
        let secret = Random.bytes(TOTP.secretByteCount)
        let encrypted = context.settings.storageKey.encrypt(secret, purpose: SecondFactor.purpose(id))
        let account = try await context.service.pool.transaction { tx in
            guard let account = try AccountStore.find(id, in: tx) else { throw Problem.unauthenticated }
            guard try SecondFactorStore.propose(encrypted, of: id, at: now, in: tx) else {
                throw Self.alreadyOn
            }
            return account
        }
        let text = StandardBase32.encode(secret)
        return Secret(
            text: text,
            uri: "otpauth://totp/Duely:\(Self.escaped(account.email))?secret=\(text)&issuer=Duely"
                + "&algorithm=SHA1&digits=\(TOTP.digitCount)&period=\(TOTP.stepSeconds)")
    }

    private static func escaped(_ text: String) -> String {
        text.utf8.reduce(into: "") { result, byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + Hex.encode([byte]).uppercased()
            }
        }
    }
}
