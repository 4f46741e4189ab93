import Foundation
import TestKit
import Testing

@Suite("Containers as described", .timeLimit(.minutes(10)))
struct ComposeTests {
    private static func tool(_ name: String) -> String? {
        let folders = [Repository.root + "/.build-tools/bin", "/usr/local/bin", "/usr/bin"]
        return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    @Test("docker-compose understands the file", .enabled(if: tool("docker-compose") != nil))
    func config() async throws {
        let compose = try #require(Self.tool("docker-compose"))
        try await ChildProcess.succeed([compose, "-f", "docker-compose.yml", "config", "-q"])
    }

    @Test("the file follows the compose specification", .enabled(if: tool("check-jsonschema") != nil))
    func schema() async throws {
        let check = try #require(Self.tool("check-jsonschema"))
        try await ChildProcess.succeed([
            check, "--builtin-schema", "vendor.compose-spec", "docker-compose.yml",
        ])
    }

    @Test("every image that the composition builds is a stage of the Dockerfile, and every service is in it")
    func stages() throws {
        let docker = try String(
            contentsOfFile: Repository.root + "/deploy/docker/Dockerfile", encoding: .utf8)
        let compose = try String(contentsOfFile: Repository.root + "/docker-compose.yml", encoding: .utf8)
        let stages = docker.matches(of: #/ AS ([a-z-]+)/#).map { String($0.output.1) }
        let targets = compose.matches(of: #/target: ([a-z-]+)/#).map { String($0.output.1) }
        #expect(Set(targets).isSubset(of: Set(stages)))
        for service in ["identity", "invoice", "payment", "scheduler", "notification"] {
            #expect(targets.contains(service))
            #expect(docker.contains("COPY --from=build /programs/duely-\(service) "))
        }
    }
}
