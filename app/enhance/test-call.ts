/** Calls a tool with a new token, as an agent would, and says beside the button how it went. */
export function offerTestCall(button: HTMLButtonElement): void {
  const outcome = button.parentElement?.querySelector('[role="status"]')
  const token = button.dataset.testCall
  if (!outcome || !token) return
  button.hidden = false
  button.addEventListener('click', async () => {
    outcome.textContent = 'Calling …'
    outcome.textContent = await callTool(token).catch(
      () => 'Whence did not answer. Try again in a moment.',
    )
  })
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
