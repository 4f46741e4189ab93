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

    var parts: ServiceParts {
        get throws {
            let outbox = context.outbox
            let clock = context.clock
            let readyWakeup = Wakeup()
            let refundWakeup = Wakeup()
            let gateway = StripeGateway(
                client: context.httpClient, baseURL: settings.gatewayURL,
                secretKey: settings.gatewaySecretKey,
                limits: .init(
                    connect: settings.gatewayConnectTimeout, total: settings.gatewayTimeout,
                    responseBytes: 1 << 20))
            let planCharges = PlanCharges(outbox: outbox, clock: clock)
            let endPlans = EndPlans(outbox: outbox, clock: clock)
            let admit = AdmitDues(endPlans: endPlans, clock: clock) { readyWakeup.signal() }
            let settleSurplus = SettleSurplus(outbox: outbox, clock: clock) { refundWakeup.signal() }
            let endAttempt = EndAttempt(
                outbox: outbox, clock: clock, ladder: settings.ladder, endPlans: endPlans, admit: admit)
            let successes = RecordSuccesses(
                outbox: outbox, clock: clock, settleSurplus: settleSurplus, admit: admit, endPlans: endPlans)
            let answers = RecordAnswer(
                outbox: outbox, clock: clock, machine: settings.attempts, successes: successes,
                endAttempt: endAttempt)
            let hot = PostgresPool(
                configuration: context.database.pool(named: "charges", size: 3, bitmapScan: false),
                label: "charges",
                log: context.log, metrics: context.metrics)
            let executor = ChargeExecutor(
                pool: hot, gateway: gateway,
                claim: ClaimAttempts(withdraw: endAttempt, clock: clock, settings: settings),
                successes: successes,
                answers: answers, settings: settings, wakeup: readyWakeup, log: context.log,
                metrics: PaymentMetrics(context.metrics))
            let sweeper = AttemptSweeper(
                pool: hot, gateway: gateway, answers: answers, settings: settings, clock: clock,
                log: context.log)
            let refunds = RefundWorker(
                pool: hot, gateway: gateway, outbox: outbox, settings: settings, clock: clock,
                log: context.log)
            let project = ProjectPayables(
                planCharges: planCharges, endPlans: endPlans, endAttempt: endAttempt,
                settleSurplus: settleSurplus,
                clock: clock)
            let desk = PaymentDesk(
                pool: context.pool,
                start: StartPayment(settings: settings, clock: clock, endAttempt: endAttempt),
                executor: executor, settings: settings)
            let routes = PaymentRoutes(
                context: context, settings: settings, desk: desk,
                cards: SaveCard(pool: context.pool, gateway: gateway, outbox: outbox, clock: clock),
                mandates: SetMandate(
                    outbox: outbox, clock: clock, planCharges: planCharges, endPlans: endPlans,
                    endAttempt: endAttempt),
                record: RecordManualPayment(
                    outbox: outbox, clock: clock, endAttempt: endAttempt, endPlans: endPlans))
            return ServiceParts(
                routes: routes.add, queues: queues(project: project, planCharges: planCharges, admit: admit),
                background: [hot, executor, sweeper.loop(), refunds.loop(wakeup: refundWakeup)],
                invariants: PaymentInvariants.all, problems: [GatewayProblems.rule])
        }
    }

    private func queues(
        project: ProjectPayables, planCharges: PlanCharges, admit: AdmitDues
    ) -> [QueueHandlers] {
        let clock = context.clock
        return [
            QueueHandlers(
                "payment.identity",
                [
                    ProjectOrganization<OrganizationCreated>(), ProjectOrganization<OrganizationUpdated>(),
                    ProjectSenderName(),
                ]
            ),
            QueueHandlers(
                "payment.invoice",
                [
                    ProjectCustomer<CustomerCreated>(planCharges: planCharges, clock: clock),
                    ProjectCustomer<CustomerUpdated>(planCharges: planCharges, clock: clock),
                    ProjectCustomer<CustomerLinked>(planCharges: planCharges, clock: clock),
                    ProjectCustomer<CustomerSnapshotTaken>(planCharges: planCharges, clock: clock),
                    ProjectInvoice<InvoiceFinalized>(project: project),
                    ProjectInvoice<InvoiceSnapshotTaken>(project: project),
                    ProjectInvoice<InvoicePaymentApplied>(project: project),
                    ProjectInvoice<PayLinkChanged>(project: project),
                    ProjectInvoice<InvoiceMarkedUncollectible>(project: project),
                    ProjectInvoice<InvoiceVoided>(project: project),
                ]),
            QueueHandlers("payment.charge-due", [AcceptChargeDue(admit: admit)]),
        ]
    }
}
