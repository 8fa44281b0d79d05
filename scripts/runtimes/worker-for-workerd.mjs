// The suite as a handler of requests at the edge: whoever asks for /?url=… gets what it found.
import * as sdk from "openjobs";
import { runSuite } from "./suite.mjs";

// biome-ignore lint/style/noDefaultExport: it is what workerd looks for
export default {
  async fetch(request) {
    const url = new URL(request.url).searchParams.get("url");
    try {
      const checked = await runSuite({ ...sdk, runtime: "workerd" }, { url });
      return new Response(`ok ${checked.length} checks over fetch`);
    } catch (error) {
      return new Response(`FAIL ${error.stack}`);
    }
  },
};
