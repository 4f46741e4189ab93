print("Invoice")
