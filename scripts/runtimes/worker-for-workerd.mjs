// The suite as a handler of requests at the edge: whoever asks for /?url=… gets what it found. At /jobs a server can push jobs.
import * as sdk from "openjobs";
import * as push from "openjobs/push";
import { checkPush, createJobFunction } from "./push.mjs";
import { runSuite } from "./suite.mjs";

let jobs;

// biome-ignore lint/style/noDefaultExport: it is what workerd looks for
export default {
  async fetch(request) {
    const { pathname, searchParams, origin } = new URL(request.url);
    if (pathname === "/jobs") return jobs.handler(request);
    const url = searchParams.get("url");
    jobs = createJobFunction(push, url);
    try {
      const checked = await runSuite({ ...sdk, runtime: "workerd" }, { url });
      const pushed = await checkPush({ ...sdk, runtime: "workerd" }, url, `${origin}/jobs`, jobs.heard);
      return new Response(`ok ${checked.length} checks over fetch\n${pushed.length} checks of a push handler`);
    } catch (error) {
      return new Response(`FAIL ${error.stack}`);
    }
  },
};
