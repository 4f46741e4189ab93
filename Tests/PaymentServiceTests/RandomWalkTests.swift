import Foundation
import Lifecycle
import TestKit
import Testing

@testable import PaymentService

@Suite("Whatever happens in whatever order, the books are those of the gateway")
struct RandomWalkTests {
    /// Some known seeds and one of the day; many in a soak; `DUELY_TEST_SEED` walks one again.
    private static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["DUELY_TEST_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        let isSoak = environment["DUELY_TEST_SOAK"] != nil
        return Array(1...(isSoak ? 60 : 4)) + [UInt64.random(in: 1_000...UInt64.max)]
    }

    @Test("a walk of everything that can happen", arguments: seeds)
    func walk(seed: UInt64) async throws {
        try await PaymentWorld.with(
            PaymentWorld.webhooks.merging(["DUELY_STARTS_PER_LINK": "100000"]) { $1 }
        ) { world in
            try await world.startExecutorOnce()
            let loops = [
                world.parts.sweeper.loop(), world.parts.refunds.loop(wakeup: Wakeup()),
                world.parts.notices.loop(wakeup: Wakeup()), world.parts.removedCards.loop(),
            ]
            for loop in loops { try await loop.start() }
            var walk = RandomWalk(world, seed: seed)
            do {
                try await walk.walk(80)
                try await walk.comeToRest()
            } catch {
                Issue.record(error, "\(try await walk.unsettled()) after \(walk.path.joined(separator: " "))")
            }
            for loop in loops { await loop.stop() }
            let broken = try await walk.brokenPromises()
            #expect(broken == [], "\(walk.path.joined(separator: " "))")
        }
    }
}
