/** Types of job arguments, before and after they travel (ojs-core §5.1: `args` is an array). */

/** What `enqueue` takes: an array of arguments, or one argument that is not an array. */
export type JobArgs = object | string | number | boolean | null;

/** What arrives at the worker: an array as it is, anything else as the only element of one. */
export type TravelledArgs<Args> = Args extends readonly unknown[] ? Args : readonly [Args];
