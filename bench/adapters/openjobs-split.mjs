/** One worker's slots spread over several workers, each with a connection to a server of its own. */
import { open as openOne } from "./openjobs.mjs";

/** @param env.urls A server for each worker; jobs are enqueued and counted at the first. The rest as in `openjobs.mjs`. */
export async function open({ urls, ...env }) {
  const subjects = await Promise.all(urls.map((url) => openOne({ ...env, url })));
  return {
    ...subjects[0],
    requests: () => sum(subjects.map((subject) => subject.requests())),
    worker: ({ concurrency, onJob }) => {
      const share = Math.ceil(concurrency / subjects.length);
      const workers = subjects.map((subject) => subject.worker({ concurrency: share, onJob }));
      return {
        start: () => Promise.all(workers.map((worker) => worker.start())),
        stop: (options) => Promise.all(workers.map((worker) => worker.stop(options))),
      };
    },
    close: () => Promise.all(subjects.map((subject) => subject.close())),
  };
}

/** Of counters by path. */
function sum(counters) {
  const all = {};
  for (const [path, count] of counters.flatMap(Object.entries)) all[path] = (all[path] ?? 0) + count;
  return all;
}
