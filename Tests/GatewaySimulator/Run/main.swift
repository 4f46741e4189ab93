import Foundation
import GatewaySimulatorCore
import Lifecycle
import Observability
import Primitives
import Settings

var settings = SettingsReader(ProcessInfo.processInfo.environment)
let options = Simulator.Options(&settings)
let level = settings.choice("DUELY_LOG_LEVEL", default: LogLevel.warning)
do {
    try settings.finish()
    let log = Log(service: "gateway-simulator", level: level)
    let simulator = Simulator(options, clock: SystemClock(), log: log)
    try await ServiceGroup(
        [simulator.memory, simulator.webhooks, simulator.server], log: log, stopDeadline: .seconds(5)
    ).run()
} catch {
    FileHandle.standardError.write(Data("gateway-simulator: \(error)\n".utf8))
    exit(1)
}
