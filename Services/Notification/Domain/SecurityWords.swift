/// The sentences of notices about the security of an account.
enum SecurityWords {
    static func english(_ act: SecurityAct?) -> LetterWords {
        let (subject, sentence) =
            switch act {
            case .passwordChanged:
                (
                    "Your password was changed",
                    "The password of your account was changed. Other logins have ended."
                )
            case .passwordReset:
                (
                    "Your password was replaced",
                    "A new password was chosen for your account. Every login has ended."
                )
            case .emailChanged:
                (
                    "The address of your account was changed",
                    "Your account has another e-mail address now. This one gets no more mails about it."
                )
            case .recoveryCodesRenewed:
                (
                    "You have new recovery codes",
                    "New recovery codes were made for your account. The earlier ones do not count any more."
                )
            case .secondFactorOn:
                (
                    "Two-factor authentication is on",
                    "From now on a login asks for a code of your authenticator application as well."
                )
            case .secondFactorOff:
                ("Two-factor authentication is off", "From now on your password alone is enough to log in.")
            case nil:
                ("Something changed in your account", "The security settings of your account were changed.")
            }
        return LetterWords(
            subject, [sentence], action: "Open your account",
            // With the old address no new password can be asked for any more.
            note: act == .emailChanged
                ? "If that was not you, tell whoever runs this service."
                : "If that was not you, choose a new password now.")
    }

    static func german(_ act: SecurityAct?) -> LetterWords {
        let (subject, sentence) =
            switch act {
            case .passwordChanged:
                (
                    "Ihr Passwort wurde geändert",
                    "Das Passwort Ihres Kontos wurde geändert. Andere Anmeldungen sind beendet."
                )
            case .passwordReset:
                (
                    "Ihr Passwort wurde ersetzt",
                    "Für Ihr Konto wurde ein neues Passwort gewählt. Alle Anmeldungen sind beendet."
                )
            case .emailChanged:
                (
                    "Die Adresse Ihres Kontos wurde geändert",
                    "Ihr Konto hat jetzt eine andere E-Mail-Adresse. Diese erhält dazu keine Mails mehr."
                )
            case .recoveryCodesRenewed:
                (
                    "Sie haben neue Wiederherstellungscodes",
                    "Für Ihr Konto gibt es neue Wiederherstellungscodes. Die früheren gelten nicht mehr."
                )
            case .secondFactorOn:
                (
                    "Die Zwei-Faktor-Anmeldung ist eingeschaltet",
                    "Von jetzt an wird bei der Anmeldung auch ein Code Ihrer Authenticator-App verlangt."
                )
            case .secondFactorOff:
                (
                    "Die Zwei-Faktor-Anmeldung ist ausgeschaltet",
                    "Von jetzt an genügt zur Anmeldung Ihr Passwort."
                )
            case nil:
                ("Ihr Konto wurde geändert", "Die Sicherheitseinstellungen Ihres Kontos wurden geändert.")
            }
        return LetterWords(
            subject, [sentence], action: "Konto öffnen",
            note: act == .emailChanged
                ? "Falls Sie das nicht waren, wenden Sie sich an den Betreiber dieses Dienstes."
                : "Falls Sie das nicht waren, wählen Sie jetzt ein neues Passwort.")
    }
}
