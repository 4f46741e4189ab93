print("Scheduler")
