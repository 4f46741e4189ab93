import HTTPServer
import Lifecycle
import ServiceKit

/// All routes of the payment service.
struct PaymentRoutes {
    let context: ServiceContext
    let settings: PaymentSettings
    let desk: PaymentDesk
    let cards: SaveCard
    let mandates: SetMandate
    let changeCharge: ChangeCharge
    let orders: OrderChanges
    let record: RecordManualPayment
    let confirm: ConfirmPayment
    let resolve: ResolveAttempt
    let wallets: WalletRoutes
    let refunds: RefundRoutes
    let noticeWakeup: Wakeup

    func add(to router: inout Router) {
        PayLinkRoutes(context: context, desk: desk, settings: settings).add(to: &router)
        InvoicePaymentRoutes(context: context, desk: desk, record: record).add(to: &router)
        BulkPaymentRoutes(context: context, desk: desk, record: RecordManualPayments(record: record)).add(
            to: &router)
        PaymentMethodRoutes(context: context, cards: cards, settings: settings).add(to: &router)
        MandateRoutes(context: context, mandates: mandates, desk: desk).add(to: &router)
        AutopayRoutes(context: context, mandates: mandates, desk: desk).add(to: &router)
        ChargeRoutes(context: context, change: changeCharge).add(to: &router)
        StandingOrderRoutes(context: context, orders: orders, desk: desk).add(to: &router)
        ConfirmationRoutes(context: context, desk: desk, settings: settings, confirm: confirm).add(
            to: &router)
        ChargingRulesRoutes(context: context, settings: settings).add(to: &router)
        KillSwitchRoutes(context: context).add(to: &router)
        ReviewRoutes(context: context, resolve: resolve).add(to: &router)
        DisputeRoutes(context: context).add(to: &router)
        ReconciliationRoutes(context: context).add(to: &router)
        wallets.add(to: &router)
        refunds.add(to: &router)
        CreditRoutes(context: context).add(to: &router)
        GatewayWebhookRoutes(context: context, settings: settings, wakeup: noticeWakeup).add(to: &router)
    }
}
