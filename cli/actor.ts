import { userInfo } from 'node:os'

/** Returns who runs the command, for the audit log. */
export function cliActor(): string {
  return `cli ${userInfo().username}`
}
