import EventContracts
import HTTPClient
import HTTPServer
import Lifecycle
import Messaging
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Puts the payment service together: use cases from the inside out, then what calls them.
struct PaymentComposition {
    let context: ServiceContext
    let settings: PaymentSettings
    /// The pool of the charge loops: queue-like tables, for which bitmap scans are a trap.
    let charges: PostgresPool
    let planCharges: PlanCharges
    let admit: AdmitDues
    let endPlans: EndPlans
    let endAttempt: EndAttempt
    let orderWakeup = Wakeup()
    let claim: ClaimAttempts
    let executor: ChargeExecutor
    let sweeper: AttemptSweeper
    let refunds: RefundWorker
    let project: ProjectPayables
    let desk: PaymentDesk
    let cards: SaveCard
    let cardChanges: CardChanges
    let wallets: WalletComposition
    let notices: GatewayNoticeWorker
    let confirm: ConfirmPayment
    let resolve: ResolveAttempt
    private let refundWakeup = Wakeup()
    private let noticeWakeup = Wakeup()

    init(context: ServiceContext, settings: PaymentSettings) {
        let (outbox, clock, log) = (context.outbox, context.clock, context.log)
        let (readyWakeup, refundWakeup) = (Wakeup(), refundWakeup)
        let gateway = Self.gateway(context, settings)
        let charges = PostgresPool(
            configuration: context.database.pool(named: "charges", size: 3, bitmapScan: false),
            label: "charges",
            log: log, metrics: context.metrics)
        let planCharges = PlanCharges(outbox: outbox, clock: clock)
        let endPlans = EndPlans(outbox: outbox, clock: clock)
        let admit = AdmitDues(endPlans: endPlans, clock: clock) { readyWakeup.signal() }
        wallets = WalletComposition(outbox: outbox, clock: clock) { refundWakeup.signal() }
        let (moveWallet, settleSurplus) = (wallets.moveWallet, wallets.settleSurplus)
        let endAttempt = EndAttempt(
            outbox: outbox, clock: clock, ladder: settings.ladder, endPlans: endPlans, admit: admit,
            orders: EndOrderPayment(outbox: outbox, clock: clock, ladder: settings.ladder),
            tryNextCard: TryNextCard(outbox: outbox, clock: clock, onReady: admit.onReady))
        let successes = RecordSuccesses(
            outbox: outbox, clock: clock, settleSurplus: settleSurplus, admit: admit, endPlans: endPlans,
            moveWallet: moveWallet)
        let answers = RecordAnswer(
            outbox: outbox, clock: clock, machine: settings.attempts, successes: successes,
            endAttempt: endAttempt,
            orders: RecordOrderSuccess(
                outbox: outbox, clock: clock, admit: admit, endPlans: endPlans,
                moveCredit: wallets.moveCredit),
            confirmationPage: context.publicURL + "/confirm/")
        let claim = ClaimAttempts(
            withdraw: endAttempt, answers: answers, clock: clock, settings: settings)
        let metrics = PaymentMetrics(context.metrics)
        let valve = GatewayValve(settings: settings, clock: clock, log: log, metrics: metrics)
        let executor = ChargeExecutor(
            pool: charges, gateway: gateway, claim: claim, successes: successes, answers: answers,
            valve: valve, settings: settings, wakeup: readyWakeup, log: log, metrics: metrics)
        self.context = context
        self.settings = settings
        self.charges = charges
        self.planCharges = planCharges
        self.admit = admit
        self.endPlans = endPlans
        self.endAttempt = endAttempt
        self.claim = claim
        self.executor = executor
        sweeper = AttemptSweeper(
            pool: charges, gateway: gateway, valve: valve, answers: answers, settings: settings, clock: clock,
            log: log)
        refunds = RefundWorker(
            pool: charges, gateway: gateway, outbox: outbox, moveWallet: moveWallet, settings: settings,
            clock: clock, log: log)
        project = ProjectPayables(
            planCharges: planCharges, endPlans: endPlans, endAttempt: endAttempt,
            settleSurplus: settleSurplus,
            applyCredit: ApplyCredit(outbox: outbox, clock: clock, moveCredit: wallets.moveCredit),
            clock: clock)
        desk = PaymentDesk(
            pool: context.pool,
            start: StartPayment(
                settings: settings, clock: clock, endAttempt: endAttempt, answers: answers),
            executor: executor, settings: settings)
        cardChanges = Self.cardChanges(
            outbox, clock, planCharges: planCharges, endPlans: endPlans, endAttempt: endAttempt, admit: admit)
        cards = SaveCard(pool: context.pool, gateway: gateway, changes: cardChanges)
        confirm = ConfirmPayment(pool: context.pool, gateway: gateway, answers: answers)
        resolve = ResolveAttempt(pool: context.pool, gateway: gateway, answers: answers)
        notices = GatewayNoticeWorker(
            pool: charges, gateway: gateway, answers: answers,
            cards: FollowCard(pool: context.pool, cards: cards, changes: cardChanges),
            disputes: FollowDispute(outbox: outbox, clock: clock, settleSurplus: settleSurplus),
            settings: settings, clock: clock, log: log)
    }

    private static func gateway(_ context: ServiceContext, _ settings: PaymentSettings) -> StripeGateway {
        StripeGateway(
            client: context.httpClient, baseURL: settings.gatewayURL, secretKey: settings.gatewaySecretKey,
            limits: .init(
                connect: settings.gatewayConnectTimeout, total: settings.gatewayTimeout,
                responseBytes: 1 << 20))
    }

    /// What the kit runs.
    var parts: ServiceParts {
        let routes = PaymentRoutes(
            context: context, settings: settings, desk: desk, cards: cards, mandates: mandates,
            changeCharge: changeCharge, orders: orders, record: record, confirm: confirm, resolve: resolve,
            wallets: WalletRoutes(context: context, wallets: wallets, desk: desk),
            refunds: RefundRoutes(context: context, desk: desk, request: wallets.requestRefund),
            noticeWakeup: noticeWakeup)
        return ServiceParts(
            routes: routes.add, queues: queues,
            background: [
                charges, executor, sweeper.loop(), refunds.loop(wakeup: refundWakeup),
                payOrders.loop(wakeup: orderWakeup),
                notices.loop(wakeup: noticeWakeup),
                notices.retention(), reconcile.loop(),
                expiringCards.loop(), removedCards.loop(),
            ],
            invariants: PaymentInvariants.all, problems: [GatewayProblems.rule])
    }

    private var queues: [QueueHandlers] {
        let clock = context.clock
        return [
            QueueHandlers(
                "payment.identity",
                [
                    ProjectOrganization<OrganizationCreated>(), ProjectOrganization<OrganizationUpdated>(),
                    ProjectOrganization<OrganizationSnapshotTaken>(), ProjectSenderName(),
                    EraseAccount(mandates: mandates, orders: orders, cards: cardChanges),
                ]),
            QueueHandlers(
                "payment.invoice",
                [
                    ProjectCustomer<CustomerCreated>(planCharges: planCharges, clock: clock),
                    ProjectCustomer<CustomerUpdated>(planCharges: planCharges, clock: clock),
                    ProjectCustomer<CustomerLinked>(planCharges: planCharges, clock: clock),
                    ProjectCustomer<CustomerSnapshotTaken>(planCharges: planCharges, clock: clock),
                    ProjectInvoice<InvoiceFinalized>(project: project),
                    ProjectInvoice<InvoiceSnapshotTaken>(project: project),
                    ProjectInvoice<InvoicePaymentAcknowledged>(project: project),
                    ProjectInvoice<PayLinkChanged>(project: project),
                    ProjectInvoice<CreditNoteIssued>(project: project),
                    ProjectInvoice<CreditNoteVoided>(project: project),
                    ProjectInvoice<InvoiceMarkedUncollectible>(project: project),
                    ProjectInvoice<InvoiceVoided>(project: project),
                ]),
            QueueHandlers("payment.charge-due", [AcceptChargeDue(admit: admit)]),
            QueueHandlers("payment.schedule-due", [takeOrderDays]),
        ]
    }
}
