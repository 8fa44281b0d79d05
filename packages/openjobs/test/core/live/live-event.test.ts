import { describe, expect, it } from "vitest";
import { completedEvent, jobEvents, progressEvent, queueEvent } from "../../../src/core/events.ts";
import type { JobRecord } from "../../../src/core/job.ts";
import { channelName, readChannel } from "../../../src/core/live/channel.ts";
import { catalogueEvent, eventsDropped, stateChanged, stateChangeOf } from "../../../src/core/live/live-event.ts";
import { bootOf, bootTimeOf, liveId, numberOf, placeOf, readLiveId } from "../../../src/core/live/live-id.ts";
import { encodeSse } from "../../../src/core/live/sse.ts";
import { activeJob, JOB_ID, START, waitingJob } from "../sample-job.ts";

const origin = { source: "ojs://test", newId: () => "1" };
const BOOT = bootOf("019b76da-b000-7000-8000-00000000000e");

describe("ids of live events", () => {
  it("grow, tell when their server began, and leave room for the change of state with an event", () => {
    expect(BOOT).toBe("019b76dab00070008000");
    expect(bootTimeOf(BOOT)).toBe(0x019b76dab000);
    expect([0, 1, 2].map(numberOf)).toEqual([2, 4, 6]);
    expect([1, 2, 3, 4, 5].map(placeOf)).toEqual([0, 0, 0, 1, 1]);
    expect(readLiveId(liveId({ boot: BOOT, number: 7 }))).toEqual({ boot: BOOT, number: 7 });
  });

  it.each([
    "",
    "evt_0042",
    "7",
    `${BOOT}.`,
    `${BOOT}.-1`,
    `${BOOT}.1e3`,
    `${BOOT}.1\r\nx: y`,
    `${BOOT}.${"9".repeat(16)}`,
  ])("are nothing like %j", (text) => expect(readLiveId(text)).toBeUndefined());
});

describe("channels", () => {
  it.each([`job:${JOB_ID}`, "queue:email", "all"])("%s", (text) => expect(channelName(readChannel(text))).toBe(text));

  it("everything is also called as ojs-events calls it", () => expect(readChannel("events")).toEqual({ kind: "all" }));

  it.each([
    ["", "invalid_request"],
    ["jobs", "invalid_request"],
    ["queue:", "invalid_request"],
    ["queue:No Such Queue", "invalid_request"],
    ["job:", "invalid_request"],
    ["job:nobody", "not_found"],
  ])("refuses %j as %s", (text, code) => {
    expect(() => readChannel(text)).toThrow(expect.objectContaining({ code }));
  });
});

describe("what readers are sent", () => {
  it("is the catalogue's data and the time", () => {
    const event = catalogueEvent("a.1", completedEvent(activeJob(), null, START + 250, origin));
    expect(JSON.parse(event.data)).toEqual({
      job_id: JOB_ID,
      job_type: "email.send",
      queue: "email",
      duration_ms: 250,
      attempt: 1,
      timestamp: "2026-01-01T00:00:00.250Z",
    });
    const paused = catalogueEvent("a.3", queueEvent("queue.paused", "email", START, origin));
    expect(JSON.parse(paused.data)).toEqual({ queue: "email", timestamp: "2026-01-01T00:00:00.000Z" });
  });

  it.each([
    ["half-way", { progress_percent: 50.4, progress_message: "half-way", progress: 50, message: "half-way" }],
    [null, { progress_percent: 50.4, progress: 50 }],
  ])("is progress under the names of both pages (message %j)", (message, told) => {
    const entry = progressEvent(activeJob(), { progress: 0.504, message }, START, origin);
    const data = JSON.parse(catalogueEvent("a.1", entry).data);
    expect(data).toMatchObject({ job_id: JOB_ID, worker_id: "worker-1", ...told });
    expect("message" in data).toBe(message !== null);
  });

  it("is the change of state once for each move", () => {
    const job: JobRecord = { ...waitingJob(), state: "retryable", availableAt: START + 10 };
    const entries = jobEvents({ events: ["job.failed", "job.retrying"], from: "active" }, job, START, origin);
    const changes = entries.map(stateChangeOf);
    expect(changes[0]).toBeUndefined();
    expect(JSON.parse(stateChanged("a.2", changes[1]!).data)).toEqual({
      job_id: JOB_ID,
      queue: "email",
      type: "email.send",
      from: "active",
      to: "retryable",
      timestamp: "2026-01-01T00:00:00.000Z",
    });
  });

  it("is in one line of ASCII whatever a worker has sent as its result", () => {
    const result = '{\r\n\t"text":\n"naïve 🦜 \\n"\r}';
    const text = encodeSse(catalogueEvent("a.1", completedEvent(activeJob(), result, START, origin)));
    expect(text).toMatch(/^[\x20-\x7e\n]*$/);
    const lines = text.split("\n");
    expect(lines.slice(0, 2)).toEqual(["id: a.1", "event: job.completed"]);
    expect(lines.slice(3)).toEqual(["", ""]);
    expect(JSON.parse(lines[2]!.slice("data: ".length)).result).toEqual({ text: "naïve 🦜 \n" });
  });

  it("says in a comment, too, how much was dropped", () => {
    const notice = eventsDropped("queue:email", { count: 42, oldest: "a.2", newest: "a.84" }, START);
    expect(encodeSse(notice).split("\n").slice(0, 4)).toEqual([
      ":events-dropped 42",
      "",
      "id: a.84",
      "event: system.events_dropped",
    ]);
    expect(JSON.parse(notice.data)).toEqual({
      channel: "queue:email",
      dropped_count: 42,
      oldest_dropped_id: "a.2",
      newest_dropped_id: "a.84",
      timestamp: "2026-01-01T00:00:00.000Z",
    });
  });
});
