import Testing

@Suite("Who may import whom")
struct ImportTests {
    private static let services = ["Identity", "Invoice", "Payment", "Scheduler", "Notification"]

    @Test("rules of a domain import Primitives only")
    func domains() throws {
        var found: [String] = []
        for service in Self.services {
            for file in try SourceFile.all(in: ["Services/\(service)/Domain"], extensions: ["swift"]) {
                if !(Set(file.imports).subtracting(["Primitives"]).isEmpty) { found.append("\(file.path)") }
            }
        }
        #expect(found == [])
    }

    @Test("a service never imports another one")
    func separation() throws {
        var found: [String] = []
        for service in Self.services {
            let others = Self.services.filter { $0 != service }
            let foreign = Set(others.flatMap { ["\($0)Domain", "\($0)Service"] })
            for file in try SourceFile.all(in: ["Services/\(service)"], extensions: ["swift"]) {
                if !(Set(file.imports).isDisjoint(with: foreign)) { found.append("\(file.path)") }
            }
        }
        #expect(found == [])
    }

    @Test("shared code imports no service, and event contracts import Primitives only")
    func shared() throws {
        var found: [String] = []
        let all = Set(Self.services.flatMap { ["\($0)Domain", "\($0)Service"] })
        for file in try SourceFile.all(in: ["Shared"], extensions: ["swift"]) {
            if !(Set(file.imports).isDisjoint(with: all)) { found.append("\(file.path)") }
        }
        for file in try SourceFile.all(in: ["Shared/EventContracts"], extensions: ["swift"]) {
            if !(Set(file.imports).subtracting(["Primitives"]).isEmpty) { found.append("\(file.path)") }
        }
        #expect(found == [])
    }

    @Test("each C library has exactly one wrapper")
    func wrappers() throws {
        var found: [String] = []
        let owners = [
            "CPostgres": "Shared/Postgres/", "CRabbitMQ": "Shared/AMQP/", "CMicrohttpd": "Shared/HTTPServer/",
            "CCurl": "Shared/HTTPClient/", "COpenSSL": "Shared/Crypto/", "CSodium": "Shared/Crypto/",
            "CPangoCairo": "Shared/PDF/", "CQREncode": "Shared/PDF/",
        ]
        for file in try SourceFile.all(in: ["Shared", "Services", "Tests"], extensions: ["swift"]) {
            for module in file.imports {
                guard let owner = owners[module] else { continue }
                if !(file.path.hasPrefix(owner)) { found.append("\(file.path) imports \(module)") }
            }
        }
        #expect(found == [])
    }

    @Test("tests' own tools stay out of what is shipped")
    func testTools() throws {
        for file in try SourceFile.all(in: ["Shared", "Services"], extensions: ["swift"]) {
            #expect(
                Set(file.imports).isDisjoint(with: ["TestKit", "Testing", "GatewaySimulatorCore"]),
                "\(file.path)")
        }
    }
}
