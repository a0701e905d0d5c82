import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { terminalText } from '#app/config/terminal-text.ts'
import { note, print } from '#cli/context.ts'

const HOSTILE = 'a\u001b]0;title\u0007b\u001b[2Jc\u009b31md\b\u001bPq\u001b\\e\u001b[1;1Hf'

test('removes what drives a terminal, and keeps text, colors and the line of the progress', () => {
  expect(terminalText(HOSTILE)).not.toMatch(/(?![\n\t\r])\p{Cc}/u)
  const own = '\r\u001b[2K\u001b[1;33mfound\u001b[0m 日本 😀\tx\n'
  expect(terminalText(own)).toBe(own)
  expect(terminalText('\u001b'.repeat(65_536))).toBe('')
})

test('commands print nothing that drives a terminal', async () => {
  const written: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      done()
    },
  })
  const terminal = { stdout: stream, stderr: stream, signal: new AbortController().signal }
  await print(terminal, HOSTILE)
  await note(terminal, HOSTILE)
  expect(written).toHaveLength(2)
  for (const text of written) expect(text).not.toMatch(/(?![\n\t\r])\p{Cc}/u)
})
