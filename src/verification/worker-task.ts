import { parentPort } from 'node:worker_threads';

/** What a `WorkerPool` sends to its threads. */
export interface WorkerTask<Input> {
  readonly id: number;
  readonly input: Input;
}

/** What a thread answers at once: its time runs from here, not from when the task was queued. */
export interface TaskStarted {
  readonly started: number;
}

/** To be called by the function of a worker file before anything else. */
export function announceStart(task: WorkerTask<unknown>): void {
  const message: TaskStarted = { started: task.id };
  parentPort?.postMessage(message);
}

/** The least that a thread can be asked for; every worker file exports it. */
export function ping(task: WorkerTask<unknown>): void {
  announceStart(task);
}
