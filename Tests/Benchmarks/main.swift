import Foundation
import LoadKit
import Primitives
import Settings

/// Measures a running instance: `duely-bench charges [--backlog N] [--organizations N] [--clients N]`,
/// `duely-bench csv [--count N]`, `duely-bench lists [--count N] [--seconds N] [--connections N]`,
/// `duely-bench invoices [--seconds N] [--organizations N]`, `duely-bench logins [--samples N] [--accounts N]`; or,
/// without an instance, the drawing of documents: `duely-bench pdf [--documents N]`.
///
/// Every figure is one JSON object on a line of standard output; what is being done is told on standard error.
let arguments = Arguments(Array(CommandLine.arguments.dropFirst()))
do {
    let home = SettingsReader.processEnvironment["DUELY_HOME"] ?? ".duely-bench"
    switch arguments.name {
    case "charges":
        try await ChargeBenchmark(instance: try Instance(home: home), arguments: arguments).run()
    case "csv": try await TableBenchmark(instance: try Instance(home: home), arguments: arguments).run()
    case "invoices":
        try await InvoiceBenchmark(instance: try Instance(home: home), arguments: arguments).run()
    case "lists":
        try await ListBenchmark(instance: try Instance(home: home), arguments: arguments).run()
    case "logins":
        try await LoginBenchmark(instance: try Instance(home: home), arguments: arguments).run()
    case "pdf": try await PDFBenchmark(arguments: arguments).run()
    default: throw LoadFailure("there is no benchmark called \(arguments.name)")
    }
} catch {
    Report.say("failed: \(error)")
    exit(1)
}
