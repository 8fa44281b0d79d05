/** The member of a checkpoint that holds durable steps: pairs of name and result, in the order in which they were done. */
export const STEPS_MEMBER = "openjobs_steps";
