import { type Page, readPages } from '#test/architecture/documents.ts'

export interface Documented {
  path: string
  line: number
  command: string
}

/** Returns every command line in the shell blocks of README and docs, without its comment. */
export function documentedCommands(pages: Page[] = readPages()): Documented[] {
  return pages.flatMap(({ path, text }) => {
    let within = false
    return text.split('\n').flatMap((line, index) => {
      if (line.startsWith('```')) within = line === '```sh'
      const command = line.replace(/\s+# .*$/, '').trim()
      const counts = within && !line.startsWith('```') && command !== ''
      return counts ? [{ path, line: index + 1, command }] : []
    })
  })
}

/** Returns the names of the npm scripts that README and docs mention, in prose too. */
export function mentionedScripts(pages: Page[] = readPages()): string[] {
  const names = pages.flatMap(({ text }) =>
    [...text.matchAll(/\bnpm run (?:--?\S+ )*([\w:-]+)/g)].map(([, name]) => name as string),
  )
  return [...new Set(names)]
}
