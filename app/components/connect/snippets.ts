/** How clients of the Model Context Protocol are told of this Whence. */

export interface Snippet {
  client: string
  /** Where it goes. */
  place: string
  text: string
}

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
      place: 'Paste the token at the prompt: it is in no file and no history of the shell.',
      text: [
        'read -rs WHENCE_TOKEN && export WHENCE_TOKEN',
        `claude mcp add --transport http whence '${address}' --header 'Authorization: Bearer \${WHENCE_TOKEN}'`,
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
