/**
 * Loads what the SDK loads when it is first needed, before the tests of a file begin: one that counts turns of the event loop cannot
 * wait for files. What happens while they are loaded is tested in worker/faults/loading.test.ts.
 */
import { loadedSdk } from "../../src/testing/loaded-sdk.ts";

await loadedSdk();
