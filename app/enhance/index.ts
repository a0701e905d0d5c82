/**
 * What enhances the server's HTML on every page, without a framework: pages work without it. Everything here
 * finds its elements by attributes that start with `data-`.
 */
import { offerCompletions } from './complete.ts'
import { listenForKeys } from './keys.ts'
import { forgetAtSignOut, noteSearch } from './recent.ts'
import { offerTestCall } from './test-call.ts'
import { keepTimes } from './times.ts'
import { followLines } from './why-lines.ts'

followLines()
keepTimes()
listenForKeys()
offerCompletions()
noteSearch()
forgetAtSignOut()
for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-test-call]'))
  offerTestCall(button)
