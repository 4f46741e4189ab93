import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// Makes new recovery codes in the place of the old ones, for somebody who proves once more who they are.
struct RenewRecoveryCodes: Sendable {
    /// One of the two is enough: whoever asks is logged in already.
    enum Proof: Sendable {
        case password(String)
        /// Of the authenticator application.
        case code(String)
    }

    let context: IdentityContext

    /// Carries it out.
    ///
    /// - Returns: The codes to write down, shown once.
    /// - Throws: `Problem` 422 at the field for a wrong proof, 429 after too many, 409 without a second factor.
    func callAsFunction(
        _ proof: Proof, by principal: Principal, from origin: RequestOrigin, cause: EventCause
    ) async throws -> [String] {
        let (now, id) = (cause.clockTime, principal.accountID)
        var code: String?
        switch proof {
        case .password(let text):
            _ = try await CheckPassword(context: context)(
                text, field: "password", of: id, from: origin, at: now)
        case .code(let text): code = text
        }
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.generate() }
        let hashes = codes.map { RecoveryCode.hash($0, of: id) }
        let notice = SendSecurityNotice(context: context)
        // A wrong code must be counted, so it is a result and not an error.
        let isProven = try await context.service.pool.transaction { [code] tx in
            guard let account = try AccountStore.find(id, in: tx) else { throw Problem.unauthenticated }
            guard try SecondFactorStore.isConfirmed(of: id, in: tx) else { throw RemoveTOTP.notOn }
            if let code, try !self.accepts(code, of: account, from: origin, at: now, in: tx) { return false }
            try SecondFactorStore.replaceRecoveryCodes(of: id, with: hashes, at: now, in: tx)
            try Audit.record(
                .recoveryCodesRenewed, account: id, organization: principal.organizationID, from: origin,
                at: now, in: tx)
            try notice(.recoveryCodesRenewed, to: account, from: origin, cause: cause, in: tx)
            return true
        }
        guard isProven else {
            throw Problem.invalid([
                FieldError(field: "code", code: "wrong", message: "This is not the code of this moment.")
            ])
        }
        return codes
    }

    private func accepts(
        _ code: String, of account: StoredAccount, from origin: RequestOrigin, at now: Instant,
        in transaction: borrowing Transaction
    ) throws -> Bool {
        let verdict = try SecondFactor(context: context).check(
            .code(code), of: account.id, at: now, in: transaction)
        // Asked for after the lock of the factor: none of a burst of guesses goes uncounted.
        try ThrottleStore.check(
            context.settings.loginsPerAccount, subject: account.emailKey, at: now, in: transaction)
        if case .satisfied = verdict { return true }
        try CountWrongProof(context: context)(
            .passwordCheckFailed, emailKey: account.emailKey, account: account.id, from: origin, at: now,
            in: transaction)
        return false
    }
}
