/// The sentences of mails about the cards of clients.
enum CardWords {
    static let englishExpiring = LetterWords(
        "Your card ending in {card} will expire soon",
        [
            "The card ending in {card} that pays for you works until {expires}. Please save another one in your "
                + "account, so that nothing stays unpaid."
        ])

    static let germanExpiring = LetterWords(
        "Ihre Karte mit den Endziffern {card} läuft bald ab",
        [
            "Die Karte mit den Endziffern {card}, mit der Sie bezahlen, gilt bis {expires}. Bitte speichern Sie in Ihrem "
                + "Konto eine neue, damit nichts unbezahlt bleibt."
        ])

    static let englishNeeded = LetterWords(
        "Please choose another card for {sender}",
        [
            "The card that paid your invoices from {sender} is not saved any more. Until you choose another one in your "
                + "account, nothing is paid automatically."
        ])

    static let germanNeeded = LetterWords(
        "Bitte wählen Sie eine andere Karte für {sender}",
        [
            "Die Karte, mit der Ihre Rechnungen von {sender} bezahlt wurden, ist nicht mehr gespeichert. Bis Sie in Ihrem "
                + "Konto eine andere wählen, wird nichts automatisch bezahlt."
        ])
}
