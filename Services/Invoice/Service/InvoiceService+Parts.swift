import HTTPServer
import Lifecycle
import Messaging
import Primitives
import ServiceKit

extension InvoiceService {
    /// Adds the routes of what is sold again and again.
    static func addSubscriptionRoutes(_ route: TenantRoute, _ links: PayLinks, to router: inout Router) {
        PlanRoutes(route: route).add(to: &router)
        PriceRoutes(route: route).add(to: &router)
        SubscriptionRoutes(route: route, links: links).add(to: &router)
        UsageRoutes(route: route).add(to: &router)
    }

    /// What is done when timers of this service go off.
    static func dues(_ context: ServiceContext, _ links: PayLinks, daily wakeup: Wakeup) -> DispatchDues {
        let (outbox, clock) = (context.outbox, context.clock)
        return DispatchDues(handlers: [
            RenewSubscriptions(links: links, outbox: outbox, clock: clock),
            MakeRecurringInvoices(links: links, outbox: outbox, clock: clock),
            NoteDailyTimers(wakeup: wakeup),
        ])
    }

    /// What the service can publish as it is now.
    static func snapshots(_ clock: any WallClock) -> [any SnapshotSource] {
        [
            InvoiceSnapshots(clock: clock), CustomerSnapshots(clock: clock),
            SubscriptionSnapshots(clock: clock), RecurringSnapshots(clock: clock),
        ]
    }
}
