import type { SetupPage } from '#app/setup/read-setup.ts'
import { TextField } from '../settings/fields.tsx'

/** What a form that was refused had in its fields, by their names. */
export type Entered = Record<string, string> | undefined

interface Given {
  /** Each form of a page has another. */
  name: string
  github: SetupPage['github']
  entered: Entered
}

/** Asks on which host GitHub is, unless a variable says so. */
export function HostField({ name, github, entered }: Given) {
  if (github.isFixed)
    return (
      <p className="leading-relaxed">
        GitHub is at {github.host}, as <code>GITHUB_WEB_URL</code> says.
      </p>
    )
  return (
    <TextField
      name={name}
      label="GitHub"
      help="github.com, a company's acme.ghe.com, or the name of an Enterprise Server."
      value={entered?.[name] ?? github.host}
    />
  )
}
