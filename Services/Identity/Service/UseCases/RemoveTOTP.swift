import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// Takes the second factor away, for somebody who has both factors.
struct RemoveTOTP: Sendable {
    struct Command: Sendable {
        let password: String
        let proof: SecondFactor.Proof
        let principal: Principal
        let origin: RequestOrigin
    }

    static let notOn = Problem.conflict("totp_not_enabled", "This account has no second factor")

    let context: IdentityContext

    func callAsFunction(_ command: Command, cause: EventCause) async throws {
        let (now, id) = (cause.clockTime, command.principal.accountID)
        let account = try await CheckPassword(context: context)(
            command.password, field: "password", of: id, from: command.origin, at: now)
        let (factor, countWrong) = (SecondFactor(context: context), CountWrongProof(context: context))
        let notice = SendSecurityNotice(context: context)
        let isRemoved = try await context.service.pool.transaction { tx in
            guard try SecondFactorStore.isConfirmed(of: id, in: tx) else { throw Self.notOn }
            guard case .satisfied = try factor.check(command.proof, of: id, at: now, in: tx) else {
                try countWrong(
                    .passwordCheckFailed, emailKey: account.emailKey, account: id, from: command.origin,
                    at: now, in: tx)
                return false
            }
            try SecondFactorStore.remove(of: id, in: tx)
            try Audit.record(
                .totpDisabled, account: id, organization: command.principal.organizationID,
                from: command.origin, at: now, in: tx)
            try notice(.secondFactorOff, to: account, from: command.origin, cause: cause, in: tx)
            return true
        }
        guard isRemoved else {
            throw Problem.invalid([
                FieldError(field: "code", code: "wrong", message: "This is not the code of this moment.")
            ])
        }
    }
}
