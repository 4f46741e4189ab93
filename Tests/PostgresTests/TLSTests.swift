import Foundation
import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite("TLS", .serialized) struct TLSTests {
    /// A server with a certificate for 127.0.0.1 that it signed itself.
    private func withServer(_ body: (TestDatabase, String) async throws -> Void) async throws {
        let server = LocalServer(kind: "postgres")
        try await server.start()
        let postgres = try await PostgresServer(adminURL: server.values["DUELY_TEST_POSTGRES"] ?? "")
        // The server itself runs this in its data folder, so the key belongs to the right user.
        try await postgres.administer(
            """
            COPY (SELECT 1) TO PROGRAM 'openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=postgres
            -addext subjectAltName=IP:127.0.0.1 -out server.crt -keyout server.key && chmod 600 server.key'
            """.replacingOccurrences(of: "\n", with: " "))
        try await postgres.administer("ALTER SYSTEM SET ssl = on")
        try await postgres.administer("SELECT pg_reload_conf()")
        try await eventually("TLS at the server") { try await postgres.administer("SHOW ssl").contains("on") }
        let certificate = try await postgres.administer("SELECT pg_read_file('server.crt')")
        let path = FileManager.default.temporaryDirectory.path + "/duely-ca-\(RawID.random().uuidString).crt"
        try certificate.write(toFile: path, atomically: true, encoding: .utf8)
        let database = try await TestDatabase.create(prefix: "tls", on: postgres)
        do {
            try await body(database, path)
        } catch {
            await server.discard()
            throw error
        }
        try FileManager.default.removeItem(atPath: path)
        await server.discard()
    }

    @Test("verify-full accepts the right authority and refuses another", .timeLimit(.minutes(10)))
    func verifyFull() async throws {
        try await withServer { database, certificate in
            var configuration = database.configuration
            configuration.sslMode = .verifyFull
            configuration.rootCertificate = certificate
            try await withPool(configuration) { pool in
                let encrypted = try await pool.transaction { tx in
                    try tx.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()").scalar(
                        as: Bool.self)
                }
                #expect(encrypted == true)
            }
            configuration.rootCertificate = "/etc/ssl/certs/ca-certificates.crt"
            configuration.startTimeout = .milliseconds(200)
            let pool = PostgresPool(
                configuration: configuration, label: "tls", log: .silent, metrics: Metrics())
            let error = await #expect(throws: PostgresError.self) { try await pool.start() }
            #expect(error?.message.contains("certificate verify failed") == true)
        }
    }
}
