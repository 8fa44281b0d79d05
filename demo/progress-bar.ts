/** A progress bar on terminals, a line now and then elsewhere. */

const WIDTH = 40;

/** Draws progress on stdout. */
export interface ProgressBar {
  draw(done: number, total: number, note: string): void;
  end(): void;
}

/** A bar for this process's stdout. */
export function createProgressBar(out: NodeJS.WriteStream = process.stdout): ProgressBar {
  let lastTenth = -1;
  return {
    draw: (done, total, note) => {
      if (out.isTTY) return void out.write(`\r${bar(done, total)} ${done}/${total} ${note}\u001b[K`);
      const tenth = Math.floor((done * 10) / Math.max(total, 1));
      if (tenth === lastTenth) return;
      lastTenth = tenth;
      out.write(`${bar(done, total)} ${done}/${total} ${note}\n`);
    },
    end: () => {
      if (out.isTTY) out.write("\n");
    },
  };
}

function bar(done: number, total: number): string {
  const filled = Math.round((WIDTH * done) / Math.max(total, 1));
  return `[${"█".repeat(filled)}${"░".repeat(WIDTH - filled)}]`;
}
