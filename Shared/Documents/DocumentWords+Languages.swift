/// The words of every language, in the order in which `DocumentWords` declares them.
extension DocumentWords {
    static let english = DocumentWords(
        invoice: "Invoice", receipt: "Receipt", creditNote: "Credit note", draft: "Draft", void: "Void",
        billedTo: "Billed to", number: "Invoice number", issueDate: "Issue date", dueDate: "Due date",
        purchaseOrder: "PO number", aboutInvoice: "For invoice", taxID: "Tax ID", amountDue: "Amount due",
        amountPaid: "Amount paid", amountCredited: "Amount credited", paidInFull: "Paid in full",
        overThanks: "Thank you for your payment.", dueOn: "Due", paidOn: "Paid on", payOnline: "Pay online",
        scanToPay: "Scan the code or open the link to pay", description: "Description", quantity: "Qty",
        unitPrice: "Unit price", discount: "Discount", tax: "Tax", amount: "Amount", subtotal: "Subtotal",
        total: "Total", included: "included", credited: "Credited", received: "Payments received",
        refunded: "Refunded", taxSummary: "Tax summary", rate: "Rate", net: "Net", payments: "Payments",
        date: "Date", method: "Method", notes: "Notes", instalments: "Instalments",
        page: { "Page \($0) of \($1)" },
        months: "January February March April May June July August September October November December".split(
            separator: " "
        ).map(String.init),
        methods: [
            "card": "Card", "wallet": "Wallet", "credit": "Credit", "bank_transfer": "Bank transfer",
            "cash": "Cash", "check": "Check", "manual": "Other",
        ])

    static let german = DocumentWords(
        invoice: "Rechnung", receipt: "Quittung", creditNote: "Gutschrift", draft: "Entwurf",
        void: "Storniert", billedTo: "Rechnung an", number: "Nummer", issueDate: "Rechnungsdatum",
        dueDate: "Fällig am", purchaseOrder: "Bestellnummer", aboutInvoice: "Zur Rechnung",
        taxID: "USt-IdNr.", amountDue: "Offener Betrag", amountPaid: "Bezahlter Betrag",
        amountCredited: "Gutgeschriebener Betrag", paidInFull: "Vollständig bezahlt",
        overThanks: "Vielen Dank für Ihre Zahlung.", dueOn: "Fällig am", paidOn: "Bezahlt am",
        payOnline: "Online bezahlen", scanToPay: "Code scannen oder Link öffnen, um zu bezahlen",
        description: "Beschreibung", quantity: "Menge", unitPrice: "Einzelpreis", discount: "Rabatt",
        tax: "Steuer", amount: "Betrag", subtotal: "Zwischensumme", total: "Gesamtbetrag",
        included: "enthalten", credited: "Gutgeschrieben", received: "Erhaltene Zahlungen",
        refunded: "Erstattet", taxSummary: "Steuerübersicht", rate: "Satz", net: "Netto",
        payments: "Zahlungen", date: "Datum", method: "Zahlungsart", notes: "Hinweise",
        instalments: "Ratenplan",
        page: { "Seite \($0) von \($1)" },
        months: "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split(
            separator: " "
        ).map(String.init),
        methods: [
            "card": "Karte", "wallet": "Guthaben", "credit": "Gutschrift", "bank_transfer": "Überweisung",
            "cash": "Bar", "check": "Scheck", "manual": "Sonstige",
        ])

    static let french = DocumentWords(
        invoice: "Facture", receipt: "Reçu", creditNote: "Avoir", draft: "Brouillon", void: "Annulée",
        billedTo: "Facturé à", number: "Numéro", issueDate: "Date d’émission", dueDate: "Date d’échéance",
        purchaseOrder: "Bon de commande", aboutInvoice: "Pour la facture", taxID: "N° TVA",
        amountDue: "Montant dû", amountPaid: "Montant payé", amountCredited: "Montant crédité",
        paidInFull: "Entièrement payée", overThanks: "Merci pour votre paiement.", dueOn: "À payer avant le",
        paidOn: "Payé le", payOnline: "Payer en ligne",
        scanToPay: "Scannez le code ou ouvrez le lien pour payer", description: "Description",
        quantity: "Qté", unitPrice: "Prix unitaire", discount: "Remise", tax: "Taxe", amount: "Montant",
        subtotal: "Sous-total", total: "Total", included: "incluse", credited: "Crédité",
        received: "Paiements reçus", refunded: "Remboursé", taxSummary: "Récapitulatif des taxes",
        rate: "Taux", net: "Net", payments: "Paiements", date: "Date", method: "Mode", notes: "Remarques",
        instalments: "Échéancier",
        page: { "Page \($0) sur \($1)" },
        months: "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(
            separator: " "
        ).map(String.init),
        methods: [
            "card": "Carte", "wallet": "Portefeuille", "credit": "Avoir", "bank_transfer": "Virement",
            "cash": "Espèces", "check": "Chèque", "manual": "Autre",
        ])

    static let spanish = DocumentWords(
        invoice: "Factura", receipt: "Recibo", creditNote: "Nota de crédito", draft: "Borrador",
        void: "Anulada", billedTo: "Facturado a", number: "Número", issueDate: "Fecha de emisión",
        dueDate: "Vencimiento", purchaseOrder: "Orden de compra", aboutInvoice: "De la factura", taxID: "NIF",
        amountDue: "Importe pendiente", amountPaid: "Importe pagado", amountCredited: "Importe abonado",
        paidInFull: "Pagada por completo", overThanks: "Gracias por su pago.", dueOn: "Vence el",
        paidOn: "Pagado el", payOnline: "Pagar en línea",
        scanToPay: "Escanee el código o abra el enlace para pagar", description: "Descripción",
        quantity: "Cant.", unitPrice: "Precio unitario", discount: "Descuento", tax: "Impuesto",
        amount: "Importe", subtotal: "Subtotal", total: "Total", included: "incluido", credited: "Abonado",
        received: "Pagos recibidos", refunded: "Reembolsado", taxSummary: "Resumen de impuestos",
        rate: "Tipo", net: "Base", payments: "Pagos", date: "Fecha", method: "Método", notes: "Notas",
        instalments: "Plan de pagos",
        page: { "Página \($0) de \($1)" },
        months: "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
            .split(separator: " ").map(String.init),
        methods: [
            "card": "Tarjeta", "wallet": "Monedero", "credit": "Crédito", "bank_transfer": "Transferencia",
            "cash": "Efectivo", "check": "Cheque", "manual": "Otro",
        ])

    static let arabic = DocumentWords(
        invoice: "فاتورة", receipt: "إيصال", creditNote: "إشعار دائن", draft: "مسودة", void: "ملغاة",
        billedTo: "فاتورة إلى", number: "رقم الفاتورة", issueDate: "تاريخ الإصدار",
        dueDate: "تاريخ الاستحقاق", purchaseOrder: "رقم أمر الشراء", aboutInvoice: "عن الفاتورة",
        taxID: "الرقم الضريبي", amountDue: "المبلغ المستحق", amountPaid: "المبلغ المدفوع",
        amountCredited: "المبلغ المقيد", paidInFull: "مدفوعة بالكامل", overThanks: "شكراً لكم على الدفع.",
        dueOn: "تستحق في", paidOn: "دُفعت في", payOnline: "ادفع عبر الإنترنت",
        scanToPay: "امسح الرمز أو افتح الرابط للدفع", description: "الوصف", quantity: "الكمية",
        unitPrice: "سعر الوحدة", discount: "الخصم", tax: "الضريبة", amount: "المبلغ",
        subtotal: "المجموع الفرعي", total: "الإجمالي", included: "مشمولة", credited: "إشعارات دائنة",
        received: "الدفعات المستلمة", refunded: "المبالغ المعادة", taxSummary: "ملخص الضرائب", rate: "النسبة",
        net: "الصافي", payments: "الدفعات", date: "التاريخ", method: "الطريقة", notes: "ملاحظات",
        instalments: "جدول الأقساط",
        page: { "صفحة \($0) من \($1)" },
        months: "يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split(
            separator: " "
        ).map(String.init),
        methods: [
            "card": "بطاقة", "wallet": "محفظة", "credit": "رصيد", "bank_transfer": "تحويل بنكي",
            "cash": "نقداً", "check": "شيك", "manual": "أخرى",
        ])
}
