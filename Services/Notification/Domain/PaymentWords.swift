/// The sentences of mails about automatic payments that need their client.
enum PaymentWords {
    static var englishAction: LetterWords {
        LetterWords(
            "Please confirm the payment of invoice {number}",
            [
                "Your bank wants you to confirm the automatic payment to {sender} yourself, within the hour."
            ],
            action: "Confirm the payment",
            note: "If you do nothing, nothing is charged, and the invoice stays open.")
    }

    static var germanAction: LetterWords {
        LetterWords(
            "Bitte bestätigen Sie die Zahlung der Rechnung {number}",
            [
                "Ihre Bank möchte, dass Sie die automatische Zahlung an {sender} innerhalb einer Stunde bestätigen."
            ],
            action: "Zahlung bestätigen",
            note: "Wenn Sie nichts tun, wird nichts abgebucht, und die Rechnung bleibt offen.")
    }

    static func englishFailure(_ facts: MailFacts) -> LetterWords {
        LetterWords(
            "Payment of invoice {number} did not go through",
            ["Your card was declined when we tried to pay your invoice from {sender}."]
                + [englishNextStep(facts)])
    }

    static func germanFailure(_ facts: MailFacts) -> LetterWords {
        LetterWords(
            "Zahlung der Rechnung {number} fehlgeschlagen",
            ["Ihre Karte wurde abgelehnt, als wir Ihre Rechnung von {sender} bezahlen wollten."]
                + [germanNextStep(facts)])
    }

    private static func englishNextStep(_ facts: MailFacts) -> String {
        if facts.needsNewCard == true {
            return "Please save another card in your account, or pay the invoice there."
        }
        return facts.nextAttemptOn == nil
            ? "Please pay the invoice in your account."
            : "We will try again on {next}. You need to do nothing, unless you want to use another card."
    }

    private static func germanNextStep(_ facts: MailFacts) -> String {
        if facts.needsNewCard == true {
            return
                "Bitte speichern Sie in Ihrem Konto eine andere Karte, oder bezahlen Sie die Rechnung dort."
        }
        return facts.nextAttemptOn == nil
            ? "Bitte bezahlen Sie die Rechnung in Ihrem Konto."
            : "Wir versuchen es am {next} noch einmal. Sie müssen nichts tun, außer Sie möchten eine andere Karte "
                + "verwenden."
    }
}
