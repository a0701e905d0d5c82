import { isLoopback } from '#app/auth/access.ts'
import type { HookMode } from '#app/github/connection/connection.ts'
import { NEEDED } from '#app/github/rights.ts'
import { CALLBACK_PATH } from '#app/sign-in/callback-path.ts'
import { wantedAddress } from '#app/webhooks/hook/webhook-mode.ts'
import { SUBSCRIBED } from '#app/webhooks/read-event.ts'

/** Registered with the App on GitHub, which offers no call to change it: permanent. */
const SETUP_PATH = '/setup/github'
/** What the App's page links to if the address of Whence means nothing to others. */
const PROJECT = 'https://github.com'

const LONGEST_NAME = 34
const PREFIX = 'whence-'

export interface ManifestFacts {
  /** The address of Whence, as configured. */
  address: string
  /** Makes each App's name another. */
  suffix: string
  isPublic: boolean
  hookMode: HookMode
}

/** Returns the permissions that the App asks for, all of them to read. */
function permissionsOf(): Record<string, 'read'> {
  return Object.fromEntries([...NEEDED, 'members'].map((name) => [name, 'read']))
}

/** Describes the App to GitHub, which creates it from this. */
export function manifestOf({ address, suffix, isPublic, hookMode }: ManifestFacts) {
  const at = (path: string) => new URL(path, address).href
  const host = new URL(address).hostname
  const hook = wantedAddress({ mode: hookMode, publicUrl: address })
  return {
    name: nameOf(host, suffix),
    url: isLoopback(host) ? PROJECT : at('/'),
    description:
      'Keeps a searchable copy of everything that was said about the code. It only reads.',
    public: isPublic,
    redirect_url: at(SETUP_PATH),
    callback_urls: [at(CALLBACK_PATH)],
    setup_url: at(SETUP_PATH),
    setup_on_update: true,
    ...(hook && { hook_attributes: { url: hook, active: true } }),
    default_permissions: permissionsOf(),
    default_events: [...SUBSCRIBED].sort(),
  }
}

/** Returns `whence-HOST-xxxx`; GitHub takes no longer name. */
function nameOf(host: string, suffix: string): string {
  const room = LONGEST_NAME - PREFIX.length - suffix.length - 1
  const words = host
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return `${PREFIX}${words.slice(0, room).replace(/-$/, '')}-${suffix}`
}
