import InvoiceService
import ServiceKit

await ServiceMain.run(InvoiceService.definition)
