import EventContracts
import Messaging
import Postgres
import Primitives

/// Forgets a person: name and address go, also from the mails that were sent.
///
/// The sender's own record of a customer is blanked by the invoice service, whose event follows.
struct EraseAccount: EventHandler {
    var deduplication: Deduplication { .naturalKey("forgetting twice forgets once") }

    func handle(_ batch: [Received<AccountErased>], in tx: borrowing Transaction) throws {
        try tx.send(
            """
            WITH erased AS (
                DELETE FROM accounts WHERE account_id = ANY ($1) RETURNING account_id, email
            )
            UPDATE mails m SET recipient = NULL, recipient_name = NULL, facts = '{}', sealed_link = NULL,
                state = CASE WHEN m.state = 'queued' THEN 'obsolete' ELSE m.state END
            WHERE m.account_id = ANY ($1) OR m.recipient IN (SELECT email FROM erased WHERE email IS NOT NULL)
            """, [batch.map(\.payload.accountID)])
    }
}
