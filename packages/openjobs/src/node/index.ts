/**
 * What only Node has of the SDK. Its transport is for those who want to change how connections are made: an own certificate authority, a client
 * certificate, a proxy's agent; everybody else gets it by giving a client or a worker an address. And handlers can come from a folder.
 */
export { HttpTransport, type HttpTransportOptions } from "../client/node-transport.ts";
export { type IsolatedHandler, type IsolationOptions, isolated } from "./isolation/isolated.ts";
export { IsolationError, type IsolationFailure } from "./isolation/isolation-error.ts";
export { type HandlerHost, type LoadedHandler, type LoadHandlersOptions, loadHandlers } from "./load-handlers.ts";
export { type NodeListenerOptions, toNodeListener } from "./node-listener.ts";
