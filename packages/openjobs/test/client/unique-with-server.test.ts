/** Unique jobs as a producer meets them: one by one, in crowds that travel together, and when answers get lost. */
import { describe, expect, it } from "vitest";
import { OjsClient } from "../../src/client/client.ts";
import type { UniqueOptions } from "../../src/core/codec/enqueue-options.ts";
import { OjsConflictError, OjsValidationError } from "../../src/core/errors.ts";
import { losing, serverWays } from "./server-ways.ts";

const [inProcess, overHttp] = serverWays();

describe.each([inProcess, overHttp])("%s", (queue, open) => {
  const client = (): OjsClient => new OjsClient({ transport: open(), retry: { baseDelay: 0 } });
  const unique = (options: UniqueOptions): UniqueOptions => ({ keys: ["type", "queue", "args"], ...options });

  it("a second one is refused, and the error names the first", async () => {
    const first = await client().enqueue("u.reject", { n: 1 }, { queue, unique: unique({}) });
    const error = await client()
      .enqueue("u.reject", { n: 1 }, { queue, unique: unique({}) })
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(OjsConflictError);
    expect(error).toMatchObject({ code: "duplicate", details: { existing_job_id: first.id } });
    expect(await client().enqueue("u.reject", { n: 2 }, { queue, unique: unique({}) })).toMatchObject({ queue });
  });

  it("a second one can be the first one", async () => {
    const options = { queue, unique: unique({ argsKeys: ["order"], onConflict: "ignore" }) };
    const first = await client().enqueue("u.ignore", { order: 7, at: 1 }, options);
    const second = await client().enqueue("u.ignore", { order: 7, at: 2 }, options);
    expect(second).toMatchObject({ id: first.id, args: [{ order: 7, at: 1 }], deduplicated: true });
    expect(first.deduplicated).toBeUndefined();
  });

  it("a second one can take the place of the first", async () => {
    const options = { queue, unique: unique({ argsKeys: ["user"], onConflict: "replace" }), delay: "1h" };
    const first = await client().enqueue("u.replace", { user: 1, picture: "a" }, options);
    const second = await client().enqueue("u.replace", { user: 1, picture: "b" }, options);
    expect(second.id).not.toBe(first.id);
    expect((await client().getJob(first.id)).state).toBe("cancelled");
    const late = {
      ...options,
      delay: "9h",
      unique: { ...options.unique, onConflict: "replace_except_schedule" },
    } as const;
    const third = await client().enqueue("u.replace", { user: 1, picture: "c" }, late);
    expect(third.scheduledAt).toBe(second.scheduledAt);
  });

  it("of a crowd exactly one is there, and each is told", async () => {
    const crowd = client();
    const options = { queue, unique: unique({ onConflict: "reject" }) };
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, () => crowd.enqueue("u.crowd", { n: 1 }, options)),
    );
    const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
    expect(refused).toHaveLength(39);
    for (const error of refused) expect(error).toBeInstanceOf(OjsConflictError);
  });

  it("of a crowd that takes what is there all have the same job", async () => {
    const crowd = client();
    const options = { queue, unique: unique({ onConflict: "ignore" }) };
    const jobs = await Promise.all(Array.from({ length: 40 }, () => crowd.enqueue("u.same", { n: 1 }, options)));
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect(jobs.filter(({ deduplicated }) => deduplicated !== true)).toHaveLength(1);
  });

  it("a request that is sent again is not in its own way", async () => {
    const unlucky = new OjsClient({
      transport: losing(open(), 1, ({ method }) => method === "POST"),
      retry: { baseDelay: 0 },
    });
    const job = await unlucky.enqueue("u.lost", { n: 1 }, { queue, unique: unique({}) });
    expect(job).toMatchObject({ type: "u.lost", state: "available" });
    await expect(client().enqueue("u.lost", { n: 1 }, { queue, unique: unique({}) })).rejects.toMatchObject({
      code: "duplicate",
      details: { existing_job_id: job.id },
    });
  });

  it("a policy that cannot be meant is refused", async () => {
    for (const wrong of [{ argsKeys: ["missing"] }, { keys: ["meta"] }, { period: 0 }] as readonly UniqueOptions[]) {
      await expect(client().enqueue("u.wrong", { n: 1 }, { queue, unique: wrong })).rejects.toBeInstanceOf(
        OjsValidationError,
      );
    }
  });
});
