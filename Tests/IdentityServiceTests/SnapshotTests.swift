import EventContracts
import Postgres
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import IdentityService

@Suite(.timeLimit(.minutes(10))) struct SnapshotTests {
    @Test("a snapshot tells every organization with its present number, and no person in public")
    func organizations() async throws {
        try await IdentityWorld.with { world in
            var ids: Set<String> = []
            for number in 0..<3 {
                let answer = try await world.signUp("nora.\(number)@sender.test")
                ids.insert(try #require(answer["organization_id"]))
            }
            let (events, pages) = try await Self.publish(OrganizationSnapshots(clock: world.clock), world)
            #expect(pages == 2)
            let facts = events.filter { $0.type == OrganizationSnapshotTaken.descriptor.type }
            #expect(Set(facts.map(\.subject)) == ids && facts.count == 3)
            for fact in facts {
                // The organization and its first member were told before.
                #expect(fact.sequence == 2 && fact.tenantID?.description == fact.subject)
                let payload = try JSON.decode(OrganizationSnapshotTaken.self, from: fact.data)
                #expect(payload.organization.zone.name == "Europe/Berlin")
                #expect(payload.organization.domain == nil, "the domain is claimed, not proven")
            }
            let people = try events.filter { $0.type == PersonChanged.descriptor.type }.map {
                try JSON.decode(PersonChanged.self, from: $0.data)
            }
            #expect(Set(people.compactMap { $0.organizationID?.description }) == ids)
            #expect(
                people.allSatisfy {
                    $0.name == "North Studio" && $0.address == "Hafenstr. 1\nHamburg"
                        && $0.kind == .organization && $0.email?.hasSuffix("@sender.test") == true
                })
        }
    }

    @Test("a snapshot tells the particulars of every account, on the private exchange only")
    func accounts() async throws {
        try await IdentityWorld.with { world in
            var ids: Set<String> = []
            for number in 0..<3 {
                let answer = try await world.signUp("nora.\(number)@sender.test")
                ids.insert(try #require(answer["account_id"]))
            }
            let (events, _) = try await Self.publish(AccountSnapshots(clock: world.clock), world)
            let people = try events.map { try JSON.decode(PersonChanged.self, from: $0.data) }
            #expect(Set(people.compactMap { $0.accountID?.description }) == ids && people.count == 3)
            #expect(
                people.allSatisfy { $0.kind == .account && $0.name == "Nora North" && $0.language == "de" })
        }
    }

    /// All pages of a source, and how many there were; checks that nothing of a person is public.
    private static func publish(
        _ source: some SnapshotSource, _ world: IdentityWorld
    ) async throws -> (events: [EventEnvelope], pages: Int) {
        var (events, pages, cursor): ([OutgoingEvent], Int, RawID?) = ([], 0, nil)
        repeat {
            let from = cursor
            let page = try await world.pool.transaction { tx in
                try source.page(after: from, limit: 2, in: tx)
            }
            events += page.events
            cursor = page.next
            pages += 1
        } while cursor != nil
        for event in events where event.exchange != "identity.private" {
            #expect(event.exchange == "identity.snapshots")
            let text = String(decoding: event.body, as: UTF8.self)
            for word in ["nora", "Nora", "North", "Hafenstr", "sender.test", "pay.north"] {
                #expect(!text.contains(word))
            }
        }
        return (try events.map { try EventEnvelope(parsing: $0.body) }, pages)
    }
}
