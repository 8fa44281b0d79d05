/** Servers on one schema hear of each other through PostgreSQL, and again after the connection was lost. */
import { expect, it, onTestFinished } from "vitest";
import { loadLibrary } from "../../src/storage/postgres/library.ts";
import { settingsOf } from "../../src/storage/postgres/options.ts";
import { PostgresSignals } from "../../src/storage/postgres/signals.ts";
import { type CuttableProxy, cuttableProxy } from "../support/cuttable-proxy.ts";
import { administer, describeOnPostgres, scratchSchema } from "../support/postgres-server.ts";

interface Member {
  readonly signals: PostgresSignals;
  readonly heard: string[];
  /** How often something may have been missed. */
  missed: number;
}

async function join(url: string, schema: string): Promise<Member> {
  const signals = new PostgresSignals(settingsOf({ url, schema }).signals);
  const member: Member = { signals, heard: [], missed: 0 };
  signals.subscribe({
    heard: (text) => member.heard.push(text),
    missed: () => {
      member.missed += 1;
    },
  });
  await signals.open(loadLibrary());
  onTestFinished(() => signals.close());
  return member;
}

async function throughProxy(url: string): Promise<{ readonly proxy: CuttableProxy; readonly url: string }> {
  const through = new URL(url);
  const proxy = await cuttableProxy(through.hostname, Number(through.port));
  onTestFinished(() => proxy[Symbol.asyncDispose]());
  through.port = String(proxy.port);
  return { proxy, url: through.href };
}

describeOnPostgres("signals over PostgreSQL", () => {
  it("arrive at all others on the schema, in order, and not at their sender", async () => {
    const { url, schema } = await scratchSchema();
    const [here, there, beyond] = [await join(url, schema), await join(url, schema), await join(url, schema)];
    await here.signals.publish("one two");
    await here.signals.publish("{}");
    await expect.poll(() => there.heard).toEqual(["one two", "{}"]);
    await expect.poll(() => beyond.heard).toEqual(["one two", "{}"]);
    expect(here.heard).toEqual([]);
    expect([here, there, beyond].map(({ missed }) => missed)).toEqual([0, 0, 0]);
  });

  it("stay within their schema", async () => {
    const { url, schema } = await scratchSchema();
    const [here, other] = [await join(url, schema), await join(url, `${schema}_other`)];
    await here.signals.publish("mine");
    await administer("SELECT 1");
    expect([here.signals.company, other.signals.company, other.heard]).toEqual([false, false, []]);
  });

  it("find company as soon as another server comes, and none once it has gone", async () => {
    const { url, schema } = await scratchSchema();
    const here = await join(url, schema);
    expect(here.signals.company).toBe(false);
    const there = await join(url, schema);
    await expect.poll(() => [here.signals.company, there.signals.company]).toEqual([true, true]);
    await there.signals.close();
    await expect.poll(() => here.signals.company).toBe(false);
  });

  it("say that something may be missing after a broken connection, to both sides if something was not sent", async () => {
    const { url, schema } = await scratchSchema();
    const way = await throughProxy(url);
    const [here, there] = [await join(way.url, schema), await join(url, schema)];
    await expect.poll(() => here.signals.company).toBe(true);
    way.proxy.cut();
    await expect
      .poll(() =>
        here.signals.publish("lost").then(
          () => "sent",
          () => "not sent",
        ),
      )
      .toBe("not sent");
    way.proxy.mend();
    await expect.poll(() => [here.missed, there.missed]).toEqual([1, 1]);
    await there.signals.publish("again");
    await expect.poll(() => here.heard).toEqual(["again"]);
  });
});
