import Lifecycle
import Messaging
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// The use cases that routes call and that nothing else is made of.
extension PaymentComposition {
    var mandates: SetMandate {
        SetMandate(
            outbox: context.outbox, clock: context.clock,
            replan: cardChanges.replan, tryNewCard: cardChanges.tryNewCard)
    }

    var changeCharge: ChangeCharge {
        ChangeCharge(clock: context.clock, admit: admit, endPlans: endPlans, endAttempt: endAttempt)
    }

    var record: RecordManualPayment {
        RecordManualPayment(
            outbox: context.outbox, clock: context.clock, endAttempt: endAttempt, endPlans: endPlans,
            moveWallet: wallets.moveWallet)
    }

    var orders: OrderChanges { cardChanges.orders }

    var reconcile: GatewayReconciler {
        GatewayReconciler(
            pool: charges, gateway: sweeper.gateway, answers: sweeper.answers, settings: settings,
            clock: context.clock, log: context.log, metrics: PaymentMetrics(context.metrics))
    }

    var payOrders: PayStandingOrders {
        PayStandingOrders(
            pool: charges, executor: executor,
            end: EndOrderPayment(
                outbox: context.outbox, clock: context.clock, ladder: settings.ladder),
            settings: settings, clock: context.clock, log: context.log)
    }

    static func cardChanges(
        _ outbox: Outbox, _ clock: any WallClock, planCharges: PlanCharges, endPlans: EndPlans,
        endAttempt: EndAttempt, admit: AdmitDues
    ) -> CardChanges {
        CardChanges(
            outbox: outbox, clock: clock,
            replan: ReplanCharges(
                outbox: outbox, clock: clock, planCharges: planCharges, endPlans: endPlans,
                endAttempt: endAttempt),
            tryNewCard: TryNewCard(clock: clock, onReady: admit.onReady),
            orders: OrderChanges(outbox: outbox, clock: clock))
    }

    var expiringCards: ExpiringCards {
        ExpiringCards(
            pool: charges, outbox: context.outbox, settings: settings, clock: context.clock, log: context.log)
    }

    var removedCards: RemovedCards {
        RemovedCards(
            pool: charges, gateway: sweeper.gateway, settings: settings, clock: context.clock,
            log: context.log)
    }

    var takeOrderDays: TakeOrderDays {
        TakeOrderDays(outbox: context.outbox, clock: context.clock) { [orderWakeup] in
            orderWakeup.signal()
        }
    }
}
