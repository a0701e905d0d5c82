import { readText, tipOf } from '../git/code.ts'
import type { Repository } from '../world/model.ts'
import { type Html, html } from './html.ts'

/**
 * Returns the lines of a file under GitHub's anchors.
 *
 * @param place a commit or a branch, and the steps of the path. A branch with a slash is not found.
 * @returns null if there is no such file.
 */
export function filePage({ code }: Repository, [place = '', ...path]: string[]): Html | null {
  const commit = code && (code.commits.get(place) ?? tipOf(code, place))
  const text = commit && readText(code, commit.files, path.join('/'))
  if (text === null) return null
  const lines = text.replace(/\n$/, '').split('\n')
  return html`<pre>${lines.map((line, index) => html`<code id="L${index + 1}">${line}\n</code>`)}</pre>`
}
