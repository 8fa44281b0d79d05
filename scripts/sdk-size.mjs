// What the SDK costs in somebody's bundle: minified, gzip, everything of ours included.
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

/** What people import, as the program that a bundler is given. */
const IMPORTS = {
  client: (entry) => `export { OjsClient } from ${JSON.stringify(entry)};`,
  worker: (entry) => `export { OjsWorker } from ${JSON.stringify(entry)};`,
  everything: (entry) => `export * from ${JSON.stringify(entry)};`,
};

/**
 * @param {string} entry The compiled entry of the SDK.
 * @returns {Promise<{name: string, bytes: number, withLazy: number}[]>} `bytes` is loaded with the import itself, `withLazy` also
 * counts what methods load when they are first called.
 * @throws {Error} when anything but the package itself is imported.
 */
export async function sdkSizes(entry) {
  const sizes = [];
  for (const [name, program] of Object.entries(IMPORTS)) {
    const code = program(entry);
    sizes.push({ name, bytes: await gzipped(code, true), withLazy: await gzipped(code, false) });
  }
  return sizes;
}

async function gzipped(code, withoutLazy) {
  const outside = [];
  const bundle = await rolldown({
    input: "sdk-size",
    platform: "neutral",
    // As bundlers for browsers and edge runtimes have it: never "node".
    resolve: { conditionNames: ["import", "default"] },
    plugins: [
      {
        name: "sdk-size",
        resolveId(specifier, importer, { kind }) {
          if (specifier === "sdk-size") return specifier;
          if (kind === "dynamic-import" && withoutLazy) return { id: specifier, external: true };
          if (/^[./#]/.test(specifier)) return undefined;
          outside.push(`${importer} imports ${specifier}`);
          return { id: specifier, external: true };
        },
        load: (id) => (id === "sdk-size" ? code : undefined),
      },
    ],
  });
  const { output } = await bundle.generate({ format: "esm", minify: true, codeSplitting: false });
  await bundle.close();
  if (outside.length > 0) throw new Error(`the SDK is not on its own: ${outside.join(", ")}`);
  return gzipSync(output[0].code, { level: 9 }).length;
}
