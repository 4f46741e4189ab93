/// Every type of event and every queue that reads them: the one place that says who hears what.
///
/// Adding an event: its payload under `Events/`, its descriptor in `events`, its readers in `queues`.
public enum EventCatalogue {
    /// The services, each the only writer of its exchanges.
    public static let services = ["identity", "invoice", "payment", "scheduler", "notification"]

    /// The service that the others report to: it keeps the audit trail, and tells of the keys.
    public static let auditor = "identity"

    /// Every type that somebody publishes.
    public static let events: [EventDescriptor] =
        identity + invoice + payment + scheduler + notification + requests + reports

    private static let identity: [EventDescriptor] = [
        AccountRegistered.descriptor, AccountVerified.descriptor, AccountErased.descriptor,
        AccountTokensVoided.descriptor,
        SessionRevoked.descriptor, OrganizationCreated.descriptor, OrganizationUpdated.descriptor,
        MemberChanged.descriptor, MemberInvited.descriptor,
        InvitationAccepted.descriptor, APIKeyChanged.descriptor, SigningKeyRotated.descriptor,
        PersonChanged.descriptor,
        IdentityMailRequested.descriptor, OrganizationSnapshotTaken.descriptor, LogoChanged.descriptor,
        APIKeySnapshotTaken.descriptor,
    ]

    private static let invoice: [EventDescriptor] = [
        InvoiceCreated.descriptor, InvoiceUpdated.descriptor, InvoiceDeleted.descriptor,
        InvoiceFinalized.descriptor,
        InvoiceSent.descriptor, InvoiceReminded.descriptor, InvoicePaymentApplied.descriptor,
        InvoicePartiallyPaid.descriptor,
        InvoicePaid.descriptor,
        InvoiceOverdue.descriptor, InvoiceVoided.descriptor, InvoiceMarkedUncollectible.descriptor,
        PayLinkChanged.descriptor, CreditNoteIssued.descriptor, CreditNoteSent.descriptor,
        CreditNoteVoided.descriptor,
        CustomerCreated.descriptor, CustomerUpdated.descriptor, CustomerLinked.descriptor,
        CustomerPersonChanged.descriptor,
        InvoiceMailRequested.descriptor, InvoicePaymentAcknowledged.descriptor,
        InvoiceSnapshotTaken.descriptor,
        CustomerSnapshotTaken.descriptor,
        SubscriptionChanged.descriptor, SubscriptionSnapshotTaken.descriptor,
        RecurringInvoiceChanged.descriptor, RecurringInvoiceSnapshotTaken.descriptor,
    ]

    private static let payment: [EventDescriptor] = [
        PaymentSucceeded.descriptor, PaymentFailed.descriptor, PaymentProcessing.descriptor,
        PaymentSurplus.descriptor,
        RefundSucceeded.descriptor, RefundFailed.descriptor, PaymentMethodChanged.descriptor,
        PaymentMethodExpiring.descriptor, MandateChanged.descriptor,
        ChargePlanned.descriptor, ChargePlanChanged.descriptor, DisputeChanged.descriptor,
        PaymentActionRequired.descriptor, StandingOrderChanged.descriptor,
        WalletChanged.descriptor, CreditChanged.descriptor, InvoiceRequested.descriptor,
        PayLinkRenewalRequested.descriptor,
    ]

    private static let scheduler: [EventDescriptor] = [ChargeDue.descriptor, ScheduleDue.descriptor]

    private static let notification: [EventDescriptor] = [MailDelivered.descriptor, MailFailed.descriptor]

    private static let requests: [EventDescriptor] = [
        ScheduleRequested.descriptor, ScheduleChanged.descriptor, ScheduleCancelled.descriptor,
    ]

    /// What every service tells the one that keeps the audit trail and the keys.
    private static let reports: [EventDescriptor] = [SuperadminActed.descriptor, APIKeyUsed.descriptor]

    /// Every queue of a service that reads events, and what it reads.
    public static let queues: [ConsumerQueue] = [
        ConsumerQueue("identity.reports", of: "identity", reads: reports),
        ConsumerQueue(
            "invoice.identity", of: "invoice",
            reads: tokens + [
                OrganizationCreated.descriptor, OrganizationUpdated.descriptor, InvitationAccepted.descriptor,
                AccountErased.descriptor, PersonChanged.descriptor, OrganizationSnapshotTaken.descriptor,
                LogoChanged.descriptor,
            ]),
        ConsumerQueue(
            "invoice.payment", of: "invoice",
            reads: [
                PaymentSucceeded.descriptor, PaymentProcessing.descriptor, PaymentFailed.descriptor,
                RefundSucceeded.descriptor, MandateChanged.descriptor, ChargePlanChanged.descriptor,
                DisputeChanged.descriptor, InvoiceRequested.descriptor, PayLinkRenewalRequested.descriptor,
            ]),
        ConsumerQueue("invoice.notification", of: "invoice", reads: [MailDelivered.descriptor]),
        ConsumerQueue("invoice.schedule-due", of: "invoice", reads: [], dues: true),
        ConsumerQueue(
            "payment.identity", of: "payment",
            reads: tokens + [
                OrganizationCreated.descriptor, OrganizationUpdated.descriptor, AccountErased.descriptor,
                PersonChanged.descriptor, OrganizationSnapshotTaken.descriptor,
            ]),
        ConsumerQueue(
            "payment.invoice", of: "payment",
            reads: [
                InvoiceFinalized.descriptor, InvoiceVoided.descriptor, InvoiceMarkedUncollectible.descriptor,
                InvoicePaymentAcknowledged.descriptor, PayLinkChanged.descriptor, CustomerCreated.descriptor,
                CreditNoteIssued.descriptor, CreditNoteVoided.descriptor, CustomerUpdated.descriptor,
                CustomerLinked.descriptor,
                InvoiceSnapshotTaken.descriptor, CustomerSnapshotTaken.descriptor,
            ]),
        ConsumerQueue("payment.charge-due", of: "payment", reads: [ChargeDue.descriptor]),
        ConsumerQueue("payment.schedule-due", of: "payment", reads: [], dues: true),
        ConsumerQueue("scheduler.identity", of: "scheduler", reads: tokens),
        ConsumerQueue("scheduler.requests", of: "scheduler", reads: requests),
        ConsumerQueue(
            "notification.identity", of: "notification",
            reads: tokens + [
                IdentityMailRequested.descriptor, PersonChanged.descriptor, AccountErased.descriptor,
                OrganizationCreated.descriptor, OrganizationUpdated.descriptor, MemberChanged.descriptor,
                InvitationAccepted.descriptor,
            ]),
        ConsumerQueue(
            "notification.invoice", of: "notification",
            reads: invoice.filter { $0.channel == .events } + [
                CustomerPersonChanged.descriptor, InvoiceMailRequested.descriptor,
                InvoiceSnapshotTaken.descriptor,
            ]),
        ConsumerQueue("notification.payment", of: "notification", reads: payment),
        ConsumerQueue("notification.schedule-due", of: "notification", reads: [], dues: true),
    ]

    /// What ends logins before their tokens expire, and which machines are known: every service that checks tokens
    /// reads it.
    private static let tokens: [EventDescriptor] = [
        SessionRevoked.descriptor, AccountTokensVoided.descriptor, SigningKeyRotated.descriptor,
        APIKeyChanged.descriptor, APIKeySnapshotTaken.descriptor,
    ]

    /// Exchanges, queues and bindings of all services, applied before any of them starts.
    ///
    /// - Parameter retryDelaysMilliseconds: The steps of every queue's retry ladder.
    /// - Returns: The whole topology; applying it twice changes nothing.
    public static func topology(retryDelaysMilliseconds: [Int64]) -> Topology {
        let exchanges = services.map(Topology.exchanges(of:)).reduce(Topology()) { $0.merging($1) }
        return queues.reduce(exchanges) { topology, queue in
            topology.merging(
                .consumer(
                    queue: queue.name, of: queue.service, from: queue.bindings,
                    retryDelaysMilliseconds: retryDelaysMilliseconds))
        }
    }

    /// The queues that must take an event before it counts as published, by exchange and type.
    public static func mustReach(exchange: String, type: String, routingKey: String) -> [String] {
        if type == ScheduleDue.descriptor.type, let requester = routingKey.split(separator: ".").first {
            return ["\(requester).schedule-due"]
        }
        return reach["\(exchange) \(type)"] ?? []
    }

    private static let reach: [String: [String]] = {
        var reach: [String: [String]] = [:]
        for event in events {
            for service in event.service == EventDescriptor.anyService ? services : [event.service] {
                reach["\(event.exchange(of: service)) \(event.type)"] = event.mustReach
            }
        }
        return reach
    }()
}
