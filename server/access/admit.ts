/** Decides who is let in, and tells the others why not. */
import type { Request, Response } from 'express'
import {
  type AccessMode,
  hostnameOf,
  isForeignRead,
  isForwarded,
  isOwnHost,
  isOwnWrite,
} from '#app/auth/access.ts'
import type { Config } from '#app/config/env.server.ts'
import type { People } from '#app/sign-in/people.ts'
import type { Services } from '../services/services.ts'
import { openBearerAdmission } from './admit-bearer.ts'
import { openBrowserAdmission } from './admit-browser.ts'
import type { Admitted } from './admitted.ts'
import type { Pace } from './pace.ts'
import type { RateLimit } from './rate-limit.ts'
import type { Refusal } from './refusal.ts'
import type { Strangers } from './strangers.ts'

const NO_HOST: Refusal = {
  status: 400,
  title: 'The request has no host',
  paragraphs: ['Send a `Host` header.'],
}
const WRONG_HOST: Refusal = {
  status: 421,
  title: 'Whence does not answer at this address',
  paragraphs: [
    'It listens on this machine only, at `localhost` and `127.0.0.1`.',
    'To use another address, set `PUBLIC_URL` to it and restart Whence.',
  ],
}
const FORWARDED: Refusal = {
  status: 421,
  title: 'Whence does not answer through a proxy',
  paragraphs: [
    'The request has headers that a proxy adds, and everybody who reaches the proxy would be the operator.',
    'Set `PUBLIC_URL` to the address that people see, and restart Whence.',
  ],
}
const FOREIGN_READ: Refusal = {
  status: 403,
  title: 'The request came from a page of another site',
  paragraphs: [
    'Links to the pages of Whence work from everywhere; other sites cannot load anything else.',
  ],
}
const FOREIGN_WRITE: Refusal = {
  status: 403,
  title: 'The request came from another site',
  paragraphs: [
    'Whence accepts changes only from its own pages. Behind a proxy, set `PUBLIC_URL` to the address that people see.',
  ],
}
type Admit = (req: Request, res: Response) => Promise<Admitted | Refusal>

export interface Door {
  /** `local` admits every browser, `link` those with a session. */
  mode: AccessMode
  rateLimit: RateLimit
  strangers: Strangers
  pace: Pace
  people: People
}

export function openAdmission(
  services: Pick<Services, 'config' | 'database'>,
  door: Omit<Door, 'pace'>,
): Admit {
  const { config } = services
  const { mode } = door
  const admitBearer = openBearerAdmission(services, door)
  const admitBrowser = openBrowserAdmission(services, door)

  return async (req, res) => {
    const refusal = refusalOfHost(req, mode)
    if (refusal) return refusal
    const token = tokenOf(req)
    if (token !== null) return admitBearer(token, req, res)
    return refusalOfBrowser(req, config) ?? admitBrowser(req)
  }
}

/** Refuses a request that cannot be meant for this Whence. */
export function refusalOfHost({ headers }: Request, mode: AccessMode): Refusal | null {
  if (hostnameOf(headers.host) === null) return NO_HOST
  if (mode === 'link') return null
  if (!isOwnHost(headers.host)) return WRONG_HOST
  return isForwarded(headers) ? FORWARDED : null
}

function refusalOfBrowser(req: Request, { PUBLIC_URL }: Config): Refusal | null {
  const { host, origin } = req.headers
  const { method, path } = req
  const secFetchSite = req.get('sec-fetch-site')
  if (!isOwnWrite({ method, host, origin, secFetchSite }, PUBLIC_URL)) return FOREIGN_WRITE
  const [mode, dest] = [req.get('sec-fetch-mode'), req.get('sec-fetch-dest')]
  return isForeignRead({ method, path, site: secFetchSite, mode, dest }) ? FOREIGN_READ : null
}

/** Returns the bearer token. Other authentication schemes may belong to a proxy. */
export function tokenOf(req: Request): string | null {
  const { authorization = '' } = req.headers
  return /^bearer(\s|$)/i.test(authorization) ? authorization.slice('bearer'.length).trim() : null
}
