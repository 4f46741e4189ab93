import IdentityService
import ServiceKit

await ServiceMain.run(IdentityService.definition)
