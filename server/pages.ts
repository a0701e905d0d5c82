import { existsSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { fileURLToPath } from 'node:url'
import { createRequestHandler } from '@remix-run/express'
import type { AppLoadContext, ServerBuild } from '@remix-run/node'
import express, { type RequestHandler, type Response, Router } from 'express'
import type { LoadContext } from '#app/api/load-context.ts'
import { OperatorError } from '#app/config/errors.server.ts'

const CLIENT = fileURLToPath(new URL('../build/client', import.meta.url))
const SERVER = new URL('../build/server/index.js', import.meta.url)

/**
 * What was built from `app/`: files of the browser, and the routes.
 *
 * @param shared what is the same for every request; scope and nonce come from `res.locals`.
 * @throws OperatorError when nothing was built.
 */
export async function pages(shared: Omit<LoadContext, 'scope' | 'nonce'>): Promise<Router> {
  if (!existsSync(SERVER))
    throw new OperatorError(
      'The pages of Whence are not built',
      'Run `npm start`, which builds them, or `npm run build`.',
    )
  // React and Express choose their slower, more talkative halves by it when they are first loaded.
  process.env.NODE_ENV ??= 'production'
  const build = (await import(SERVER.href)) as ServerBuild

  function getLoadContext(_req: unknown, res: Response): AppLoadContext {
    const { scope, nonce } = res.locals
    return { ...shared, scope, nonce }
  }
  const notFound: RequestHandler = (_req, res) => void res.status(404).end()
  return (
    Router()
      // The name of an asset is made from its content.
      .use('/assets', files(`${CLIENT}/assets`, 'public, max-age=31536000, immutable'), notFound)
      .use(files(CLIENT, 'public, max-age=3600'))
      .use(createRequestHandler({ build, getLoadContext, mode: process.env.NODE_ENV }))
  )
}

function files(folder: string, cacheControl: string): RequestHandler {
  const setHeaders = (res: ServerResponse) => void res.setHeader('Cache-Control', cacheControl)
  return express.static(folder, { index: false, redirect: false, setHeaders })
}
