/** A way to a TCP server that a test can cut. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** See {@link cuttableProxy}. */
export interface CuttableProxy extends AsyncDisposable {
  readonly port: number;
  /** How many connections go through it. */
  readonly connections: number;
  /** Breaks all connections, and lets nobody through any more. */
  cut(): void;
  /** Holds all bytes back without breaking anything, as a network does that loses every packet. */
  hold(): void;
  /** Lets everybody through again. */
  mend(): void;
}

/** Listens on a free port of this machine and passes everything on. */
export async function cuttableProxy(host: string, port: number): Promise<CuttableProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  let isHeld = false;
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(port, host);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [one, other] of [pair, [far, near]] as const) {
      one.pipe(other);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        other.destroy();
        pairs.delete(pair);
      });
      if (isHeld) one.pause();
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const all = (): Socket[] => [...pairs].flat();
  const cut = (): void => {
    isCut = true;
    for (const socket of all()) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    cut,
    hold() {
      isHeld = true;
      for (const socket of all()) socket.pause();
    },
    mend() {
      isCut = false;
      isHeld = false;
      for (const socket of all()) socket.resume();
    },
    async [Symbol.asyncDispose]() {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
