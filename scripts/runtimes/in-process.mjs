// The suite with a server in this process, on the storage that is named.
import * as sdk from "openjobs";
import { createServer } from "openjobs/server";
import { runSuite } from "./suite.mjs";

const [runtime, storage] = process.argv.slice(2);
const factory = (await import(`openjobs/storage/${storage}`))[storage];
const server = await createServer({ storage: storage === "sqlite" ? factory(":memory:") : factory() });
const checked = await runSuite({ ...sdk, runtime }, { transport: server.transport });
await server.close();
console.log(`${checked.length} checks in one process on ${storage}`);
