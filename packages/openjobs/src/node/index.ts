/**
 * What only Node has of the SDK, for those who want to change how its connections are made: an own certificate authority, a client
 * certificate, a proxy's agent. Everybody else gets this transport by giving a client or a worker an address.
 */
export { HttpTransport, type HttpTransportOptions } from "../client/node-transport.ts";
