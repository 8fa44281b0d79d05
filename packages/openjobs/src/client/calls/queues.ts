/** Calls about queues (ojs-http-binding §11). */
import { decodePage, type Page, type PageOptions } from "../../core/codec/page-decode.ts";
import {
  decodeQueue,
  decodeQueueAnswer,
  decodeQueueStats,
  type QueueInfo,
  type QueueStats,
} from "../../core/codec/queue-decode.ts";
import {
  decodeQueueConfig,
  encodeQueueConfigChanges,
  type QueueConfig,
  type QueueConfigChanges,
} from "../../core/codec/queue-settings.ts";
import { apiPath, type Call, queryString } from "../call.ts";

export function listQueuesCall({ limit, cursor, offset }: PageOptions): Call<Page<QueueInfo>> {
  return {
    operation: "listQueues",
    method: "GET",
    path: apiPath("queues") + queryString({ limit, cursor, offset }),
    repeatable: true,
    decode: (answer) => decodePage(answer, "queues", decodeQueue),
  };
}

export function getQueueStatsCall(name: string): Call<QueueStats> {
  return {
    operation: "getQueueStats",
    method: "GET",
    path: apiPath("queues", name, "stats"),
    repeatable: true,
    queue: name,
    decode: (answer) => decodeQueueStats(answer, name),
  };
}

/** Pausing a paused queue changes nothing, so it may be repeated. */
export function pauseQueueCall(name: string): Call<QueueInfo> {
  return switchQueueCall("pauseQueue", name, "pause", true);
}

/** Resuming a queue that runs changes nothing, so it may be repeated. */
export function resumeQueueCall(name: string): Call<QueueInfo> {
  return switchQueueCall("resumeQueue", name, "resume", false);
}

function switchQueueCall(operation: string, name: string, action: string, paused: boolean): Call<QueueInfo> {
  return {
    operation,
    method: "POST",
    path: apiPath("queues", name, action),
    repeatable: true,
    queue: name,
    decode: (answer) => decodeQueueAnswer(answer, name, paused),
  };
}

export function getQueueConfigCall(name: string): Call<QueueConfig> {
  return {
    operation: "getQueueConfig",
    method: "GET",
    path: apiPath("queues", name, "config"),
    repeatable: true,
    queue: name,
    decode: (answer) => decodeQueueConfig(answer, name),
  };
}

/** The changes say what is to be, so making them twice is the same as once. */
export function updateQueueConfigCall(name: string, changes: QueueConfigChanges): Call<QueueConfig> {
  return {
    operation: "updateQueueConfig",
    method: "PUT",
    path: apiPath("queues", name, "config"),
    body: encodeQueueConfigChanges(changes),
    repeatable: true,
    queue: name,
    decode: (answer) => decodeQueueConfig(answer, name),
  };
}
