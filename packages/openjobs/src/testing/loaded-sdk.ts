/** What the SDK loads when it is first needed. A test that holds time in its hand cannot wait for files (docs/adr/041-what-is-loaded-when.md). */
import { jobTalk } from "../client/job-client.ts";
import { carrying } from "../client/requester.ts";
import { machinery } from "../worker/worker.ts";

/** Resolves when a first call or a first start has nothing left to load. */
export async function loadedSdk(): Promise<void> {
  await Promise.all([jobTalk.load(), carrying.load(), machinery.load()]);
}
