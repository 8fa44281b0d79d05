/** Where webhooks may lead. What a name stands for is looked at when it is connected to, because it can change. */
import { lookup as lookupName } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import { isPublicAddress } from "./public-addresses.ts";

/** `public`: HTTPS to addresses on the internet. `any`: HTTP and addresses in private networks as well. */
export type WebhookTargets = "public" | "any";

/** Names that stand for this machine or its network, whatever they are looked up as. */
const LOCAL_NAME = /(^|\.)(localhost|local|internal|home\.arpa)\.?$/i;

/** Why a target is not allowed, as the end of a sentence that begins with "url"; undefined = it is. */
export function refusalOf(url: URL, targets: WebhookTargets): string | undefined {
  if (targets === "any") return undefined;
  if (url.protocol !== "https:") return "must be an HTTPS URL";
  const host = hostOf(url);
  const isPublic = isIP(host) === 0 ? !LOCAL_NAME.test(host) : isPublicAddress(host);
  return isPublic ? undefined : "must not lead to this machine or into a private network";
}

/** The host without the brackets of an address of version 6. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

/**
 * Looks a name up for a connection, and fails when it stands for an address that is not public: it is the very address that is
 * connected to, so that a name which leads elsewhere from one moment to the next is no way around this.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookupName(hostname, { ...options, all: true }, (error, addresses) => {
    const refused = error ?? refusedAmong(hostname, addresses);
    if (refused !== null) callback(refused, "", 0);
    else if (options.all === true) callback(null, addresses);
    else callback(null, addresses[0]?.address ?? "", addresses[0]?.family ?? 0);
  });
};

function refusedAmong(hostname: string, addresses: readonly { readonly address: string }[]): Error | null {
  if (addresses.length > 0 && addresses.every(({ address }) => isPublicAddress(address))) return null;
  return new Error(`${hostname} leads to an address that is not on the public internet`);
}
