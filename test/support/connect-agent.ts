import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

/** Connects the official client of the Model Context Protocol to a web process. */
export async function connectAgent({ url }: { url: string }, token?: string): Promise<Client> {
  const made = new Client({ name: 'test', version: '1' })
  const headers = new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` })
  const transport = new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    requestInit: { headers },
  })
  await made.connect(transport as Parameters<typeof made.connect>[0])
  return made
}
