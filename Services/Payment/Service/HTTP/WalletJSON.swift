import PaymentDomain
import Primitives

/// Wallets and what happens to them, as the routes show them.
enum WalletJSON {
    static func bytes<Value>(_ value: Value, _ write: (Value, inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(value, &writer)
        return writer.bytes
    }

    static func array<Value>(_ values: [Value], _ write: (Value, inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for value in values { write(value, &writer) }
        writer.endArray()
        return writer.bytes
    }

    static func write(_ stored: WalletStore.Stored, into writer: inout JSONWriter) {
        let wallet = stored.wallet
        func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: wallet.currency) }
        writer.beginObject()
        writer.member("id", wallet.id)
        writer.member("organization_id", stored.organizationID)
        writer.member("customer_id", stored.customerID)
        writer.member("currency", wallet.currency.code.lowercased())
        writer.member("balance", decimal: money(wallet.balanceMinor))
        writer.member("held", decimal: money(wallet.heldMinor))
        writer.member("available", decimal: money(wallet.availableMinor))
        writer.key("auto_top_up")
        if let refill = wallet.refill {
            writer.beginObject()
            writer.member("threshold", decimal: money(refill.thresholdMinor))
            writer.member("amount", decimal: money(refill.amountMinor))
            writer.endObject()
        } else {
            writer.null()
        }
        writer.member("created_at", stored.createdAt)
        writer.endObject()
    }

    static func write(_ entry: WalletStore.Entry, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", entry.id)
        writer.member("amount", decimal: entry.amount)
        writer.member("currency", entry.amount.currency.code.lowercased())
        writer.member("reason", entry.reason)
        writer.member("invoice_id", entry.invoiceID)
        writer.member("created_at", entry.bookedAt)
        writer.endObject()
    }

    static func write(_ topUp: TopUpStore.Stored, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", topUp.id)
        writer.member("wallet_id", topUp.walletID)
        writer.member("invoice_id", topUp.invoiceID)
        writer.member("amount", decimal: topUp.amount)
        writer.member("currency", topUp.amount.currency.code.lowercased())
        writer.member("state", topUp.isOpen ? "open" : "closed")
        writer.member("automatic", topUp.isAutomatic)
        writer.member("created_at", topUp.createdAt)
        writer.endObject()
    }
}
