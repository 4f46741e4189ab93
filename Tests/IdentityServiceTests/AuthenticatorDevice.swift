import Crypto
import Primitives

/// What an authenticator application does: it reads a secret and shows the code of the moment.
struct AuthenticatorDevice {
    let secret: [UInt8]

    init(base32: String) {
        var (buffer, bits, bytes): (UInt32, UInt32, [UInt8]) = (0, 0, [])
        for character in base32 {
            let value = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".enumerated().first { $1 == character }?.offset ?? 0
            buffer = buffer << 5 | UInt32(value)
            bits += 5
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        secret = bytes
    }

    func code(at now: Instant, steps: Int64 = 0) -> String {
        TOTP.code(of: TOTP.step(at: now) + steps, secret: secret, digits: TOTP.digitCount)
    }
}

extension IdentityWorld {
    /// Turns the second factor of somebody on who is logged in; the next code counts from then on.
    func turnOnSecondFactor(_ token: String?) async throws -> (
        device: AuthenticatorDevice, recoveryCodes: [String]
    ) {
        let made = try await call("POST", "/v1/me/totp", token: token)
        let device = AuthenticatorDevice(base32: made["secret"] ?? "")
        let confirmed = try await call(
            "POST", "/v1/me/totp/confirm", #"{"code":"\#(device.code(at: clock.now()))"}"#, token: token)
        clock.advance(by: .seconds(60))
        return (device, confirmed.root?["recovery_codes"]?.elements.compactMap { $0.string } ?? [])
    }
}
