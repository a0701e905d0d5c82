/** How somebody likes the pages: kept by their browser alone, in a cookie, so that the first byte is right. */
import { z } from 'zod'
import { isSecure } from '#app/auth/access.ts'
import type { Config } from '#app/config/env.server.ts'

type Address = Pick<Config, 'PUBLIC_URL'>

const SECONDS = 365 * 86_400

const preferences = z.object({
  /** `system` follows the browser. */
  theme: z.enum(['system', 'light', 'dark']).catch('system'),
  /** Keys without Ctrl or Cmd do something. Speech input may press them by accident. */
  keys: z.enum(['on', 'off']).catch('on'),
})
export type Preferences = z.infer<typeof preferences>

export function readPreferences(request: Request): Preferences {
  const cookies = request.headers.get('cookie') ?? ''
  const value = /(?:^|;\s*)whence_preferences=([\w.]+)/.exec(cookies)?.[1] ?? ''
  const [theme, keys] = value.split('.')
  return preferences.parse({ theme, keys })
}

/** @returns the cookie that keeps what the form says; what it leaves out stays as it was. */
export function changePreferences(config: Address, request: Request, form: FormData): string {
  const { theme, keys } = preferences.parse({
    ...readPreferences(request),
    ...Object.fromEntries([...form].filter(([name]) => name in preferences.shape)),
  })
  const secure = isSecure(config) ? '; Secure' : ''
  return `whence_preferences=${theme}.${keys}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${SECONDS}${secure}`
}
