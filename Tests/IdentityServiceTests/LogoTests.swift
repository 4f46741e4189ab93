import HTTPClient
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10))) struct LogoTests {
    private static let png: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3]
    private static let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xE0, 1, 2, 3]

    private func send(
        _ world: IdentityWorld, _ method: String, _ path: String, _ body: [UInt8] = [], token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> ClientResponse {
        let authorization = token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []
        return try await world.client.send(
            ClientRequest(
                method: method, url: "http://127.0.0.1:\(world.port)\(path)",
                headers: headers + authorization, body: body,
                limits: .init(connect: .seconds(20), total: .seconds(60), responseBytes: 1 << 20)))
    }

    private func owner(_ world: IdentityWorld) async throws -> (path: String, token: String) {
        _ = try await world.signUp()
        let login = try await world.logIn()
        let id = try #require(login["organization_id"])
        return ("/v1/organizations/\(id)", try #require(login["access_token"]))
    }

    @Test("a logo is what its bytes are, everybody may see it, and browsers keep it by its tag")
    func serve() async throws {
        try await IdentityWorld.with { world in
            let (organization, token) = try await owner(world)
            let path = "\(organization)/logo"
            #expect(try await send(world, "GET", path).status == 404)
            #expect(try await world.call("GET", organization, token: token)["logo_url"] == nil)
            var tags: Set<String> = []
            for (image, type) in [(Self.png, "image/png"), (Self.jpeg, "image/jpeg")] {
                let put = try await send(
                    world, "PUT", path, image, token: token, headers: [("Content-Type", "text/html")])
                #expect(put.status == 204)
                let shown = try await send(world, "GET", path)
                #expect(shown.status == 200 && shown.body == image)
                #expect(shown.header("content-type") == type)
                #expect(shown.header("x-content-type-options") == "nosniff")
                #expect(shown.header("content-security-policy")?.contains("sandbox") == true)
                let tag = try #require(shown.header("etag"))
                tags.insert(tag)
                for value in [tag, "W/\(tag)", "\"x\", \(tag)", "*"] {
                    let known = try await send(world, "GET", path, headers: [("If-None-Match", value)])
                    #expect(known.status == 304 && known.body.isEmpty && known.header("etag") == tag)
                }
                let other = try await send(world, "GET", path, headers: [("If-None-Match", "\"x\"")])
                #expect(other.status == 200)
            }
            #expect(tags.count == 2)
            #expect(try await world.call("GET", organization, token: token)["logo_url"] == path)
            #expect(try await send(world, "DELETE", path, token: token).status == 204)
            #expect(try await send(world, "DELETE", path, token: token).status == 204)
            #expect(try await send(world, "GET", path).status == 404)
        }
    }

    @Test("each change of a logo is told once, the same logo again is not")
    func events() async throws {
        try await IdentityWorld.with { world in
            let (organization, token) = try await owner(world)
            for _ in 0..<2 {
                _ = try await send(world, "PUT", "\(organization)/logo", Self.png, token: token)
            }
            #expect(try await world.events("organization.updated.v1").count == 1)
            for _ in 0..<2 { _ = try await send(world, "DELETE", "\(organization)/logo", token: token) }
            let sequences = try await world.events("organization.updated.v1").compactMap {
                $0.root["sequence"]?.string
            }
            #expect(sequences == ["3", "4"])
            let parts = try await world.events("logo.changed.v1")
            #expect(parts.count == 2, "the file and its end, for the service that draws documents")
        }
    }

    @Test("what is no small PNG or JPEG is refused, whatever it claims to be")
    func refusals() async throws {
        try await IdentityWorld.with { world in
            let (organization, token) = try await owner(world)
            let path = "\(organization)/logo"
            let largest = Self.png + Array(repeating: 0, count: 262_144 - Self.png.count)
            let tooLarge = try await send(world, "PUT", path, largest + [0], token: token)
            #expect(tooLarge.status == 413)
            #expect(String(decoding: tooLarge.body, as: UTF8.self).contains("logo_too_large"))
            for body in [Array("<svg xmlns='http://www.w3.org/2000/svg'/>".utf8), [], [0xFF, 0xD8]] {
                let refused = try await send(
                    world, "PUT", path, body, token: token, headers: [("Content-Type", "image/png")])
                #expect(refused.status == 415)
                #expect(String(decoding: refused.body, as: UTF8.self).contains("unsupported_image"))
            }
            #expect(try await send(world, "GET", path).status == 404)
            #expect(try await send(world, "PUT", path, largest, token: token).status == 204)
        }
    }

    @Test("only those who may change the organization change its logo")
    func permissions() async throws {
        try await IdentityWorld.with { world in
            let (organization, _) = try await owner(world)
            _ = try await world.signUp("b@b.test")
            let stranger = try await world.logIn("b@b.test")["access_token"]
            for method in ["PUT", "DELETE"] {
                let path = "\(organization)/logo"
                #expect(try await send(world, method, path, Self.png).status == 401)
                #expect(try await send(world, method, path, Self.png, token: stranger).status == 404)
            }
            #expect(try await send(world, "GET", "/v1/organizations/x/logo").status == 404)
        }
    }
}
