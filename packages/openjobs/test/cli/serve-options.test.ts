import { describe, expect, it } from "vitest";
import { readServeOptions, SERVE_HELP } from "../../src/cli/commands/serve-options.ts";
import { storageAt } from "../../src/cli/commands/storage-location.ts";
import { UsageError } from "../../src/cli/usage-error.ts";

describe("options of ojs serve", () => {
  it("have defaults", () => {
    expect(readServeOptions([], {})).toEqual({
      port: 8080,
      host: "127.0.0.1",
      storage: "sqlite:ojs.db",
      synchronous: "full",
      postgres: {},
      retention: {},
      webhooks: { targets: "public", timeoutMs: 30_000 },
      apiKey: undefined,
      insecure: false,
      allowedHosts: [],
      allowedOrigins: [],
      logLevel: "info",
      jobLog: "failures",
      labs: true,
      testHooks: false,
    });
  });

  it.each([
    [["--port", "0"], {}, { port: 0 }],
    [["--port=9000"], { OJS_PORT: "1" }, { port: 9000 }],
    [[], { OJS_PORT: "9001", PORT: "1" }, { port: 9001 }],
    [[], { PORT: "9002" }, { port: 9002 }],
    [[], { OJS_PORT: "", PORT: "9003" }, { port: 9003 }],
    [["--host", "::1"], { OJS_HOST: "x" }, { host: "::1" }],
    [[], { OJS_HOST: "0.0.0.0" }, { host: "0.0.0.0" }],
    [["--storage", "memory:"], { OJS_STORAGE: "x" }, { storage: "memory:" }],
    [[], { OJS_STORAGE: "sqlite:/data/jobs.db" }, { storage: "sqlite:/data/jobs.db" }],
    [["--sync", "normal"], {}, { synchronous: "normal" }],
    [[], { OJS_SYNC: "normal" }, { synchronous: "normal" }],
    [["--listen-url", "postgres://h/app"], {}, { postgres: { listenUrl: "postgres://h/app" } }],
    [[], { OJS_LISTEN_URL: "postgresql://h/app" }, { postgres: { listenUrl: "postgresql://h/app" } }],
    [["--schema", "jobs", "--pool", "25"], { OJS_SCHEMA: "x" }, { postgres: { schema: "jobs", pool: 25 } }],
    [
      [],
      { OJS_SCHEMA: "jobs", OJS_POOL: "2", OJS_NO_PREPARED: "1" },
      { postgres: { schema: "jobs", pool: 2, preparedStatements: false } },
    ],
    [["--retain-completed", "24h"], { OJS_RETENTION_COMPLETED: "1h" }, { retention: { completed: "24h" } }],
    [
      ["--retain-dead-letters=forever"],
      { OJS_RETENTION_CANCELLED: "P7D", OJS_RETENTION_DISCARDED: "1h30m" },
      { retention: { cancelled: "P7D", discarded: "1h30m", deadLetters: "forever" } },
    ],
    [["--webhook-targets", "any"], { OJS_WEBHOOK_TARGETS: "public" }, { webhooks: { targets: "any" } }],
    [[], { OJS_WEBHOOK_TIMEOUT_MS: "5000" }, { webhooks: { timeoutMs: 5_000 } }],
    [["--api-key", "k"], { OJS_API_KEY: "x" }, { apiKey: "k" }],
    [[], { OJS_API_KEY: "k" }, { apiKey: "k" }],
    [["--insecure"], {}, { insecure: true }],
    [[], { OJS_INSECURE: "1" }, { insecure: true }],
    [[], { OJS_INSECURE: "0" }, { insecure: false }],
    [["--allow-host", "a", "--allow-host", "b"], {}, { allowedHosts: ["a", "b"] }],
    [[], { OJS_ALLOWED_HOSTS: "a, b,", OJS_ALLOWED_ORIGINS: "https://c" }, { allowedHosts: ["a", "b"] }],
    [["--log-level", "DEBUG"], {}, { logLevel: "debug" }],
    [["--log-jobs", "all"], {}, { jobLog: "all" }],
    [["--no-labs"], {}, { labs: false }],
    [[], { OJS_LABS: "0" }, { labs: false }],
    [[], { OJS_LOG_JOBS: "none" }, { jobLog: "none" }],
    [[], { OJS_TEST_HOOKS: "1" }, { testHooks: true }],
  ])("%j with %j", (args, env, expected) => {
    expect(readServeOptions(args, env)).toMatchObject(expected);
  });

  it.each([
    [["--port", "x"], {}, "--port"],
    [["--port", "65536"], {}, "--port"],
    [["--port", "-1"], {}, "--port"],
    [["--colour"], {}, "--colour"],
    [["stray"], {}, "stray"],
    [["--sync", "off"], {}, "--sync"],
    [["--log-jobs", "some"], {}, "--log-jobs"],
    [["--schema", "pg_mine"], {}, "--schema"],
    [["--schema", "x".repeat(64)], {}, "--schema"],
    [["--pool", "1"], {}, "--pool"],
    [["--listen-url", "mysql://h"], {}, "--listen-url"],
    [[], { OJS_LISTEN_URL: "db.example.com" }, "--listen-url"],
    [[], { OJS_POOL: "many" }, "--pool"],
    [["--log-level", "loud"], {}, "--log-level"],
    [[], { OJS_PORT: "http" }, "--port"],
    [[], { OJS_API_KEY: "" }, "API key is empty"],
  ])("refuse %j with %j", (args, env, message) => {
    expect(() => readServeOptions(args, env)).toThrow(UsageError);
    expect(() => readServeOptions(args, env)).toThrow(message);
  });

  it("are all in the help text", () => {
    expect(readServeOptions(["--help"], {})).toBe("help");
    for (const flag of [
      "port",
      "host",
      "storage",
      "sync",
      "schema",
      "pool",
      "no-prepared",
      "listen-url",
      "retain-completed",
      "api-key",
      "insecure",
      "allow-host",
      "allow-origin",
    ]) {
      expect(SERVE_HELP).toContain(`--${flag}`);
    }
    expect(SERVE_HELP).toContain("sqlite:ojs.db");
  });
});

describe("--storage", () => {
  const settings = { synchronous: "full", postgres: {} } as const;

  it.each([
    ["memory:", "memory"],
    ["sqlite:/tmp/never-opened.db", "sqlite"],
    ["postgres://user:secret@host/db", "postgres"],
    ["postgresql:///db?host=/var/run/postgresql", "postgres"],
  ])("%s", (location, name) => expect(storageAt(location, settings).traits.name).toBe(name));

  it.each([
    ["redis://:secret@host", /redis: is not there yet/],
    ["sqlite:", /file name/],
    ["mysql://x", /must be memory:, sqlite:FILE or postgres:/],
    ["postgres:db", /must be memory:/],
    ["postgres://user:secret@/x@host:port/db", /%40/],
    ["", /must be memory:/],
  ])("refuses %j", (location, message) => {
    expect(() => storageAt(location, settings)).toThrow(message);
    expect(() => storageAt(location, settings)).not.toThrow(/secret/);
  });
});
