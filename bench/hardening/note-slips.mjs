// Imported by a process that is measured: a timer of 50 ms, and each time by which it came later than ever.
import { appendFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

const EVERY = 50
let due = performance.now() + EVERY
let longest = 0

function note() {
  const slip = performance.now() - due
  if (slip > longest) {
    longest = slip
    appendFileSync(process.env.SLIPS, `${Date.now()} ${slip.toFixed(0)}\n`)
  }
  due = performance.now() + EVERY
  setTimeout(note, EVERY).unref()
}

process.on('SIGUSR2', () => {
  longest = 0
})
if (isMainThread && process.env.SLIPS) setTimeout(note, EVERY).unref()
