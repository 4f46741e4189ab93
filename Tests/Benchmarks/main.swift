import Foundation
import Primitives
import Settings

/// Measures a running instance: `duely-bench charges [--backlog N] [--organizations N] [--clients N]`.
///
/// Every figure is one JSON object on a line of standard output; what is being done is told on standard error.
let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
do {
    let instance = try Instance(environment: SettingsReader.processEnvironment)
    switch arguments.name {
    case "charges": try await ChargeBenchmark(instance: instance, arguments: arguments).run()
    default: throw BenchmarkFailure("there is no benchmark called \(arguments.name)")
    }
} catch {
    Report.say("failed: \(error)")
    exit(1)
}
