/**
 * The version of the Open Job Spec that this package speaks. Its own version is another one (ojs-sdk-guidelines §14.1).
 *
 * @example
 * if (!(await client.manifest()).specVersion.startsWith(SPEC_VERSION)) console.warn("another specification");
 */
export const SPEC_VERSION = "1.0";
