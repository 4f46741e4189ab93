print("Identity")
