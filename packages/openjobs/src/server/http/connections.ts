/**
 * What is known about each connection. Node tells a response that its connection is gone only once the response has its
 * turn; with pipelining it may wait behind others, so the connections are watched themselves.
 */
import type { Duplex } from "node:stream";

/** A request on a connection. */
interface Call {
  lost(): void;
}

/** One connection. */
export interface Connection {
  /** Requests that have arrived completely and not been answered: nothing else may be written before their answers. */
  owed: number;
  readonly gone: boolean;
  /** From here to `end`, the call hears of it when the connection is lost. */
  begin(call: Call): void;
  end(call: Call): void;
}

/** The connection of each socket; forgets it with the socket. */
export type Connections = (socket: Duplex) => Connection;

/** Creates the registry of one listener. */
export function createConnections(): Connections {
  const known = new WeakMap<Duplex, Connection>();
  return (socket) => {
    const found = known.get(socket);
    if (found !== undefined) return found;
    const connection = watch(socket);
    known.set(socket, connection);
    return connection;
  };
}

function watch(socket: Duplex): Connection {
  const calls = new Set<Call>();
  socket.once("close", () => {
    for (const call of calls) call.lost();
    calls.clear();
  });
  return {
    owed: 0,
    get gone() {
      return socket.destroyed;
    },
    begin(call) {
      this.owed += 1;
      calls.add(call);
    },
    end(call) {
      this.owed -= 1;
      calls.delete(call);
    },
  };
}
