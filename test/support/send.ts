import { request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** Sends one HTTP request with exactly these headers: `fetch` would add some and follow redirects. */
export async function send(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent: false }, (answer) => {
      const { statusCode: status = 0, headers } = answer
      text(answer).then((body) => resolve({ status, headers, body }), reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
