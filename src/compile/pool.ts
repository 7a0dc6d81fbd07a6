import { Worker } from 'node:worker_threads'

/** A thread that runs a fixed text, is sent messages and answers each of them, in their order. */
export class Pooled<Answer> {
  private readonly worker: Worker
  private readonly waiting: { readonly done: (answer: Answer) => void; readonly failed: (fault: Error) => void }[] = []

  /** @param text an ECMAScript module, `data` what it finds as `workerData`. */
  constructor(text: string, data: object) {
    this.worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), { workerData: data })
    this.worker.on('message', (answer: Answer) => this.waiting.shift()?.done(answer))
    this.worker.on('error', (fault: Error) => {
      for (const { failed } of this.waiting.splice(0)) failed(fault)
    })
  }

  /** @param moved memory that changes hands without being copied. */
  send(message: object, moved: readonly ArrayBufferLike[] = []): Promise<Answer> {
    return new Promise((done, failed) => {
      this.waiting.push({ done, failed })
      this.worker.postMessage(message, moved.filter((b) => b instanceof ArrayBuffer))
    })
  }

  async end(): Promise<void> {
    await this.worker.terminate()
  }
}
