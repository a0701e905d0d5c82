// `npm run build`: prepares what is missing without starting anything (for container images and editors).
import { report } from './failures.mjs'
import { prepare } from './prepare.mjs'

prepare().catch((error) => {
  process.exitCode = report(error)
})
