import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Books money that has come and tells the world, for a whole batch at once.
struct RecordSuccesses: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let settleSurplus: SettleSurplus
    let admit: AdmitDues
    let endPlans: EndPlans
    let moveWallet: MoveWallet
    let testClocks: TestClocks

    /// Books the successes whose lease still holds.
    ///
    /// - Returns: The attempts that were booked.
    func callAsFunction(
        _ successes: [SuccessStore.Success], in tx: borrowing Transaction
    ) throws -> [SuccessStore.Booked] {
        guard testClocks.isInUse, TestTime.current == nil else { return try book(successes, in: tx) }
        let organizations = try AttemptStore.organizations(of: successes.map(\.attemptID), in: tx)
        let groups = Dictionary(grouping: successes) { success in
            organizations[success.attemptID].flatMap { testClocks.now(of: $0) == nil ? nil : $0 }
        }
        var booked = try book(groups[nil] ?? [], in: tx)
        for (organization, group) in groups {
            guard let organization else { continue }
            booked += try testClocks.at(organization, in: tx) { try book(group, in: tx) }
        }
        return booked
    }

    private func book(
        _ successes: [SuccessStore.Success], in tx: borrowing Transaction
    ) throws -> [SuccessStore.Booked] {
        let now = clock.now()
        let booked = try SuccessStore.book(successes, now: now, in: tx)
        try outbox.write(
            booked.map { success in
                try OutgoingEvent(
                    PaymentSucceeded(payment: success.facts, succeededAt: now),
                    subject: success.facts.paymentID,
                    tenant: success.facts.organizationID, sequence: success.sequence,
                    cause: cause(of: success, now: now))
            }, in: tx)
        for success in booked { try follow(success, now: now, in: tx) }
        return booked
    }

    private func cause(of success: SuccessStore.Booked, now: Instant) -> EventCause {
        EventCause(
            correlationID: success.correlationID, causationID: success.causationID, traceparent: nil,
            clockTime: now)
    }

    /// The rare consequences: money of a wallet or for one, too much money, plans that a person's payment has made needless, plans that waited.
    private func follow(_ success: SuccessStore.Booked, now: Instant, in tx: borrowing Transaction) throws {
        let invoice = success.payable.invoiceID
        let cause = cause(of: success, now: now)
        if let part = success.walletPart {
            try moveWallet.move(
                -part.amountMinor, released: part.amountMinor, of: part.from, .payment, invoice: invoice,
                transfer: Wallet.spendingID(of: success.facts.paymentID), cause: cause, in: tx)
        }
        if let wallet = success.walletID {
            try moveWallet.toppedUp(
                wallet, by: success.facts.paymentID, for: success.payable,
                amountMinor: success.facts.amountMinor, cause: cause, in: tx)
        }
        if success.payable.surplusMinor > 0 { try settleSurplus([invoice], cause: cause, in: tx) }
        if success.hasParts || !success.isAutomatic && success.payable.openMinor == 0 {
            try endPlans.settled(invoice, cause: cause, in: tx)
        }
        if success.hasWaitingPlan {
            try admit.waiting(on: [invoice], cause: cause, in: tx)
        }
    }
}
