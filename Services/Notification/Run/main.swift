print("Notification")
