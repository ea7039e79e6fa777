/** The part of a terminal that is written to. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Milliseconds after which a person wonders, and between two looks at the clock. */
const PATIENCE = 1_000;

const CLEAR_LINE = '\r\u001b[2K';

/** Says on a terminal what takes so long, on one line that is gone afterwards; says nothing elsewhere. */
export async function withProgress<T>(
  doing: string,
  work: () => Promise<T>,
  terminal: Terminal = process.stderr,
): Promise<T> {
  if (terminal.isTTY !== true) return work();
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += 1;
    terminal.write(`${CLEAR_LINE}… ${doing} (${seconds} s)`);
  }, PATIENCE);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    if (seconds > 0) terminal.write(CLEAR_LINE);
  }
}
