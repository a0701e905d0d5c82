import { useState } from 'react'

const BUTTON =
  'min-h-11 cursor-pointer rounded-md border border-accent px-5 font-medium text-accent hover:bg-sunken'

/** Calls a tool with the token, as an agent would. */
export function TestCall({ token }: { token: string }) {
  const [outcome, setOutcome] = useState<string | null>(null)
  async function run() {
    setOutcome('Calling …')
    setOutcome(await callTool(token).catch(() => 'Whence did not answer. Try again in a moment.'))
  }
  return (
    <div className="mt-4 flex flex-wrap items-center gap-x-5 gap-y-2">
      <button type="button" className={BUTTON} onClick={() => void run()}>
        Make a test call
      </button>
      <p role="status" className="[overflow-wrap:anywhere]">
        {outcome}
      </p>
    </div>
  )
}

interface Answer {
  result?: { structuredContent?: { repositories?: unknown[] } }
  detail?: string
}

/** @returns how it went, in words. */
async function callTool(token: string): Promise<string> {
  const response = await fetch('/mcp', {
    method: 'POST',
    // The token alone has to open the door.
    credentials: 'omit',
    headers: {
      Authorization: `Bearer ${token}`,
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({
      ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
      params: { name: 'list_repositories', arguments: {} },
    }),
  })
  const { result, detail } = (await response.json()) as Answer
  const names = result?.structuredContent?.repositories
  if (!response.ok || !names) return `It does not work: ${detail ?? `status ${response.status}`}.`
  return `It works: the agent reads ${names.length} ${names.length === 1 ? 'repository' : 'repositories'}.`
}
