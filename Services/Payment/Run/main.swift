print("Payment")
