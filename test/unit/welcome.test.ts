import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { findOllama } from '#app/embeddings/providers/find-ollama.ts'
import { welcome } from '#cli/welcome.ts'

const url = 'http://localhost:3000'
const token = { kind: 'token', token: 't' } as const

test('the end of the start says what to open and what to try', () => {
  const text = welcome(
    { github: token, PUBLIC_URL: undefined },
    { url, operatorLink: null },
    null,
  ).join('\n')
  for (const part of [
    `ready at ${url}`,
    `${url}/search`,
    'whence -- sync --repo',
    'whence -- search',
  ])
    expect(text).toContain(part)
})

test('it gives the link where one is needed, and the next step without credentials', () => {
  const link = `${url}/operator?key=k`
  const web = { url, operatorLink: link }
  const text = welcome({ github: { kind: 'none' }, PUBLIC_URL: undefined }, web, null).join('\n')
  for (const part of [link, 'PUBLIC_URL', 'GITHUB_TOKEN', 'npm run demo'])
    expect(text).toContain(part)
})

test('it offers a model of a local Ollama by name, with the variables that choose it', async () => {
  const ollama = createServer((request, response) => {
    const answers: Record<string, object> = {
      '/api/tags': {
        models: [
          { name: 'llama3.2:latest', details: { family: 'llama' } },
          { name: 'nomic-embed-text:latest', details: { family: 'nomic-bert' } },
        ],
      },
      '/api/show': { model_info: { 'nomic-bert.embedding_length': 768 } },
    }
    response.end(JSON.stringify(answers[request.url ?? '']))
  })
  await new Promise<void>((resolve) => ollama.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void ollama.close())
  const address = `http://127.0.0.1:${(ollama.address() as AddressInfo).port}`
  const offered = await findOllama(address)
  expect(offered).toEqual({ baseUrl: `${address}/v1`, model: 'nomic-embed-text', dimensions: 768 })
  const web = { url, operatorLink: null }
  expect(welcome({ github: token, PUBLIC_URL: undefined }, web, offered).join('\n')).toContain(
    `OPENAI_BASE_URL=${address}/v1 EMBEDDING_MODEL=nomic-embed-text EMBEDDING_DIMENSIONS=768`,
  )
})

test('nothing is offered where no Ollama answers', async () => {
  expect(await findOllama('http://127.0.0.1:54998')).toBeNull()
})
