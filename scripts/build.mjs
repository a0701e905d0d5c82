// `npm run build`: lays down what is missing and starts nothing (for container images and editors).
import { report } from './failures.mjs'
import { prepare } from './prepare.mjs'

prepare().catch((error) => {
  process.exitCode = report(error)
})
