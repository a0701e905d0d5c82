import type { Config } from '#app/config/env.server.ts'
import type { OfferedModel } from '#app/embeddings/providers/find-ollama.ts'

interface Ready {
  url: string
  operatorLink: string | null
}

/** Says at the end of the start where Whence is, what to open, and what to try. */
export function welcome(
  config: Pick<Config, 'github' | 'PUBLIC_URL'>,
  web: Ready,
  offered: OfferedModel | null,
): string[] {
  return [
    '',
    `Whence is ready at ${web.url}`,
    ...whatToOpen(config, web),
    ...whatToTry(config),
    ...(offered ? whatToUse(offered) : []),
    '',
  ]
}

/** Offers a model of a local Ollama, which is used only if the variables say so. */
function whatToUse({ baseUrl, model, dimensions }: OfferedModel): string[] {
  return [
    `  Meaning Ollama on this machine has the embedding model ${model}. To search by meaning with it, set`,
    `          OPENAI_BASE_URL=${baseUrl} EMBEDDING_MODEL=${model} EMBEDDING_DIMENSIONS=${dimensions}`,
  ]
}

function whatToOpen({ PUBLIC_URL }: Pick<Config, 'PUBLIC_URL'>, { url, operatorLink }: Ready) {
  if (!operatorLink)
    return [
      `  Open    ${url} to watch the sync`,
      `          ${url}/search to search what it has read`,
    ]
  const link = `  Open    this link to sign in; it works once: ${operatorLink}`
  const elsewhere =
    "          On another machine, put this machine's name into it, or set PUBLIC_URL."
  return PUBLIC_URL ? [link] : [link, elsewhere]
}

function whatToTry({ github }: Pick<Config, 'github'>): string[] {
  if (github.kind === 'none')
    return [
      '  Next    no GitHub credentials are set: start it with GITHUB_TOKEN to copy a repository,',
      '          or with `npm run demo` to try it without (docs/configuration.md)',
    ]
  const sync = '  Try     npm run whence -- sync --repo owner/name   to copy a repository'
  const search = 'npm run whence -- search is:merged   to search from the command line'
  return github.kind === 'token' ? [sync, `          ${search}`] : [`  Try     ${search}`]
}
