/** How clients of the Model Context Protocol are told of this Whence. */

export interface Snippet {
  client: string
  /** Where it goes. */
  place: string
  text: string
}

/** Reads it without showing it, and without an argument that others could see. */
const READ_TOKEN = 'read -rs WHENCE_TOKEN && export WHENCE_TOKEN'

/**
 * @param address that of the tools.
 * @param token what stands for it where it is not known any more.
 */
export function snippetsFor(address: string, token: string): Snippet[] {
  const server = { type: 'http', url: address }
  return [
    {
      client: 'Any client',
      place:
        'Most clients read this from a file such as .mcp.json. It has the token: keep it private.',
      text: jsonOf({
        mcpServers: { whence: { ...server, headers: { Authorization: `Bearer ${token}` } } },
      }),
    },
    {
      client: 'A command line client (Claude Code)',
      place:
        'Paste the token at the prompt: it is in no file and no history of the shell. The client takes it from the variable whenever it starts, and keeps the rest in .mcp.json of the folder.',
      text: [
        READ_TOKEN,
        `claude mcp add --scope project --transport http whence '${address}' --header 'Authorization: Bearer \${WHENCE_TOKEN}'`,
      ].join('\n'),
    },
    {
      client: 'Another (Codex)',
      place:
        'In ~/.codex/config.toml. It takes the token from the variable WHENCE_TOKEN whenever it starts.',
      text: [
        '[mcp_servers.whence]',
        `url = ${JSON.stringify(address)}`,
        'bearer_token_env_var = "WHENCE_TOKEN"',
      ].join('\n'),
    },
    {
      client: 'An editor (Visual Studio Code)',
      place: 'In .vscode/mcp.json. The editor asks for the token once, and keeps it.',
      text: jsonOf({
        inputs: [
          {
            ...{ type: 'promptString', id: 'whence-token', description: 'Token of Whence' },
            password: true,
          },
        ],
        servers: {
          whence: { ...server, headers: { Authorization: `Bearer \${input:whence-token}` } },
        },
      }),
    },
  ]
}

function jsonOf(value: object): string {
  return JSON.stringify(value, null, 2)
}
