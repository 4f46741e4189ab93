import AMQP
import EventContracts
import HTTPClient
import HTTPServer
import Lifecycle
import Messaging
import Observability
import Postgres
import Primitives
public import Settings

#if canImport(Glibc)
    import Glibc
#endif

/// Runs a service: the whole of every executable's `main`.
///
/// The first argument says what to do: `run` (also without one), `migrate`, `snapshot`, `topology`, or a command of the
/// service's own.
public enum ServiceMain {
    /// Does what the arguments say and ends the process with a status that tells whether it worked.
    ///
    /// - Parameters:
    ///   - definition: The service.
    ///   - arguments: Those of the process, its own name first.
    ///   - environment: The settings.
    public static func run(
        _ definition: ServiceDefinition, arguments: [String] = CommandLine.arguments,
        environment: [String: String] = SettingsReader.processEnvironment
    ) async {
        do {
            let command = arguments.count > 1 ? arguments[1] : "run"
            switch command {
            case "run": try await Assembly(definition, environment).run()
            case "migrate": try await Assembly(definition, environment).migrate()
            case "snapshot": try await Assembly(definition, environment).publishSnapshots()
            case "topology": try await applyTopology(environment)
            default: try await Assembly(definition, environment).perform(command)
            }
        } catch {
            Log(service: definition.name, level: .info).error("ended", ["error": LogValue(error: error)])
            exit(1)
        }
    }

    /// Applies exchanges, queues and bindings of all services; needs a broker user that may configure them all.
    private static func applyTopology(_ environment: [String: String]) async throws {
        var reader = SettingsReader(environment)
        let broker = ServiceSettings.broker(&reader, service: "topology")
        let delays = reader.list("DUELY_RETRY_DELAYS_MS", default: ["5000", "30000", "300000", "1800000"])
        try reader.finish()
        try await AMQPTopology.apply(
            EventCatalogue.topology(retryDelaysMilliseconds: delays.compactMap { Int64($0) }),
            configuration: broker)
    }
}
