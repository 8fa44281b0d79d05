// The suite against a server at OJS_URL, on any runtime that has a command line.

import * as sdk from "openjobs";
import { FetchTransport, OjsClient } from "openjobs";
import { runSuite } from "./suite.mjs";

const [runtime, url] = process.argv.slice(2);
const http = await runSuite({ ...sdk, runtime }, { url });
// The default transport of Node is another one.
await runSuite({ ...sdk, runtime: `${runtime}-fetch` }, { transport: new FetchTransport({ url }) });
console.log(`${http.length} checks over HTTP, and as many over fetch`);
if (!(await new OjsClient({ url }).health()).healthy) throw new Error("the server is not healthy any more");
