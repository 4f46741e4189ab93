import HTTPServer
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

    /// What the service can publish as it is now.
    static func snapshots(_ clock: any WallClock) -> [any SnapshotSource] {
        [
            InvoiceSnapshots(clock: clock), CustomerSnapshots(clock: clock),
            SubscriptionSnapshots(clock: clock), RecurringSnapshots(clock: clock),
        ]
    }
}
