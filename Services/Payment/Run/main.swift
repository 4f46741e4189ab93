import PaymentService
import ServiceKit

await ServiceMain.run(PaymentService.definition)
