// `npm run whence`: prepares what is missing, then runs the command.
import { report } from './failures.mjs'
import { prepare, prepareSources } from './prepare.mjs'
import { runInForeground } from './steps.mjs'

async function whence() {
  const given = process.argv.slice(2)
  // Of all commands, only the server needs the pages.
  await (given[0] === 'serve' ? prepare() : prepareSources())
  return runInForeground(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...given])
}

whence().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    process.exitCode = report(error)
  },
)
