/** Who listens to what: the topics by what they are about. */
import type { EventEntry } from "../../core/events.ts";
import { type Channel, channelName } from "../../core/live/channel.ts";
import { Topic } from "./topic.ts";
import type { Wanted } from "./wanted.ts";

/** The topics of one server that have readers. */
export class Topics {
  readonly #byKey = new Map<string, Topic>();
  readonly #all = new Set<Topic>();
  readonly #queues = new Map<string, Set<Topic>>();
  readonly #jobs = new Map<string, Set<Topic>>();

  /** The topic of readers who want exactly this. */
  open(wanted: Wanted): Topic {
    const key = keyOf(wanted);
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const topic = new Topic(wanted);
    this.#byKey.set(key, topic);
    for (const channel of wanted.channels) this.#setOf(channel).add(topic);
    return topic;
  }

  /** Forgets a topic that nobody reads any more. */
  close(topic: Topic): void {
    const key = keyOf(topic.wanted);
    // Another one may have been opened since.
    if (this.#byKey.get(key) === topic) this.#byKey.delete(key);
    for (const channel of topic.wanted.channels) {
      const topics = this.#setOf(channel);
      topics.delete(topic);
      if (topics.size === 0) this.#forget(channel);
    }
  }

  /** Calls `see` with every topic that this may be for, with some of them twice. */
  eachAbout({ subject, queue, jobType }: EventEntry, see: (topic: Topic) => void): void {
    for (const topic of this.#all) see(topic);
    if (queue !== null) this.#queues.get(queue)?.forEach(see);
    if (jobType !== null) this.#jobs.get(subject)?.forEach(see);
  }

  #setOf(channel: Channel): Set<Topic> {
    if (channel.kind === "all") return this.#all;
    const sets = channel.kind === "queue" ? this.#queues : this.#jobs;
    const known = sets.get(channel.name) ?? new Set<Topic>();
    sets.set(channel.name, known);
    return known;
  }

  #forget(channel: Channel): void {
    if (channel.kind === "queue") this.#queues.delete(channel.name);
    if (channel.kind === "job") this.#jobs.delete(channel.name);
  }
}

function keyOf({ channels, filter }: Wanted): string {
  return JSON.stringify([channels.map(channelName), filter.types, filter.queues, filter.jobTypes]);
}
