import EventContracts
import Messaging

/// Completes a service's handlers with the kit's own, and checks that every event of every queue has one.
enum QueuePlan {
    /// An event that the catalogue sends to a service which has no handler for it: it would end as a dead letter.
    struct Unhandled: Error, CustomStringConvertible {
        let types: [String]
        var description: String { "no handler for \(types.joined(separator: ", "))" }
    }

    static func complete(_ queues: [QueueHandlers], openWork: [String], of context: ServiceContext) throws
        -> [QueueHandlers]
    {
        let owned = EventCatalogue.queues.filter { $0.service == context.name }
        let completed = owned.map { queue in
            let own = queues.first { $0.queue == queue.name }
            let access =
                queue.name == "\(context.name).identity"
                ? AccessHandlers.all(
                    context.authenticator, clock: context.clock,
                    tokenLife: AuthenticatorConfiguration.standard.maximumTokenLife) : []
            let clocks =
                EventCatalogue.testClockQueues.contains(queue.name)
                ? TestClockHandlers.all(context, openWork: openWork) : []
            return QueueHandlers(
                queue.name, access + clocks + (own?.handlers ?? []), envelopes: own?.envelopes ?? [])
        }
        let unhandled = zip(owned, completed).flatMap { queue, handlers in
            let handled = Set(handlers.handlers.map { payloadType($0) } + handlers.envelopes.flatMap(\.types))
            return queue.reads.map(\.type).filter { !handled.contains($0) }.map { "\(queue.name): \($0)" }
        }
        guard unhandled.isEmpty else { throw Unhandled(types: unhandled) }
        return completed
    }

    private static func payloadType<Handler: EventHandler>(_: Handler) -> String {
        Handler.Payload.descriptor.type
    }
}
