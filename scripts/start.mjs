// `npm start`: prepares what is missing, then runs the web server and workers in one process.
import { report } from './failures.mjs'
import { prepare } from './prepare.mjs'
import { runInForeground } from './steps.mjs'

async function start() {
  await prepare()
  const given = process.argv.slice(2)
  const server = ['--import', 'tsx', 'cli/main.ts', 'serve', '--work', '--migrate', ...given]
  return runInForeground(process.execPath, server)
}

start().then(
  (code) => {
    process.exitCode = code
  },
  (error) => {
    process.exitCode = report(error)
  },
)
