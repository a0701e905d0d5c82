import type { RequestHandler } from 'express'

const PROJECT = /^\/projects\/[^/]+\/(?:ingest\/(?:github|history)|query|datasets\/[^/]+)\/?$/

/** Serves the addresses of projects in the API also without `/api/v1` in front. */
export const projectAddresses: RequestHandler = (req, _res, next) => {
  // The pages read the address as it was sent.
  if (PROJECT.test(req.path)) req.originalUrl = req.url = `/api/v1${req.url}`
  next()
}
