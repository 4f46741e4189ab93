import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Queues the mails that the identity and invoice services ask for, with their links still sealed.
enum QueueRequestedMail {
    /// Verification, password, invitations.
    struct FromIdentity: EventHandler {
        let clock: any WallClock

        var deduplication: Deduplication { .naturalKey("a requested mail is queued once") }

        func handle(_ batch: [Received<IdentityMailRequested>], in tx: borrowing Transaction) throws {
            let mails = batch.map { event in
                let request = event.payload
                return MailRequest(
                    id: request.mailID, cause: request.mailID.description, kind: kind(request.kind),
                    organizationID: request.organizationID, recipient: request.to,
                    recipientName: request.recipientName, language: request.language,
                    facts: facts(request), sealedLink: request.sealedLink,
                    expiresAt: request.expiresAt, envelope: event.envelope, requestedAt: clock.systemNow())
            }
            try MailRequest.insert(mails, in: tx)
        }

        private func facts(_ request: IdentityMailRequested) -> MailFacts {
            MailFacts(
                senderName: request.organizationName, securityAct: request.notice.map { act($0.act) },
                actedAt: request.notice?.at, network: request.notice?.network)
        }

        private func act(_ act: EventContracts.SecurityAct) -> NotificationDomain.SecurityAct {
            switch act {
            case .passwordChanged: .passwordChanged
            case .passwordReset: .passwordReset
            case .emailChanged: .emailChanged
            case .recoveryCodesRenewed: .recoveryCodesRenewed
            case .secondFactorOn: .secondFactorOn
            case .secondFactorOff: .secondFactorOff
            }
        }

        private func kind(_ kind: IdentityMailKind) -> MailKind {
            switch kind {
            case .verification: .verification
            case .signUpRepeated: .signUpRepeated
            case .passwordReset: .passwordReset
            case .emailChange: .emailChange
            case .securityNotice: .securityNotice
            case .clientInvitation: .clientInvitation
            case .memberInvitation: .memberInvitation
            }
        }
    }

    /// Invoices, reminders, renewed links.
    struct FromInvoice: EventHandler {
        let clock: any WallClock

        var deduplication: Deduplication { .naturalKey("a requested mail is queued once") }

        func handle(_ batch: [Received<InvoiceMailRequested>], in tx: borrowing Transaction) throws {
            let mails = batch.map { event in
                let request = event.payload
                return MailRequest(
                    id: request.mailID, cause: request.mailID.description, kind: kind(request.kind),
                    organizationID: request.organizationID, customerID: request.customerID,
                    invoiceID: request.invoiceID, recipient: request.to, recipientName: request.recipientName,
                    language: request.language,
                    facts: facts(request),
                    sealedLink: request.sealedLink, expiresAt: request.expiresAt, envelope: event.envelope,
                    requestedAt: clock.systemNow())
            }
            try MailRequest.insert(mails, in: tx)
        }

        private func facts(_ request: InvoiceMailRequested) -> MailFacts {
            // A credit note tells what it takes back; whatever is due is on the page.
            if let note = request.creditNote {
                return MailFacts(
                    number: request.number, title: request.title, currency: request.currency,
                    amountMinor: note.amountMinor, creditNoteNumber: note.number, reason: note.reason)
            }
            var facts = MailFacts(
                number: request.number, title: request.title, currency: request.currency,
                amountMinor: request.amountDueMinor,
                dueDate: request.instalment?.dueDate ?? request.dueDate,
                instalments: request.instalment.map {
                    MailInstalments(
                        first: $0.no, last: $0.no, count: $0.count, amountMinor: $0.amountDueMinor)
                })
            facts.subject = request.wording?.subject
            facts.intro = request.wording?.intro
            return facts
        }

        private func kind(_ kind: InvoiceMailKind) -> MailKind {
            switch kind {
            case .invoice: .invoice
            case .reminder: .reminder
            case .overdue: .overdue
            case .announcement: .announcement
            case .creditNote: .creditNote
            case .renewedLink: .renewedLink
            }
        }
    }
}
