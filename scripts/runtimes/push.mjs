// A push handler on this runtime, called by a real server: its WebCrypto, its requests and responses, its HTTP server.

const SECRET = "whsec_c2VjcmV0IG9mIGEgcnVudGltZQ==";

/**
 * A function that a server can call, and what it has heard.
 *
 * @param {object} push What `import("openjobs/push")` gave.
 * @param {string} url The server, for what jobs tell it while they run.
 */
export function createJobFunction(push, url) {
  const heard = { runs: 0, steps: 0, headers: undefined, body: "" };
  const jobs = push.createPushHandler({
    secrets: SECRET,
    server: { url },
    handlers: {
      "push.steps": async (job) => {
        job.progress(0.5);
        const number = await job.step("count", () => (heard.steps += 1));
        if (job.attempt === 1) throw new Error("the first time");
        return number;
      },
      "push.add": (job) => {
        heard.runs += 1;
        return job.arg("a") + job.arg("b");
      },
      "push.slow": (job) =>
        new Promise((_, reject) => {
          job.signal.addEventListener("abort", () => reject(job.signal.reason));
        }),
    },
  });
  const handler = async (request) => {
    heard.headers = [...request.headers];
    heard.body = await request.clone().text();
    return await jobs(request);
  };
  return { handler, heard };
}

/**
 * @param {object} sdk What `import("openjobs")` gave.
 * @param {string} url The server.
 * @param {string} endpoint Where it is to call the function.
 * @param {object} heard See {@link createJobFunction}.
 * @returns {Promise<string[]>} What was checked.
 */
export async function checkPush(sdk, url, endpoint, heard) {
  const client = new sdk.OjsClient({ url });
  const queue = `push-${sdk.runtime}`;
  const id = await register(url, { endpoint, queues: [queue], config: { signing_secret: SECRET, timeout_ms: 10_000 } });
  const checked = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      await check({ client, queue, endpoint, heard });
    } catch (error) {
      throw new Error(`push: ${name}: ${error?.message ?? error}`, { cause: error });
    }
    checked.push(name);
  }
  await fetch(`${url}/ojs/v1/push/endpoints/${id}`, { method: "DELETE" });
  await client.close();
  return checked;
}

const checks = {
  "a job is done by the function": async ({ client, queue, heard }) => {
    const job = await client.enqueue("push.add", { a: 1, b: 2 }, { queue });
    equal(await client.result(job, { timeout: "10s" }), 3);
    equal(heard.runs, 1);
  },

  "a repeated call is answered as before and not run": async ({ endpoint, heard }) => {
    const { headers, body } = heard;
    const replayed = await call(endpoint, headers, body);
    equal([replayed.status, replayed.headers.get("x-ojs-replayed"), heard.runs].join(), "200,true,1");
    equal((await replayed.json()).result, 3);
  },

  "a forged call is refused": async ({ endpoint, heard }) => {
    const { headers, body } = heard;
    const forged = await call(endpoint, headers, body.replace('"b":2', '"b":3'));
    equal([forged.status, (await forged.json()).error.details.reason, heard.runs].join(), "401,signature_wrong,1");
  },

  "a step is done once, in two calls": async ({ client, queue, heard }) => {
    const retry = { maxAttempts: 2, initialInterval: 10, jitter: false };
    const job = await client.enqueue("push.steps", [], { queue, retry });
    equal([await client.result(job, { timeout: "10s" }), heard.steps].join(), "1,1");
  },

  "a job ends before the server's patience does": async ({ endpoint }) => {
    const job = { id: "019539a4-b68c-7def-8000-1a2b3c4d5e6f", type: "push.slow", args: [], attempt: 1 };
    const body = JSON.stringify({ job, worker_id: "push", delivery_id: "del_slow" });
    const slow = await call(endpoint, [...(await signature(body)), ["x-ojs-timeout-ms", "100"]], body);
    equal((await slow.json()).error.code, "timeout");
  },
};

async function register(url, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/ojs/v1/push/endpoints`, { method: "POST", headers, body: JSON.stringify(body) });
  if (answer.status !== 201) throw new Error(await answer.text());
  return (await answer.json()).id;
}

/** By this runtime's WebCrypto, as a server would sign it. */
async function signature(body) {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const bytes = (text) => new TextEncoder().encode(text);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(SECRET), algorithm, false, ["sign"]);
  const signed = new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes(`${timestamp}.${body}`)));
  const hex = [...signed].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [
    ["x-ojs-timestamp", timestamp],
    ["x-ojs-signature", `sha256=${hex}`],
  ];
}

/** As it was made before, with the length that fetch computes. */
function call(endpoint, headers, body) {
  const kept = headers.filter(([name]) => !["content-length", "host", "connection"].includes(name));
  return fetch(endpoint, { method: "POST", headers: kept, body });
}

function equal(actual, expected) {
  if (actual !== expected) throw new Error(`expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`);
}
