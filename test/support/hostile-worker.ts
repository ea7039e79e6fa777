import { announceStart, type WorkerTask } from '../../src/verification/worker-task.ts';

export { ping } from '../../src/verification/worker-task.ts';

/** What a verification thread could be made to do by a flaw in a parser. */
export type Mischief = 'answer' | 'spin' | 'allocate' | 'exit' | 'throw';

export function misbehave(task: WorkerTask<Mischief>): string {
  announceStart(task);
  switch (task.input) {
    case 'answer':
      return 'answered';
    case 'spin':
      for (;;);
    case 'allocate': {
      const hoard: number[][] = [];
      for (;;) hoard.push(new Array(100_000).fill(hoard.length));
    }
    case 'exit':
      return process.exit(3);
    case 'throw':
      throw new Error('a flaw');
  }
}
