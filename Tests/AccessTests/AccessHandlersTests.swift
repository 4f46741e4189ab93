import Crypto
import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import ServiceKit

@Suite(.timeLimit(.minutes(10))) struct AccessHandlersTests {
    /// An event as it arrives.
    private func received<Payload: EventPayload, Subject>(
        _ payload: Payload, subject: ID<Subject>, at now: Instant
    ) throws -> Received<Payload> {
        let event = try OutgoingEvent(
            payload, subject: subject, tenant: nil, sequence: 1,
            cause: EventCause(traceparent: nil, clockTime: now))
        return Received(envelope: try EventEnvelope(parsing: event.body), payload: payload)
    }

    private func handle<Payload: EventPayload>(
        _ batch: [Received<Payload>], _ handlers: [any EventHandler], _ world: AccessWorld
    ) async throws {
        try await world.pool.transaction { tx in
            for handler in handlers { try Self.handle(batch, handler, in: tx) }
        }
    }

    private static func handle<Payload: EventPayload, Handler: EventHandler>(
        _ batch: [Received<Payload>], _ handler: Handler, in tx: borrowing Transaction
    ) throws {
        guard let own = batch as? [Received<Handler.Payload>] else { return }
        try handler.handle(own, in: tx)
    }

    @Test("an ended login is refused as soon as the event is handled, however often it comes")
    func sessionRevoked() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let handlers = AccessHandlers.all(authenticator, clock: world.clock, tokenLife: .seconds(3600))
            let principal = world.principal()
            let token = world.token(principal)
            let event = try received(
                SessionRevoked(sessionID: principal.sessionID, accountID: principal.accountID),
                subject: principal.sessionID, at: world.clock.now())
            for _ in 0..<2 { try await handle([event, event], handlers, world) }
            try await eventually("the token is refused") {
                await problem { _ = try await authenticator.authenticate(token: token) }?.status == 401
            }
            await authenticator.stop()
        }
    }

    @Test("an account's tokens are void from the event's moment on, and older events take nothing back")
    func tokensVoided() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started()
            let handlers = AccessHandlers.all(authenticator, clock: world.clock, tokenLife: .seconds(3600))
            let principal = world.principal()
            let before = world.token(principal)
            let now = world.clock.now()
            let events = try [now, now - .seconds(600)].map { moment in
                try received(
                    AccountTokensVoided(accountID: principal.accountID, issuedBefore: moment),
                    subject: principal.accountID, at: now)
            }
            try await handle(events, handlers, world)
            world.clock.advance(by: .milliseconds(1))
            let after = world.token(principal)
            try await eventually("the older token is refused") {
                await problem { _ = try await authenticator.authenticate(token: before) }?.status == 401
            }
            _ = try await authenticator.authenticate(token: after)
            await authenticator.stop()
        }
    }

    @Test("a rotated key is fetched before its first token comes")
    func keyRotated() async throws {
        try await AccessWorld.with { world in
            let authenticator = try await world.started(minimumFetchInterval: .seconds(3600))
            try await eventually("the first fetches are over") { world.source.fetches >= 1 }
            let next = SigningKey.generate()
            world.source.publish([world.key, next])
            let handlers = AccessHandlers.all(authenticator, clock: world.clock, tokenLife: .seconds(3600))
            let event = try received(
                SigningKeyRotated(keyID: next.id, publicKey: Base64URL.encode(next.verifyingKey.rawBytes)),
                subject: SessionID(.v7()), at: world.clock.now())
            try await handle([event], handlers, world)
            let token = world.token(world.principal(), key: next)
            try await eventually("the new key is known") {
                await problem { _ = try await authenticator.authenticate(token: token) } == nil
            }
            await authenticator.stop()
        }
    }
}
