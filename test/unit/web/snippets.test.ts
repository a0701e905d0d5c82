import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { snippetsFor } from '#app/components/connect/snippets.ts'

const ADDRESS = 'https://whence.example/mcp'
const TOKEN = `whence_${'t'.repeat(43)}`
const snippets = snippetsFor(ADDRESS, TOKEN)

function textFor(client: string): string {
  const found = snippets.find((one) => one.client.includes(client))
  if (!found) throw new Error(`There is no snippet for ${client}`)
  return found.text
}

test('the configuration for any client is JSON with the address and the token', () => {
  expect(JSON.parse(textFor('Any client'))).toEqual({
    mcpServers: {
      whence: { type: 'http', url: ADDRESS, headers: { Authorization: `Bearer ${TOKEN}` } },
    },
  })
})

test('the command for Claude Code has the name of the variable, not the token', () => {
  // The shell that runs it has a stand-in for the client, which prints its arguments and the variable.
  const standIn = 'claude() { printf "%s\\n" "$@" "$WHENCE_TOKEN"; }'
  const script = `${standIn}\n${textFor('Claude Code')}`
  const output = execFileSync('bash', ['-c', script], { input: `${TOKEN}\n`, encoding: 'utf8' })
  expect(output.split('\n')).toEqual([
    ...['mcp', 'add', '--scope', 'project', '--transport', 'http', 'whence', ADDRESS],
    ...['--header', `Authorization: Bearer \${WHENCE_TOKEN}`, TOKEN, ''],
  ])
  expect(textFor('Claude Code')).not.toContain(TOKEN)
})

test('the configuration for Codex is TOML, a table of two strings', () => {
  const [head, ...lines] = textFor('Codex').split('\n')
  expect(head).toBe('[mcp_servers.whence]')
  const values = lines.map((line) => /^(\w+) = ("(?:[^"\\]|\\.)*")$/.exec(line)?.slice(1))
  const table = Object.fromEntries(
    values.map(([key, text] = []) => [key, JSON.parse(text as string)]),
  )
  expect(table).toEqual({ url: ADDRESS, bearer_token_env_var: 'WHENCE_TOKEN' })
})

test('the configuration for Visual Studio Code asks for the token, and names what it asks for', () => {
  const { inputs, servers } = JSON.parse(textFor('Visual Studio Code'))
  expect(inputs).toMatchObject([{ type: 'promptString', id: 'whence-token', password: true }])
  expect(servers.whence).toEqual({
    ...{ type: 'http', url: ADDRESS },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the editor replaces it
    headers: { Authorization: 'Bearer ${input:whence-token}' },
  })
  expect(textFor('Visual Studio Code')).not.toContain(TOKEN)
})
