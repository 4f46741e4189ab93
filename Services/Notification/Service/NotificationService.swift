import HTTPClient
import Lifecycle
import Messaging
import NotificationDomain
public import ServiceKit

/// The notification service: everything that leaves the system by mail, as notices and through the feed.
public enum NotificationService {
    /// What `ServiceMain` runs.
    public static let definition = ServiceDefinition(
        name: "notification",
        migrations: [
            (name: "notification", sql: PackageResources.m0001_init_sql),
            (name: "reminders", sql: PackageResources.m0002_reminders_sql),
            (name: "personal_notices", sql: PackageResources.m0003_personal_notices_sql),
        ]
    ) { context, settings in
        let own = NotificationSettings(&settings)
        guard let key = own.key, let from = own.from else { return ServiceParts() }
        let composer = MailComposer(from: from, platformName: own.platformName, key: key)
        return parts(context, couriers: couriers(context, own, composer))
    }

    private static func parts(_ context: ServiceContext, couriers: [any Service]) -> ServiceParts {
        ServiceParts(
            routes: { router in
                FeedRoutes(context: context).add(to: &router)
                NoticeRoutes(context: context).add(to: &router)
            },
            queues: queues(context), background: couriers, invariants: NotificationInvariants.all)
    }

    static func queues(_ context: ServiceContext) -> [QueueHandlers] {
        let clock = context.clock
        return [
            QueueHandlers(
                "notification.identity",
                [QueueRequestedMail.FromIdentity(clock: clock), ProjectPerson(), EraseAccount()],
                envelopes: [KeepForFeed(queue: "notification.identity")]),
            QueueHandlers(
                "notification.invoice", [QueueRequestedMail.FromInvoice(clock: clock), ProjectCustomer()],
                envelopes: [
                    ProjectInvoice(), NoticeInvoicePaid(clock: clock), QueueReceipt(clock: clock),
                    EndReminders(clock: clock),
                    KeepForFeed(queue: "notification.invoice"),
                ]),
            QueueHandlers(
                "notification.payment",
                [
                    NoticePaymentFailed(clock: clock), NoticeChargePlanned(clock: clock),
                    NoticeActionRequired(clock: clock), NoticeChargeFailed(clock: clock),
                    NoticeCardExpiring(clock: clock), NoticeMandateCard(clock: clock),
                    NoticeOrderCard(clock: clock),
                ],
                envelopes: [KeepForFeed(queue: "notification.payment")]),
        ]
    }

    private static func couriers(
        _ context: ServiceContext, _ settings: NotificationSettings, _ composer: MailComposer
    ) -> [any Service] {
        guard settings.lanes > 0 else { return [] }
        let courier = MailCourier(
            queue: MailQueue(pool: context.batchPool, outbox: context.outbox), composer: composer,
            carrier: SMTPClient(configuration: settings.smtp), settings: settings.courier,
            clock: context.clock,
            metrics: MailMetrics(context.metrics), log: context.log)
        return (1...settings.lanes).map { lane in
            BackgroundLoop(label: "courier \(lane)", pause: settings.courier.pause, log: context.log) {
                try await courier.round()
            }
        }
    }
}
