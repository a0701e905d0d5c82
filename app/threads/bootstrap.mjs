// Starts a thread. Plain JavaScript, because the loader for TypeScript of the process does not reach into its
// threads: the thread registers its own before it imports the module with the work.
import { parentPort, workerData } from 'node:worker_threads'
import { register } from 'tsx/esm/api'

register()
// A module that cannot be imported ends the thread.
import(workerData.module).then(({ work }) => {
  parentPort.on('message', async (task) => {
    try {
      parentPort.postMessage({ answer: await work(task) })
    } catch (error) {
      parentPort.postMessage({ error })
    }
  })
  parentPort.postMessage({ ready: true })
})
