import Foundation
import LoadKit
import Primitives
import Settings

/// Measures a running instance: `duely-bench charges [--backlog N] [--organizations N] [--clients N]`,
/// `duely-bench invoices [--seconds N] [--organizations N]`,
/// `duely-bench lists [--count N] [--seconds N] [--connections N]`.
///
/// Every figure is one JSON object on a line of standard output; what is being done is told on standard error.
let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
do {
    let home = SettingsReader.processEnvironment["DUELY_HOME"] ?? ".duely-bench"
    let instance = try Instance(home: home)
    switch arguments.name {
    case "charges": try await ChargeBenchmark(instance: instance, arguments: arguments).run()
    case "invoices": try await InvoiceBenchmark(instance: instance, arguments: arguments).run()
    case "lists": try await ListBenchmark(instance: instance, arguments: arguments).run()
    default: throw LoadFailure("there is no benchmark called \(arguments.name)")
    }
} catch {
    Report.say("failed: \(error)")
    exit(1)
}
