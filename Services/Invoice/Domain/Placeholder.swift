// Invoice
