/// The sentences of one kind of letter in one language; `{…}` stands for what differs from mail to mail.
struct LetterWords: Sendable {
    let subject: String
    let paragraphs: [String]
    let action: String?
    let note: String?

    init(_ subject: String, _ paragraphs: [String], action: String? = nil, note: String? = nil) {
        self.subject = subject
        self.paragraphs = paragraphs
        self.action = action
        self.note = note
    }

    static func words(_ kind: MailKind, _ language: MailLanguage, _ facts: MailFacts) -> LetterWords {
        switch language {
        case .english: english(kind, facts)
        case .german: german(kind, facts)
        }
    }

    private static func english(_ kind: MailKind, _ facts: MailFacts) -> LetterWords {
        switch kind {
        case .verification:
            LetterWords(
                "Confirm your e-mail address", ["Please confirm that this address is yours."],
                action: "Confirm address", note: "If you did not sign up, ignore this mail.")
        case .signUpRepeated:
            LetterWords(
                "You have an account already",
                [
                    "Somebody tried to sign up with your address, which has an account. Sign in with your password, or "
                        + "ask for a new one if you have forgotten it."
                ], action: "Sign in", note: "If that was not you, ignore this mail: nothing has changed.")
        case .passwordReset:
            LetterWords(
                "Choose a new password", ["Somebody asked for a new password for your account."],
                action: "Choose a new password",
                note: "If that was not you, ignore this mail: your password stays as it is.")
        case .emailChange:
            LetterWords(
                "The address of your account is about to change",
                [
                    "Somebody who knows your password wants another e-mail address for your account. It counts as soon "
                        + "as it is confirmed; from then on this address gets no more mails."
                ], action: "Open your account",
                note: "If that was not you, choose a new password now: that takes the change back.")
        case .securityNotice: SecurityWords.english(facts.securityAct)
        case .clientInvitation:
            LetterWords(
                "{sender} invites you to pay invoices online",
                [
                    "{sender} uses Duely for invoices. With an account you see all of them in one place, save a card "
                        + "and, if you wish, have invoices paid automatically."
                ], action: "Accept the invitation")
        case .memberInvitation:
            LetterWords(
                "{sender} invites you to the team", ["You are invited to work with {sender} on Duely."],
                action: "Accept the invitation")
        case .invoice:
            LetterWords(
                "Invoice {number} from {sender}", ["{sender} has sent you an invoice."],
                action: "View and pay")
        case .reminder: ReminderWords.englishReminder
        case .overdue: ReminderWords.englishOverdue
        case .announcement: ReminderWords.englishAnnouncement
        case .creditNote: ReminderWords.englishCreditNote
        case .renewedLink:
            LetterWords(
                "Your new link for invoice {number}", ["Here is a new link for your invoice from {sender}."],
                action: "View and pay")
        case .receipt:
            LetterWords(
                "Receipt for invoice {number}", ["Thank you. {sender} has received your payment."])
        case .paymentActionRequired: PaymentWords.englishAction
        case .paymentFailed: PaymentWords.englishFailure(facts)
        case .cardExpiring: CardWords.englishExpiring
        case .cardNeeded: CardWords.englishNeeded
        }
    }

    private static func german(_ kind: MailKind, _ facts: MailFacts) -> LetterWords {
        switch kind {
        case .verification:
            LetterWords(
                "Bestätigen Sie Ihre E-Mail-Adresse",
                ["Bitte bestätigen Sie, dass diese Adresse Ihnen gehört."],
                action: "Adresse bestätigen",
                note: "Falls Sie sich nicht angemeldet haben, ist nichts weiter zu tun.")
        case .signUpRepeated:
            LetterWords(
                "Sie haben bereits ein Konto",
                [
                    "Jemand wollte sich mit Ihrer Adresse anmelden, für die es ein Konto gibt. Melden Sie sich mit Ihrem "
                        + "Passwort an, oder fordern Sie ein neues an, falls Sie es vergessen haben."
                ], action: "Zum Konto",
                note: "Falls Sie das nicht waren, ist nichts zu tun: Es hat sich nichts geändert.")
        case .passwordReset:
            LetterWords(
                "Wählen Sie ein neues Passwort", ["Für Ihr Konto wurde ein neues Passwort angefordert."],
                action: "Neues Passwort wählen",
                note: "Falls Sie das nicht waren, ist nichts zu tun: Ihr Passwort bleibt, wie es ist.")
        case .emailChange:
            LetterWords(
                "Die Adresse Ihres Kontos soll geändert werden",
                [
                    "Jemand, der Ihr Passwort kennt, möchte für Ihr Konto eine andere E-Mail-Adresse. Sie gilt, sobald "
                        + "sie bestätigt ist; diese Adresse erhält dann keine Mails mehr."
                ], action: "Konto öffnen",
                note:
                    "Falls Sie das nicht waren, wählen Sie jetzt ein neues Passwort: Das macht die Änderung rückgängig."
            )
        case .securityNotice: SecurityWords.german(facts.securityAct)
        case .clientInvitation:
            LetterWords(
                "{sender} lädt Sie ein, Rechnungen online zu bezahlen",
                [
                    "{sender} verwendet Duely für Rechnungen. Mit einem Konto sehen Sie alle an einem Ort, speichern "
                        + "eine Karte und lassen Rechnungen auf Wunsch automatisch bezahlen."
                ], action: "Einladung annehmen")
        case .memberInvitation:
            LetterWords(
                "{sender} lädt Sie ins Team ein",
                ["Sie sind eingeladen, mit {sender} auf Duely zu arbeiten."],
                action: "Einladung annehmen")
        case .invoice:
            LetterWords(
                "Rechnung {number} von {sender}", ["{sender} hat Ihnen eine Rechnung geschickt."],
                action: "Ansehen und bezahlen")
        case .reminder: ReminderWords.germanReminder
        case .overdue: ReminderWords.germanOverdue
        case .announcement: ReminderWords.germanAnnouncement
        case .creditNote: ReminderWords.germanCreditNote
        case .renewedLink:
            LetterWords(
                "Ihr neuer Link zur Rechnung {number}",
                ["Hier ist ein neuer Link zu Ihrer Rechnung von {sender}."],
                action: "Ansehen und bezahlen")
        case .receipt:
            LetterWords(
                "Beleg zur Rechnung {number}", ["Vielen Dank. {sender} hat Ihre Zahlung erhalten."])
        case .paymentActionRequired: PaymentWords.germanAction
        case .paymentFailed: PaymentWords.germanFailure(facts)
        case .cardExpiring: CardWords.germanExpiring
        case .cardNeeded: CardWords.germanNeeded
        }
    }
}
