import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Observability
import Postgres
import Primitives
import ServiceKit

/// What every use case of identity needs.
struct IdentityContext: Sendable {
    let service: ServiceContext
    let settings: IdentitySettings
    let hasher: PasswordHasher
    let signingKeys: SigningKeys
    let hashes: CounterFamily

    /// Makes requests repeatable.
    var idempotency: IdempotencyStore { service.idempotency }

    /// The injected "now".
    var now: Instant { service.clock.now() }

    /// Hashes a password on the threads for it.
    func hash(_ password: String) async throws -> String {
        hashes.add(1)
        do throws(PasswordHasher.Failure) {
            return try await hasher.hash(password)
        } catch {
            throw Self.problem(error)
        }
    }

    /// Verifies a password on the threads for it.
    func verify(_ password: String, against stored: String?) async throws -> PasswordHasher.Verification {
        do throws(PasswordHasher.Failure) {
            let verification = try await hasher.verify(password, against: stored)
            hashes.add(1)
            return verification
        } catch .passwordTooLong {
            // Nobody has such a password: the answer is that of a wrong one.
            return try await verify("", against: nil)
        } catch {
            throw Self.problem(error)
        }
    }

    /// The account that answers for what a caller does: the caller's own, or that of whoever made the machine's key.
    func person(behind principal: Principal) async throws -> AccountID {
        guard let creator = try await creator(behind: principal) else { throw Problem.unauthenticated }
        return creator
    }

    /// The same, nil when nobody is known who made the machine's key.
    func creator(behind principal: Principal) async throws -> AccountID? {
        guard let machine = principal.machineID else { return principal.accountID }
        return try await service.pool.transaction { tx in try MachineStore.creator(of: machine, in: tx) }
    }

    /// A secret link for a mail, sealed to the service that sends it.
    func seal(link path: String) throws -> String {
        let link = service.publicURL + path
        guard let sealed = settings.sealingKey.seal(Array(link.utf8)) else {
            throw Problem.unavailable("The key for mails cannot be used.")
        }
        return Base64URL.encode(sealed)
    }

    private static func problem(_ failure: PasswordHasher.Failure) -> Problem {
        switch failure {
        case .overloaded, .outOfMemory: .unavailable("Too many passwords are being checked.")
        case .passwordTooLong:
            .invalid([FieldError(field: "password", code: "too_long", message: "This is too long.")])
        }
    }
}

extension EventCause {
    /// What a request causes.
    init(_ request: HTTPRequest, clockTime: Instant) {
        self.init(
            correlationID: RawID(uuidString: request.context.requestID) ?? .v7(at: clockTime),
            traceparent: request.context.trace.traceparent, clockTime: clockTime)
    }
}
