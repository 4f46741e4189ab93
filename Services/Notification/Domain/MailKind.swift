/// What a mail is for.
public enum MailKind: String, Sendable, CaseIterable {
    /// A new sender confirms the address.
    case verification
    /// Somebody signed up with an address that has an account.
    case signUpRepeated = "sign_up_repeated"
    /// Somebody forgot a password.
    case passwordReset = "password_reset"
    /// The address of an account is about to be another; sent to the old one.
    case emailChange = "email_change"
    /// Something was done to the security of an account.
    case securityNotice = "security_notice"
    /// A sender invites a client to an account.
    case clientInvitation = "client_invitation"
    /// A sender invites a colleague.
    case memberInvitation = "member_invitation"
    /// A new invoice with its pay link.
    case invoice
    /// An invoice that is due soon or today.
    case reminder
    /// An invoice that should have been paid.
    case overdue
    /// An invoice that will be collected by itself.
    case announcement
    /// Some of an invoice was taken back.
    case creditNote = "credit_note"
    /// A fresh pay link for an old one.
    case renewedLink = "renewed_link"
    /// A payment has arrived.
    case receipt
    /// An automatic payment was declined.
    case paymentFailed = "payment_failed"
    /// The bank wants the client to confirm an automatic payment.
    case paymentActionRequired = "payment_action_required"
    /// A card will not work much longer.
    case cardExpiring = "card_expiring"
    /// What the client allows a sender to charge is gone.
    case cardNeeded = "card_needed"

    /// Whether the mail makes no sense without its link.
    public var needsLink: Bool {
        switch self {
        case .verification, .signUpRepeated, .securityNotice, .passwordReset, .emailChange, .clientInvitation,
            .memberInvitation, .invoice,
            .reminder, .overdue, .announcement, .creditNote, .renewedLink, .paymentActionRequired:
            true
        case .receipt, .paymentFailed, .cardExpiring, .cardNeeded: false
        }
    }
}
