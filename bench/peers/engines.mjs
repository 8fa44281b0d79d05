/** Starts Redis and PostgreSQL on free ports with their data in a scratch folder, and empties them. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, existsSync, mkdirSync, openSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/postgres-server.mjs";
import { adopt } from "../children.mjs";

const INSTALL = "Install it: `apt-get install redis-server postgresql` (nothing needs to be running).";
const PATIENCE_MS = 15_000;

/** @param appendonly Whether commands are logged and synced once a second: up to that much is lost with the power. */
export async function startRedis(folder, { appendonly }) {
  mkdirSync(folder, { recursive: true });
  const port = await freePort();
  const args = [
    "--port",
    port,
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
    "--maxmemory-policy",
    "noeviction",
  ];
  const log = ["--appendonly", appendonly ? "yes" : "no", "--appendfsync", "everysec"];
  const engine = await start(program("redis-server"), [...args, ...log], { folder, port });
  const { default: Redis } = await import("ioredis");
  const env = { redis: { port } };
  const reset = async () => {
    const redis = new Redis({ host: "127.0.0.1", port });
    await redis.flushall();
    redis.disconnect();
  };
  return { ...engine, env, reset, stop: () => end(engine.child, "SIGKILL") };
}

/** With its defaults: a commit is on the disk before it is answered. `connection` opens one that the caller ends. */
export async function startPostgres(folder) {
  const postgres = program("postgres");
  const owner = await dataFolder(folder, program("initdb"));
  const port = await freePort();
  const args = ["-D", folder, "-p", port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="];
  const engine = await start(postgres, args, { folder: `${folder}-log`, port, ...owner });
  const url = (database) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const env = { postgres: { url: url("bench") } };
  const reset = () => recreate(url("postgres"));
  const connection = () => connected(url("bench"));
  const log = join(`${folder}-log`, "engine.log");
  return { ...engine, env, reset, connection, log, stop: () => end(engine.child, "SIGINT") };
}

/** PostgreSQL refuses to run as root. */
async function dataFolder(folder, initdb) {
  mkdirSync(folder, { recursive: true });
  const isRoot = process.getuid?.() === 0;
  const [uid, gid] = isRoot ? ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, "postgres"]))) : [];
  const owner = isRoot ? { uid, gid } : {};
  if (isRoot) chownSync(folder, uid, gid);
  const args = ["-D", folder, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"];
  execFileSync(initdb, args, { ...owner, stdio: "ignore", cwd: "/" });
  return owner;
}

async function recreate(admin) {
  const client = await patiently(() => connected(admin));
  await client.query("DROP DATABASE IF EXISTS bench WITH (FORCE)");
  await client.query("CREATE DATABASE bench");
  await client.end();
}

async function connected(url) {
  const { default: pg } = await import("pg");
  const client = new pg.Client(url);
  await client.connect();
  return client;
}

/** PostgreSQL listens for a while before it lets anybody in. */
async function patiently(attempt) {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > until) throw error;
      await sleep(50);
    }
  }
}

async function start(command, args, { folder, port, uid, gid }) {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const log = openSync(join(folder, "engine.log"), "w");
  const child = spawn(command, args.map(String), { stdio: ["ignore", log, log], cwd: "/", uid, gid });
  adopt(child);
  await listening(port, child, command);
  return { child, pid: child.pid };
}

async function listening(port, child, command) {
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until && child.exitCode === null) {
    if (await answers(port)) return;
    await sleep(50);
  }
  child.kill("SIGKILL");
  throw new Error(`${command} did not start.`);
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function end(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

/** Debian keeps PostgreSQL's programs apart from the others. */
function program(name) {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, "bin")) : [];
  const found = [...(process.env.PATH ?? "").split(":"), ...versions.toReversed()]
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
  if (found === undefined) throw new Error(`There is no ${name} on this machine. ${INSTALL}`);
  return found;
}
