import HTTPClient
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct OrganizationTests {
    private func owner(_ world: IdentityWorld) async throws -> (id: String, path: String, token: String) {
        _ = try await world.signUp()
        let login = try await world.logIn()
        let id = try #require(login["organization_id"])
        return (id, "/v1/organizations/\(id)", try #require(login["access_token"]))
    }

    @Test("every setting can be changed, is told once, and only what was given changes")
    func update() async throws {
        try await IdentityWorld.with { world in
            let (id, path, token) = try await owner(world)
            let before = try await world.call("GET", path, token: token)
            #expect(before.status == 200 && before["id"] == id && before["currency"] == "EUR")
            #expect(before["address"] == "Hafenstr. 1\nHamburg" && before["tax_id"] == nil)
            let changed = try await world.call(
                "PATCH", path,
                """
                {"name":"North GmbH","email":"billing@north.test","address":"Kai 2","tax_id":"DE123456789",
                 "zone":"America/New_York","currency":"usd","invoice_prefix":"nor","accent_color":"#1F5EFF",
                 "pay_link_days":60,"pay_link_one_time":true,"domain":"Bills.North.test"}
                """, token: token)
            #expect(changed.status == 200)
            let after = try await world.call("GET", path, token: token)
            #expect(after.response.body == changed.response.body)
            #expect(after["name"] == "North GmbH" && after["email"] == "billing@north.test")
            #expect(after["address"] == "Kai 2" && after["tax_id"] == "DE123456789")
            #expect(after["zone"] == "America/New_York" && after["currency"] == "USD")
            #expect(after["invoice_prefix"] == "NOR" && after["accent_color"] == "#1f5eff")
            #expect(after.root?["pay_link_days"]?.int64 == 60)
            #expect(after.root?["pay_link_one_time"]?.bool == true)
            #expect(after["domain"] == "bills.north.test")
            #expect(after.root?["domain_verified"]?.bool == false)
            let one = try await world.call("PATCH", path, #"{"tax_id":null,"address":null}"#, token: token)
            #expect(one["tax_id"] == nil && one["address"] == nil && one["name"] == "North GmbH")
            let updates = try await world.events("organization.updated.v1")
            #expect(updates.compactMap { $0.root["sequence"]?.string } == ["3", "4"])
            let facts = try #require(updates.first?.data["organization"])
            #expect(facts["currency"]?.string == "USD" && facts["pay_link_days"]?.int64 == 60)
            #expect(facts["domain"] == nil, "the domain is claimed, not proven")
            #expect(updates.allSatisfy { $0.exchange == "identity.events" && !$0.text.contains("GmbH") })
            let person = try #require(try await world.events("person.changed.v1").last)
            #expect(person.exchange == "identity.private" && person.data["name"]?.string == "North GmbH")
            #expect(person.data["address"] == nil && person.data["accent_color"]?.string == "#1f5eff")
        }
    }

    @Test("a change to what already is has no effect and tells nothing")
    func unchanged() async throws {
        try await IdentityWorld.with { world in
            let (_, path, token) = try await owner(world)
            let events = try await world.events().count
            for body in [
                "{}", #"{"name":"North Studio","currency":"EUR"}"#,
                #"{"domain":"pay.north.test","name":null}"#,
            ] {
                #expect(try await world.call("PATCH", path, body, token: token).status == 200)
            }
            #expect(try await world.events().count == events)
        }
    }

    @Test("only particulars travel privately: a change of facts alone tells no person")
    func factsAlone() async throws {
        try await IdentityWorld.with { world in
            let (_, path, token) = try await owner(world)
            let people = try await world.events("person.changed.v1").count
            #expect(
                try await world.call("PATCH", path, #"{"pay_link_days":5}"#, token: token).status == 200)
            #expect(try await world.events("person.changed.v1").count == people)
            #expect(try await world.events("organization.updated.v1").count == 1)
        }
    }

    @Test("another domain than the verified one is a claim again; the same one stays verified")
    func domain() async throws {
        try await IdentityWorld.with { world in
            let (_, path, token) = try await owner(world)
            try await world.pool.transaction { tx in
                _ = try tx.execute("UPDATE organizations SET domain_verified_at = now()")
            }
            let same = try await world.call("PATCH", path, #"{"domain":"pay.north.test"}"#, token: token)
            #expect(same.root?["domain_verified"]?.bool == true)
            let named = try await world.call("PATCH", path, #"{"name":"N"}"#, token: token)
            #expect(named.root?["domain_verified"]?.bool == true)
            let other = try await world.call("PATCH", path, #"{"domain":"b.north.test"}"#, token: token)
            #expect(other.root?["domain_verified"]?.bool == false)
            let none = try await world.call("PATCH", path, #"{"domain":null}"#, token: token)
            #expect(none.status == 200 && none["domain"] == nil)
            let domains = try await world.events("organization.updated.v1").map {
                $0.data["organization"]?["domain"]?.string
            }
            #expect(domains == ["pay.north.test", nil, nil])
        }
    }

    @Test("what is wrong with a change is named, and nothing of it happens")
    func fields() async throws {
        try await IdentityWorld.with { world in
            let (_, path, token) = try await owner(world)
            let wrong = try await world.call(
                "PATCH", path,
                """
                {"name":"","email":"x","address":"","tax_id":"a\\nb","zone":"Mars","currency":"XYZW",
                 "invoice_prefix":"-","accent_color":"red","pay_link_days":0,"pay_link_one_time":"yes",
                 "domain":"localhost"}
                """, token: token)
            #expect(
                wrong.fields == [
                    "name": "too_short", "email": "malformed", "address": "too_short", "tax_id": "malformed",
                    "zone": "malformed", "currency": "malformed", "invoice_prefix": "malformed",
                    "accent_color": "malformed", "pay_link_days": "out_of_range",
                    "pay_link_one_time": "wrong_type", "domain": "malformed",
                ])
            #expect(try await world.call("PATCH", path, "[]", token: token).status == 422)
            #expect(try await world.call("GET", path, token: token)["name"] == "North Studio")
            #expect(try await world.events("organization.updated.v1").isEmpty)
        }
    }

    @Test("an organization is its members' business: others find nothing, a superadmin names it")
    func tenants() async throws {
        try await IdentityWorld.with { world in
            let (id, path, _) = try await owner(world)
            _ = try await world.signUp("b@b.test")
            let stranger = try await world.logIn("b@b.test")["access_token"]
            for method in ["GET", "PATCH"] {
                let body = method == "PATCH" ? #"{"name":"Mine"}"# : nil
                #expect(try await world.call(method, path, body).status == 401)
                #expect(try await world.call(method, path, body, token: stranger).status == 404)
                let named = try await world.call(method, "\(path)?website_id=\(id)", body, token: stranger)
                #expect(named.status == 403)
            }
            let root = try await world.superadmin()
            let unnamed = try await world.call("GET", path, token: root)
            #expect(unnamed.fields == ["website_id": "required"])
            let changed = try await world.call(
                "PATCH", "\(path)?website_id=\(id)", #"{"name":"Renamed"}"#, token: root)
            #expect(changed.status == 200 && changed["name"] == "Renamed")
            let absent = OrganizationID(.v7())
            let nowhere = try await world.call(
                "GET", "/v1/organizations/\(absent)?website_id=\(absent)", token: root)
            #expect(nowhere.status == 404)
        }
    }

    @Test("a list shows the own places with the role; a superadmin sees all, page by page")
    func list() async throws {
        try await IdentityWorld.with { world in
            let (id, _, token) = try await owner(world)
            for number in 0..<3 {
                world.clock.advance(by: .seconds(1))
                _ = try await world.signUp("n\(number)@sender.test")
            }
            let own = try await world.call("GET", "/v1/organizations", token: token)
            #expect(own.root?.elements.count == 1 && own.root?.elements.first?["id"]?.string == id)
            #expect(own.root?.elements.first?["role"]?.string == "owner")
            #expect(own.root?.elements.first?["name"]?.string == "North Studio")
            #expect(try await world.call("GET", "/v1/organizations").status == 401)
            let root = try await world.superadmin()
            let first = try await world.call("GET", "/v1/organizations?limit=3", token: root)
            let cursor = try #require(first.response.header("x-next-cursor"))
            let second = try await world.call(
                "GET", "/v1/organizations?limit=3&cursor=\(cursor)", token: root)
            let ids = [first, second].flatMap { $0.root?.elements.compactMap { $0["id"]?.string } ?? [] }
            // The superadmin's own sign-up made the fifth.
            #expect(ids.count == 5 && Set(ids).count == 5 && ids == ids.sorted(by: >))
            #expect(second.response.header("x-next-cursor") == nil && ids.last == id)
            let bad = try await world.call("GET", "/v1/organizations?limit=0&cursor=x", token: token)
            #expect(bad.fields == ["limit": "out_of_range", "cursor": "malformed"])
        }
    }
}

extension IdentityWorld {
    /// The access token of somebody who runs the platform.
    func superadmin() async throws -> String? {
        _ = try await signUp("root@platform.test")
        try await pool.transaction { tx in
            _ = try tx.execute(
                "UPDATE accounts SET is_superadmin = true WHERE email_key = 'root@platform.test'")
        }
        return try await logIn("root@platform.test")["access_token"]
    }
}
