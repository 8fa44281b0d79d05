/** Which addresses are on the public internet: whoever may subscribe must not reach what only this machine can reach. */
import { BlockList, isIP } from "node:net";

/** Loopback, private, link-local (where clouds keep their metadata), shared, reserved, multicast, and what can stand for them. */
const FORBIDDEN: readonly (readonly [address: string, bits: number, family: "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["10.0.0.0", 8, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.0.0.0", 24, "ipv4"],
  ["192.0.2.0", 24, "ipv4"],
  ["192.88.99.0", 24, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["198.18.0.0", 15, "ipv4"],
  ["198.51.100.0", 24, "ipv4"],
  ["203.0.113.0", 24, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["240.0.0.0", 4, "ipv4"],
];

/** All that is routed so far; of it, what carries addresses of version 4 and what is for documents. */
const GLOBAL_V6 = new BlockList();
GLOBAL_V6.addSubnet("2000::", 3, "ipv6");

const FORBIDDEN_V6: readonly (readonly [address: string, bits: number])[] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

const forbidden = new BlockList();
for (const [address, bits, family] of FORBIDDEN) forbidden.addSubnet(address, bits, family);
for (const [address, bits] of FORBIDDEN_V6) forbidden.addSubnet(address, bits, "ipv6");

/** Whether an IP address, without brackets, is one that anybody could reach. A zone or anything else that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !forbidden.check(address, "ipv4");
  return version === 6 && GLOBAL_V6.check(address, "ipv6") && !forbidden.check(address, "ipv6");
}
