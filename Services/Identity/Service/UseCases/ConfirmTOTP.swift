import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// Turns the second factor on with a first code, which shows that the application has the secret.
struct ConfirmTOTP: Sendable {
    static let notSetUp = Problem.conflict("totp_not_set_up", "There is no second factor to confirm")

    let context: IdentityContext

    /// Carries it out.
    ///
    /// - Returns: The codes to write down, shown once.
    func callAsFunction(
        _ code: String, by principal: Principal, from origin: RequestOrigin, cause: EventCause
    ) async throws -> [String] {
        let (now, id) = (cause.clockTime, principal.accountID)
        let codes = (0..<RecoveryCode.count).map { _ in RecoveryCode.generate() }
        let hashes = codes.map { RecoveryCode.hash($0, of: id) }
        let (factor, rule) = (SecondFactor(context: context), context.settings.loginsPerAccount)
        let (countWrong, notice) = (
            CountWrongProof(context: context), SendSecurityNotice(context: context)
        )
        // A wrong code must be counted, so it is a result and not an error.
        let isConfirmed = try await context.service.pool.transaction { tx in
            guard let account = try AccountStore.find(id, in: tx) else { throw Problem.unauthenticated }
            try ThrottleStore.check(rule, subject: account.emailKey, at: now, in: tx)
            guard let stored = try SecondFactorStore.lock(of: id, in: tx) else { throw Self.notSetUp }
            guard stored.confirmedAt == nil else { throw SetUpTOTP.alreadyOn }
            guard let step = try factor.acceptedStep(of: code, stored, id, at: now) else {
                try countWrong(
                    .passwordCheckFailed, emailKey: account.emailKey, account: id, from: origin, at: now,
                    in: tx)
                return false
            }
            try SecondFactorStore.confirm(step: step, of: id, codeHashes: hashes, at: now, in: tx)
            try Audit.record(
                .totpEnabled, account: id, organization: principal.organizationID, from: origin, at: now,
                in: tx)
            try notice(.secondFactorOn, to: account, from: origin, cause: cause, in: tx)
            return true
        }
        guard isConfirmed else {
            throw Problem.invalid([
                FieldError(field: "code", code: "wrong", message: "This is not the code of this moment.")
            ])
        }
        return codes
    }
}
