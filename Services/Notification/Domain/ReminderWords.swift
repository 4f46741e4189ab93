/// The sentences of letters that follow an invoice: what reminds of it, announces its payment, or takes some of it back.
enum ReminderWords {
    static let englishReminder = LetterWords(
        "Reminder: invoice {number} from {sender}",
        [
            "The invoice below is still open. If you have paid in the meantime, please ignore this mail."
        ],
        action: "View and pay")

    static let englishOverdue = LetterWords(
        "Overdue: invoice {number} from {sender}",
        [
            "The invoice below was due on {due} and is still open. Please pay it now. If you have paid in the "
                + "meantime, please ignore this mail."
        ], action: "View and pay")

    static let englishAnnouncement = LetterWords(
        "Invoice {number} from {sender} will be paid automatically",
        [
            "The invoice below is due on {due}. You have allowed {sender} to collect it, so there is nothing "
                + "for you to do. In your account you see the day, and can change how it is paid."
        ], action: "View the invoice")

    static let englishCreditNote = LetterWords(
        "Credit note {note} from {sender}",
        ["{sender} has credited part or all of your invoice {number}."], action: "View the invoice")

    static let germanReminder = LetterWords(
        "Erinnerung: Rechnung {number} von {sender}",
        [
            "Die folgende Rechnung ist noch offen. Falls Sie schon bezahlt haben, ist nichts weiter zu tun."
        ],
        action: "Ansehen und bezahlen")

    static let germanOverdue = LetterWords(
        "Überfällig: Rechnung {number} von {sender}",
        [
            "Die folgende Rechnung war am {due} fällig und ist noch offen. Bitte bezahlen Sie sie jetzt. Falls "
                + "Sie schon bezahlt haben, ist nichts weiter zu tun."
        ], action: "Ansehen und bezahlen")

    static let germanAnnouncement = LetterWords(
        "Rechnung {number} von {sender} wird automatisch bezahlt",
        [
            "Die folgende Rechnung ist am {due} fällig. Sie haben {sender} erlaubt, sie einzuziehen; Sie müssen "
                + "nichts tun. In Ihrem Konto sehen Sie den Tag und können ändern, wie bezahlt wird."
        ], action: "Rechnung ansehen")

    static let germanCreditNote = LetterWords(
        "Gutschrift {note} von {sender}",
        ["{sender} hat Ihnen zur Rechnung {number} etwas gutgeschrieben."],
        action: "Rechnung ansehen")
}
