/** A server whose wire and disk can be searched for what must not be there. */
import { readdirSync, readFileSync } from "node:fs";
import { type JobHandler, type Middleware, OjsClient, OjsWorker, type Transport } from "../../src/index.ts";
import { createServer, type OjsServer } from "../../src/server/index.ts";
import { memory } from "../../src/storage/memory/index.ts";
import { sqlite } from "../../src/storage/sqlite/index.ts";
import { type TemporaryFolder, temporaryFolder } from "../support/temporary-folder.ts";

export class ObservedServer implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #server: OjsServer;
  readonly #wire: string[] = [];
  readonly #workers: OjsWorker[] = [];

  private constructor(folder: TemporaryFolder, server: OjsServer) {
    this.#folder = folder;
    this.#server = server;
  }

  static async onDisk(): Promise<ObservedServer> {
    const folder = temporaryFolder();
    return new ObservedServer(folder, await createServer({ storage: sqlite(folder.file("jobs.db")) }));
  }

  /** For tests that search nothing but the wire. */
  static async inMemory(): Promise<ObservedServer> {
    return new ObservedServer(temporaryFolder(), await createServer({ storage: memory() }));
  }

  get transport(): Transport {
    return {
      request: async (request) => {
        const answer = await this.#server.transport.request(request);
        this.#wire.push(request.path, request.body ?? "", answer.body);
        return answer;
      },
    };
  }

  client(...middleware: Middleware[]): OjsClient {
    const client = new OjsClient({ transport: this.transport });
    client.use(...middleware);
    return client;
  }

  async work(handlers: Readonly<Record<string, JobHandler>>, ...middleware: Middleware[]): Promise<OjsWorker> {
    const worker = new OjsWorker({ transport: this.transport, handleSignals: false, pollInterval: 10 });
    worker.use(...middleware);
    for (const [type, handler] of Object.entries(handlers)) worker.register(type, handler);
    this.#workers.push(worker);
    await worker.start();
    return worker;
  }

  /** Whether a text was on the wire, or is anywhere in the files of the store: as it is, or in base64. */
  carries(text: string): boolean {
    const bytes = Buffer.concat([
      Buffer.from(this.#wire.join("\n")),
      ...readdirSync(this.#folder.path).map((name) => readFileSync(this.#folder.file(name))),
    ]);
    return spellings(text).some((spelling) => bytes.includes(spelling));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop({ grace: 0 })));
    await this.#server.close({ graceMs: 0 });
    this.#folder[Symbol.dispose]();
  }
}

/** Base64 depends on how many bytes are before the text, modulo three; characters at its edges depend on neighbours too. */
function spellings(text: string): readonly string[] {
  const shifted = [0, 1, 2].map((before) =>
    Buffer.from("\0".repeat(before) + text)
      .toString("base64")
      .slice(4, -4),
  );
  return [text, Buffer.from(text).toString("hex"), ...shifted];
}
