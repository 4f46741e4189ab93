import Crypto
import HTTPClient
import NotificationDomain
import Primitives

/// Turns a queued mail into what a mail server takes.
struct MailComposer: Sendable {
    /// Why a mail is not sent.
    enum Refusal: Error, Hashable {
        /// Its time is over.
        case expired
        /// The reader has no address.
        case noAddress
        /// The reader is not known yet; the news may be behind.
        case unknownReader
        /// It can never be sent.
        case unusable(String)
    }

    /// The address that mails come from.
    let from: MailAddress
    /// What the platform calls itself where no sender is named.
    let platformName: String
    /// Opens the links.
    let key: UnsealingKey

    /// The part of the address after the @, on the right of Message-IDs.
    private var domain: String { String(from.address.split(separator: "@").last ?? "localhost") }

    /// Writes the mail; the same mail always gets the same Message-ID, so a repetition is recognised.
    func compose(_ mail: QueuedMail, now: Instant) throws(Refusal) -> OutgoingMail {
        if let expiresAt = mail.expiresAt, expiresAt <= now { throw .expired }
        guard let recipient = mail.recipient else {
            throw mail.isRecipientKnown ? .noAddress : .unknownReader
        }
        guard let to = MailAddress(name: mail.recipientName, address: recipient) else {
            throw .unusable("the address is malformed")
        }
        let senderName = mail.facts.senderName ?? mail.sender?.name ?? platformName
        let letter = LetterWriter.write(
            LetterRequest(
                kind: mail.kind, language: MailLanguage(tag: mail.language),
                recipientName: mail.recipientName,
                senderName: senderName, senderAddress: mail.sender?.address, facts: mail.facts,
                link: try link(mail)))
        guard
            let sender = MailAddress(name: senderName, address: from.address)
                ?? MailAddress(name: nil, address: from.address)
        else { throw .unusable("the sender's address is malformed") }
        let message = MIMEMessage(
            from: sender, to: [to],
            replyTo: mail.sender?.email.flatMap { MailAddress(name: senderName, address: $0) },
            subject: letter.subject, date: mail.requestedAt, messageID: "\(mail.id)@\(domain)",
            text: letter.text,
            html: letter.html(accentColor: mail.sender?.accentColor), attachments: [],
            extraHeaders: [(name: "Auto-Submitted", value: "auto-generated")])
        do throws(MIMEError) {
            return OutgoingMail(sender: from, recipients: [to], message: try message.compose())
        } catch {
            throw .unusable("the mail cannot be composed: \(error)")
        }
    }

    private func link(_ mail: QueuedMail) throws(Refusal) -> String? {
        guard mail.kind.needsLink else { return nil }
        if let page = mail.facts.page { return page }
        guard let sealed = mail.sealedLink.flatMap({ Base64URL.decode($0) }), let opened = key.open(sealed)
        else {
            throw .unusable("the link cannot be opened")
        }
        return String(decoding: opened, as: UTF8.self)
    }
}
