import EventContracts
import Messaging
import Postgres
import Primitives

/// Links a customer to the account of the client who accepted the sender's invitation.
struct LinkCustomer: EventHandler {
    typealias Payload = InvitationAccepted

    let outbox: Outbox
    let clock: any WallClock

    func handle(_ batch: [Received<InvitationAccepted>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        for event in batch {
            guard let customerID = event.payload.customerID else { continue }
            let organizationID = event.payload.organizationID
            guard var customer = try CustomerStore.find(customerID, of: organizationID, locked: true, in: tx)
            else {
                throw HandlingFailure.permanent("the invited customer is not one of this organization")
            }
            guard customer.accountID != event.payload.accountID else { continue }
            customer.accountID = event.payload.accountID
            customer.sequence += 1
            customer.updatedAt = now
            try CustomerStore.update(customer, in: tx)
            try MandateProjection.replan([organizationID], [event.payload.accountID], in: tx)
            let cause = EventCause(following: event.envelope, clockTime: now)
            try outbox.write(try CustomerEvents(cause: cause).linked(customer), in: tx)
        }
    }
}
