/** What OpenSSL and Node's parser say when one side speaks TLS and the other does not, in words that name the address. */

const WORDS: Readonly<Record<string, string>> = {
  EPROTO: "there is no TLS at this address; if the server has none, its address begins with http://",
  HPE_INVALID_CONSTANT: "what answers there is no HTTP; if it is TLS, its address begins with https://",
};

/** The same error in those words; any other one as it is. The original text is the cause. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const words = WORDS[String(error.code)];
  return words === undefined ? error : Object.assign(new Error(words, { cause: error.message }), { code: error.code });
}
