import Crypto
import Documents
import EventContracts
import Lifecycle
import Primitives
public import ServiceKit
import Settings

/// The invoice service: customers, invoices, their numbers and links, and what was received for them.
public enum InvoiceService {
    /// Everything that `ServiceMain` needs to run it.
    public static let definition = ServiceDefinition(
        name: "invoice",
        migrations: [
            ("invoices", PackageResources.m0001_init_sql), ("amounts", PackageResources.m0002_amounts_sql),
            ("coupons", PackageResources.m0003_coupons_sql),
            ("documents", PackageResources.m0004_documents_sql),
            ("lists", PackageResources.m0005_lists_sql), ("audit", PackageResources.m0006_audit_sql),
            ("numbers_customers", PackageResources.m0007_numbers_customers_sql),
            ("credit_notes", PackageResources.m0008_credit_notes_sql),
            ("recurring", PackageResources.m0009_recurring_sql),
            ("plans", PackageResources.m0011_plans_sql),
            ("subscriptions", PackageResources.m0012_subscriptions_sql),
            ("instalments", PackageResources.m0013_instalments_sql),
            ("reminders", PackageResources.m0014_reminders_sql),
            ("templates", PackageResources.m0015_templates_sql),
            ("autopay", PackageResources.m0017_autopay_sql),
            ("lighter_writes", PackageResources.m0018_lighter_writes_sql),
            ("disputes", PackageResources.m0019_disputes_sql),
            ("credited", PackageResources.m0025_credited_sql),
        ]
    ) { context, settings in
        let keys = PayLinkKeyRing(setting: settings.secret("DUELY_PAY_LINK_KEYS").reveal())
        if keys == nil {
            settings.report(
                "DUELY_PAY_LINK_KEYS", "is not one or two keys in the form id:base64url, newest first")
        }
        let sealingKey = Base64URL.decode(settings.string("DUELY_SEAL_PUBLIC_KEY")).flatMap {
            SealingKey(rawBytes: $0)
        }
        if sealingKey == nil {
            settings.report("DUELY_SEAL_PUBLIC_KEY", "is not a public key of 32 bytes in base64url")
        }
        let drawing = DocumentSettings(&settings)
        guard let keys, let sealingKey else { return ServiceParts() }
        let links = PayLinks(keys: keys, sealingKey: sealingKey, publicURL: context.publicURL)
        return parts(context, links, drawing.renderer(context.metrics))
    }

    private static func parts(
        _ context: ServiceContext, _ links: PayLinks, _ renderer: DocumentRenderer
    ) -> ServiceParts {
        let (outbox, clock) = (context.outbox, context.clock)
        let route = TenantRoute(context: context)
        let files = DocumentFiles(renderer: renderer)
        let daily = Wakeup()
        return ServiceParts(
            routes: { router in
                CustomerRoutes(route: route).add(to: &router)
                NumberSeriesRoutes(route: route).add(to: &router)
                CreditNoteRoutes(route: route, links: links).add(to: &router)
                InvoiceRoutes(route: route, links: links).add(to: &router)
                PayLinkRoutes(route: route, links: links).add(to: &router)
                TaxRateRoutes(route: route).add(to: &router)
                CouponRoutes(route: route).add(to: &router)
                DocumentRoutes(route: route, links: links, files: files).add(to: &router)
                TemplateRoutes(route: route, files: files).add(to: &router)
                InvoiceEventRoutes(route: route).add(to: &router)
                BulkRoutes(route: route, links: links).add(to: &router)
                InvoiceListRoutes(route: route).add(to: &router)
                StatisticsRoutes(route: route).add(to: &router)
                addSubscriptionRoutes(route, links, to: &router)
                RecurringInvoiceRoutes(route: route).add(to: &router)
                ReminderRoutes(route: route, links: links).add(to: &router)
            },
            queues: [
                QueueHandlers(
                    "invoice.identity",
                    [
                        ProjectOrganization<OrganizationCreated>(),
                        ProjectOrganization<OrganizationUpdated>(),
                        ProjectOrganization<OrganizationSnapshotTaken>(), ProjectPerson(),
                        ProjectLogo(),
                        LinkCustomer(outbox: outbox, clock: clock),
                        EraseAccount(outbox: outbox, clock: clock),
                    ]),
                QueueHandlers(
                    "invoice.payment",
                    [
                        ApplyPaymentSucceeded(outbox: outbox, clock: clock),
                        ShowPaymentProcessing(outbox: outbox, clock: clock),
                        EndPaymentProcessing(outbox: outbox, clock: clock),
                        ApplyRefundSucceeded(outbox: outbox, clock: clock),
                        ApplyDisputeChanged(outbox: outbox, clock: clock),
                        ProjectMandate(), ProjectChargePlan(),
                        MakeRequestedInvoices(links: links, outbox: outbox, clock: clock),
                        RenewPayLinks(links: links, outbox: outbox, clock: clock),
                    ]),
                QueueHandlers("invoice.notification", [CountDeliveredMail(clock: clock)]),
                QueueHandlers("invoice.schedule-due", [dues(context, links, daily: daily)]),
            ],
            background: [StatisticsFolding.loop(context)] + DailyPasses.loops(context, links, wakeup: daily),
            snapshots: snapshots(clock),
            invariants: InvoiceInvariants.all + SubscriptionInvariants.all, problems: [InvoiceProblems.rule],
            openWork: ["SELECT count(*) FROM daily_timers WHERE organization_id = $1 AND done < come"])
    }
}
