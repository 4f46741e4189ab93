import SchedulerService
import ServiceKit

await ServiceMain.run(SchedulerService.definition)
