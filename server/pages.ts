import { existsSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createRequestHandler } from '@remix-run/express'
import type { AppLoadContext, ServerBuild } from '@remix-run/node'
import { matchPath } from '@remix-run/react'
import express, { type RequestHandler, type Response, Router } from 'express'
import type { DecisionsFor } from '#app/api/decisions.ts'
import type { LoadContext } from '#app/api/load-context.ts'
import type { ReaderFor } from '#app/auth/readers.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import type { Admitted } from './access/admitted.ts'
import { checkForm } from './access/check-request.ts'

const CLIENT = fileURLToPath(new URL('../build/client', import.meta.url))
const WRITABLE = 'GET, HEAD, POST, PATCH, DELETE'
const SERVER = new URL('../build/server/index.js', import.meta.url)

/** What all requests share, and the factories for what depends on the scope. */
type Shared = Omit<LoadContext, 'reader' | 'decisions' | 'nonce' | 'viewer'> & {
  readerFor: ReaderFor
  decisionsFor: DecisionsFor
}

/**
 * Serves what was built from `app/`: static assets and Remix routes.
 *
 * Scope and nonce come from `res.locals`.
 *
 * @throws OperatorError if there is no build.
 */
export async function pages({ readerFor, decisionsFor, ...shared }: Shared): Promise<Router> {
  if (!existsSync(SERVER))
    throw new OperatorError(
      'The pages of Whence are not built',
      'Run `npm start`, which builds them, or `npm run build`.',
    )
  // React and Express choose between development and production mode when they are first loaded.
  process.env.NODE_ENV ??= 'production'
  const build = (await import(SERVER.href)) as ServerBuild

  function getLoadContext(_req: unknown, res: Response): AppLoadContext {
    const { scope, actor, sessionId, person, tokenId } = res.locals as Admitted
    const { nonce } = res.locals
    const decisions = decisionsFor(scope, actor, person?.id)
    const viewer = { person, sessionId, isProgram: tokenId !== null }
    return { ...shared, reader: readerFor(scope), decisions, viewer, nonce }
  }
  const notFound: RequestHandler = (_req, res) => void res.status(404).end()
  return (
    Router()
      // Asset names contain a content hash.
      .use('/assets', files(`${CLIENT}/assets`, 'public, max-age=31536000, immutable'), notFound)
      .use(files(CLIENT, 'public, max-age=3600'))
      .use(refuseUnknownWrites(build), checkForm)
      .use(createRequestHandler({ build, getLoadContext, mode: process.env.NODE_ENV }))
  )
}

/**
 * Answers a write to an address that takes none in plain text, since a page could not help its sender. Remix
 * would run the loaders for OPTIONS.
 */
function refuseUnknownWrites({ routes }: ServerBuild): RequestHandler {
  const writable = Object.values(routes).filter((route) => route?.module.action)
  return (req, res, next) => {
    const takes = writable.some((route) =>
      route?.index
        ? req.path === '/' && 'index' in req.query
        : matchPath(`/${route?.path ?? ''}`, req.path),
    )
    if (req.method === 'GET' || req.method === 'HEAD') return next()
    if (takes && req.method !== 'OPTIONS') return next()
    if (req.method === 'OPTIONS')
      return void res
        .status(204)
        .set('Allow', takes ? WRITABLE : 'GET, HEAD')
        .end()
    res.status(405).set('Allow', 'GET, HEAD').type('text/plain')
    res.send(`${req.method} is not possible here: this address can only be read.\n`)
  }
}

function files(folder: string, cacheControl: string): RequestHandler {
  const setHeaders = (res: ServerResponse) => void res.setHeader('Cache-Control', cacheControl)
  return express.static(folder, { index: false, redirect: false, setHeaders })
}
