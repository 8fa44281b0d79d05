/**
 * Loads what the SDK loads when it is first needed, before the tests of a file begin: a test that holds time in its hand, or
 * counts turns of the event loop, cannot wait for files. What happens while it is loaded is tested in worker/faults/loading.test.ts.
 */
import { jobTalk } from "../../src/client/job-client.ts";
import { carrying } from "../../src/client/requester.ts";
import { machinery } from "../../src/worker/worker.ts";

await Promise.all([jobTalk.load(), carrying.load(), machinery.load()]);
