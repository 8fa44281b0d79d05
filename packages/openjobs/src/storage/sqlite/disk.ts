/** What {@link LogSync} needs of the system; apart from it so that tests can watch it, and can make it fail. */
import { closeSync, fdatasync, fdatasyncSync, openSync } from "node:fs";

/** Files that are written by somebody else and made durable by us. */
export interface Disk {
  /** A handle that can sync a file which exists. */
  open(file: string): number;
  close(handle: number): void;
  /** Resolves when the disk has everything that was written before the call. The event loop goes on meanwhile. */
  sync(handle: number): Promise<void>;
  /** The same, while everything waits. */
  syncNow(handle: number): void;
}

/**
 * The system's own. `fdatasync` waits for the bytes and for the length of the file, not for its times; on macOS Node makes it
 * `F_FULLFSYNC`, because an ordinary sync leaves data in the drive's cache there.
 */
export const systemDisk: Disk = {
  // Windows syncs only what one may write to.
  open: (file) => openSync(file, "r+"),
  close: closeSync,
  sync: (handle) =>
    new Promise((resolve, reject) => {
      fdatasync(handle, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    }),
  syncNow: fdatasyncSync,
};
