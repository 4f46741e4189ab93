import Messaging
import Primitives

/// Puts together what moves wallets and credit.
struct WalletComposition {
    let open: OpenWallet
    let topUps: RequestTopUp
    let setRefill: SetRefill
    let moveWallet: MoveWallet
    let moveCredit: MoveCredit
    let settleSurplus: SettleSurplus
    let requestRefund: RequestRefund

    init(outbox: Outbox, clock: any WallClock, onRefund: @escaping @Sendable () -> Void) {
        open = OpenWallet(outbox: outbox, clock: clock)
        topUps = RequestTopUp(outbox: outbox, clock: clock)
        setRefill = SetRefill(clock: clock, requestTopUp: topUps)
        moveWallet = MoveWallet(outbox: outbox, clock: clock, requestTopUp: topUps)
        moveCredit = MoveCredit(outbox: outbox, clock: clock)
        let giveBack = GiveBack(
            outbox: outbox, clock: clock, moveWallet: moveWallet, moveCredit: moveCredit, onRefund: onRefund)
        settleSurplus = SettleSurplus(
            outbox: outbox, clock: clock, moveWallet: moveWallet, moveCredit: moveCredit, giveBack: giveBack)
        requestRefund = RequestRefund(clock: clock, giveBack: giveBack, moveWallet: moveWallet)
    }
}
