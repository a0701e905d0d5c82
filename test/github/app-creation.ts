/** The App's creation from a manifest, and who asked for its installation. */
import { randomBytes } from 'node:crypto'
import type { Actor } from './world/model.ts'

export interface Manifest {
  name: string
  public?: boolean
  redirect_url: string
  setup_url?: string
  hook_attributes?: { url: string; active?: boolean }
  default_permissions?: Record<string, 'read' | 'write'>
  default_events?: string[]
}

interface InstallationRequest {
  id: number
  account: Actor
  requester: Actor
  createdAt: string
}

export interface AppCreation {
  /** Gives the code for a manifest that a person has confirmed. */
  confirm(manifest: Manifest, owner: string | null): string
  /** Takes the manifest of a code: good once, for an hour. */
  take(code: string): { manifest: Manifest; owner: string | null } | null
  /** Where a person is sent after an installation. */
  setupUrl: string | null
  requests: InstallationRequest[]
  /** Names that other Apps have. */
  takenNames: Set<string>
}

const GOOD_FOR_MS = 3_600_000

export function makeAppCreation(now: () => Date): AppCreation {
  const codes = new Map<string, { manifest: Manifest; owner: string | null; at: number }>()
  return {
    confirm(manifest, owner) {
      const code = randomBytes(20).toString('hex')
      codes.set(code, { manifest, owner, at: now().getTime() })
      return code
    },
    take(code) {
      const found = codes.get(code)
      codes.delete(code)
      return found && now().getTime() - found.at < GOOD_FOR_MS ? found : null
    },
    setupUrl: null,
    requests: [],
    takenNames: new Set(),
  }
}

const AUTOMATIC = ['installation', 'installation_repositories', 'github_app_authorization']

/** Returns what GitHub's page says about a manifest that it does not take; null if it does. */
export function refuseManifest(text: string): Manifest | string {
  let manifest: Manifest
  try {
    manifest = JSON.parse(text) as Manifest
  } catch {
    return 'The manifest is not JSON'
  }
  if (!manifest.name || manifest.name.length > 34) return 'Name is too long (maximum is 34)'
  if (!URL.canParse(manifest.redirect_url ?? '')) return 'Redirect url is missing'
  const hook = manifest.hook_attributes
  if (hook && !URL.canParse(hook.url ?? '')) return 'Hook url cannot be blank'
  if (hook && /^(localhost|127\.|\[::1\])/.test(new URL(hook.url).hostname))
    return 'Hook url is not supported because it is not reachable over the public Internet'
  const automatic = manifest.default_events?.find((event) => AUTOMATIC.includes(event))
  return automatic ? `Default events unsupported: ${automatic}` : manifest
}
