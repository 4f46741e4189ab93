import Crypto
import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import ServiceKit

/// A key or client with the secret that its holder is given this once.
struct IssuedMachine: Sendable {
    let machine: StoredMachine
    let secret: Secret<String>
}

extension MachineSecret {
    /// A fresh secret, and what is kept of it.
    static func generate(_ kind: MachineKind) -> (text: Secret<String>, kept: MachineSecret) {
        let token = SecretToken.generate(prefix: kind.secretPrefix)
        let text = token.text.reveal()
        let kept = MachineSecret(
            hash: token.hash, prefix: String(text.prefix(kind.secretPrefix.count + 5)),
            lastFour: String(text.suffix(4)))
        return (token.text, kept)
    }
}

/// Somebody makes a key or a client for a machine.
struct MakeMachine: Sendable {
    struct Command: Sendable {
        let kind: MachineKind
        let organizationID: OrganizationID
        let createdBy: Actor
        let name: String
        let scopes: [String]
        let expiresAt: Instant?
        let plan: MachinePlan
    }

    let context: IdentityContext

    func callAsFunction(_ command: Command, cause: EventCause) async throws -> IssuedMachine {
        let (text, kept) = MachineSecret.generate(command.kind)
        let now = cause.clockTime
        let machine = StoredMachine(
            id: .new(at: now), kind: command.kind, organizationID: command.organizationID, name: command.name,
            scopes: command.scopes, secret: kept, previous: nil, plan: command.plan, createdAt: now,
            rotatedAt: nil, lastUsedAt: nil, expiresAt: command.expiresAt, revokedAt: nil, sequence: 1)
        let (limit, tell) = (context.settings.machinesPerOrganization, TellMachine(context: context))
        try await context.service.pool.transaction { tx in
            guard try MachineStore.countLive(of: command.organizationID, at: now, in: tx) < limit else {
                throw Problem.conflict(
                    "too_many_api_keys", "There are too many keys",
                    "An organization has at most \(limit) keys and clients; revoke one that nobody needs.")
            }
            try MachineStore.insert(machine, by: command.createdBy.accountID, in: tx)
            try tell(machine, cause: cause, in: tx)
            try Audit.record(
                .made(command.kind), by: command.createdBy, for: command.organizationID,
                about: [.machine(machine)], at: now, in: tx)
        }
        return IssuedMachine(machine: machine, secret: text)
    }
}

/// A secret is replaced; the old one counts for a while, so that no machine stands still meanwhile.
struct RotateMachine: Sendable {
    let context: IdentityContext

    /// The secret before an earlier rotation ends at once: never do more than two count.
    func callAsFunction(
        _ id: APIKeyID, _ kind: MachineKind, of organization: OrganizationID, by actor: Actor,
        overlap: Duration, cause: EventCause
    ) async throws -> IssuedMachine {
        let (text, kept) = MachineSecret.generate(kind)
        let now = cause.clockTime
        let tell = TellMachine(context: context)
        let machine = try await context.service.pool.transaction { tx in
            guard var machine = try MachineStore.lock(id, kind, of: organization, in: tx) else {
                throw Problem.notFound
            }
            guard machine.revokedAt == nil else {
                throw Problem.conflict("api_key_revoked", "This key was revoked")
            }
            machine.previous = MachineSecret.Previous(hash: machine.secret.hash, until: now + overlap)
            machine.secret = kept
            machine.rotatedAt = now
            machine.sequence += 1
            try MachineStore.update(machine, in: tx)
            try tell(machine, cause: cause, in: tx)
            try Audit.record(
                .rotated(kind), by: actor, for: organization, about: [.machine(machine)], at: now, in: tx)
            return machine
        }
        return IssuedMachine(machine: machine, secret: text)
    }
}

/// A key or client ends, here at once and elsewhere within seconds.
struct RevokeMachine: Sendable {
    let context: IdentityContext

    /// Revoking twice has no effect.
    func callAsFunction(
        _ id: APIKeyID, _ kind: MachineKind, of organization: OrganizationID, by actor: Actor,
        cause: EventCause
    ) async throws {
        let tell = TellMachine(context: context)
        try await context.service.pool.transaction { tx in
            guard var machine = try MachineStore.lock(id, kind, of: organization, in: tx) else {
                throw Problem.notFound
            }
            guard machine.revokedAt == nil else { return }
            machine.revokedAt = cause.clockTime
            machine.previous = nil
            machine.sequence += 1
            try MachineStore.update(machine, in: tx)
            try tell(machine, cause: cause, in: tx)
            try Audit.record(
                .revoked(kind), by: actor, for: organization, about: [.machine(machine)],
                at: cause.clockTime, in: tx)
        }
    }
}

/// Tells of a key as it is: to this service in the same transaction, to the others by an event.
struct TellMachine: Sendable {
    let context: IdentityContext

    func callAsFunction(_ machine: StoredMachine, cause: EventCause, in transaction: borrowing Transaction)
        throws
    {
        let changed = machine.changed
        try MachineCredential.record(
            [MachineCredential(changed, sequence: machine.sequence)], in: transaction)
        let event = try OutgoingEvent(
            changed, subject: machine.id, tenant: machine.organizationID, sequence: machine.sequence,
            cause: cause)
        try context.service.outbox.write(event, in: transaction)
        let authenticator = context.service.authenticator
        transaction.afterCommit { authenticator.revocationsHaveChanged() }
    }
}
