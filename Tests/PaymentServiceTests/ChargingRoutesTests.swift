import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("Who runs the platform stops charges, who sends invoices says when refused ones are tried again")
struct ChargingRoutesTests {
    private static func codes(_ json: JSONNode) -> [String] {
        (json["errors"]?.elements ?? []).map {
            "\($0["field"]?.string ?? "?"):\($0["code"]?.string ?? "?")"
        }
    }

    @Test("a stop is answered with what it stops, and is there until it is released, with who and why")
    func stops() async throws {
        try await PaymentWorld.with { world in
            let door = PaymentDoor(world)
            let path = "/v1/kill_switches/\(world.organizationID)"
            let order = #"{"stopped":true,"reason":"stolen cards"}"#
            let first = try await door.call("PUT", path, order, as: .superadmin, of: nil, key: "k1")
            #expect(first.status == 200)
            #expect(first.json["scope"]?.string == "\(world.organizationID)")
            #expect(first.json["stopped"]?.bool == true)
            #expect(first.json["stopped_by"]?.string == "\(world.accountID)")
            world.clock.advance(by: .seconds(60))
            // The same request again, and another one: the first reason stays.
            let same = try await door.call("PUT", path, order, as: .superadmin, of: nil, key: "k1")
            let other = try await door.call(
                "PUT", path, #"{"stopped":true,"reason":"another"}"#, as: .superadmin, of: nil)
            for answer in [same, other] {
                #expect(answer.json["id"]?.string == first.json["id"]?.string)
                #expect(answer.json["reason"]?.string == "stolen cards")
                #expect(answer.json["stopped_at"]?.string == first.json["stopped_at"]?.string)
            }
            _ = try await door.call(
                "PUT", "/v1/kill_switches/platform", #"{"stopped":true,"reason":"maintenance"}"#,
                as: .superadmin, of: nil)
            let released = try await door.call(
                "PUT", path, #"{"stopped":false,"reason":"found"}"#, as: .superadmin, of: nil)
            #expect(released.json["stopped"]?.bool == false)
            #expect(released.json["release_reason"]?.string == "found")
            for (query, scopes) in [
                ("", ["platform", "\(world.organizationID)"]), ("?stopped=true", ["platform"]),
                ("?stopped=false", ["\(world.organizationID)"]), ("?limit=1", ["platform"]),
            ] {
                let list = try await door.call(
                    "GET", "/v1/kill_switches\(query)", as: .superadmin, of: nil)
                #expect(list.json.elements.compactMap { $0["scope"]?.string } == scopes, "\(query)")
            }
        }
    }

    @Test(
        "a stop that makes no sense is refused and changes nothing",
        arguments: [
            ("platform", #"{}"#, 422, ["stopped:required", "reason:required"]),
            ("platform", #"{"stopped":true}"#, 422, ["reason:required"]),
            ("platform", #"{"stopped":"yes","reason":""}"#, 422, ["stopped:wrong_type", "reason:too_short"]),
            ("stripe", #"{"stopped":true,"reason":"x"}"#, 404, []),
            ("org_1", #"{"stopped":true,"reason":"x"}"#, 404, []),
            ("platform", #"{"stopped":false,"reason":"x"}"#, 404, []),
        ])
    func refused(scope: String, body: String, status: Int, codes: [String]) async throws {
        try await PaymentWorld.with { world in
            let door = PaymentDoor(world)
            let answer = try await door.call(
                "PUT", "/v1/kill_switches/\(scope)", body, as: .superadmin, of: nil)
            #expect(answer.status == status)
            #expect(Self.codes(answer.json) == codes)
            #expect(try await world.scalar("SELECT count(*) FROM kill_switches") == "0")
            let list = try await door.call(
                "GET", "/v1/kill_switches?stopped=maybe", as: .superadmin, of: nil)
            #expect(list.status == 422)
        }
    }

    @Test("the days are the usual ones until the sender chooses, and another sender's stay")
    func days() async throws {
        try await PaymentWorld.with { world in
            let door = PaymentDoor(world)
            let others = OrganizationID(.v7())
            func days(_ organization: OrganizationID) async throws -> [Int64] {
                try await door.call("GET", "/v1/charging_rules", as: .member, of: organization)
                    .json["retry_days"]?.elements.compactMap(\.int64) ?? []
            }
            #expect(try await days(world.organizationID) == [2, 5, 7, 7])
            for chosen in ["[3]", "[]", "[1,30,1,1,1,1,1,1]"] {
                let answer = try await door.call(
                    "PUT", "/v1/charging_rules", #"{"retry_days":\#(chosen)}"#, as: .owner,
                    of: world.organizationID)
                #expect(answer.status == 200)
                #expect(
                    "[\(try await days(world.organizationID).map(String.init).joined(separator: ","))]"
                        == chosen)
            }
            #expect(try await days(others) == [2, 5, 7, 7])
        }
    }

    @Test(
        "days that make no sense are refused",
        arguments: [
            #"{}"#, #"{"retry_days":7}"#, #"{"retry_days":[0]}"#, #"{"retry_days":[31]}"#,
            #"{"retry_days":["2"]}"#, #"{"retry_days":[1,1,1,1,1,1,1,1,1]}"#, #"{"retry_days":[1.5]}"#,
        ])
    func wrongDays(body: String) async throws {
        try await PaymentWorld.with { world in
            let answer = try await PaymentDoor(world).call(
                "PUT", "/v1/charging_rules", body, as: .owner, of: world.organizationID)
            #expect(answer.status == 422)
            #expect(Self.codes(answer.json).first?.hasPrefix("retry_days") == true)
            #expect(try await world.scalar("SELECT count(*) FROM charging_rules") == "0")
        }
    }
}
