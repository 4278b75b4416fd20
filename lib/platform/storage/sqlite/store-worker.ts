import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { OoError } from '../../../common/errors.ts';
import { openDatabase, type StoreDatabase } from './store-database.ts';
import { explainSqlite, isFatal, packError } from './store-errors.ts';
import type { BatchRequest, StoreMessage, StoreWorkerData } from './store-protocol.ts';
import { StoreService } from './store-service.ts';

/** A transaction takes no further batch above these, so that its answers come in portions that hold nobody up. */
const groupBytes = 4 << 20;
const groupWrites = 512;

/**
 * The store's thread: owns the database, and is the only thread that ever waits for the disk. Runs until the port says close
 * or the database fails. `data` is a StoreWorkerData, messages are those of store-protocol.ts.
 */
export function runStoreWorker(data: unknown, port: MessagePort): void {
  const options = data as StoreWorkerData;
  const send = (message: StoreMessage, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);
  let database: StoreDatabase;
  let service: StoreService;
  try {
    database = openDatabase(options.path, options.synchronous);
  } catch (error) {
    send({ type: 'fatal', error: packError(error instanceof OoError ? error : explainSqlite(error, options.path)) });
    port.close();
    return;
  }
  try {
    service = new StoreService(database, options.compaction, send);
  } catch (error) {
    fail(error);
    return;
  }
  let stopped = false;
  let working = false;

  function fail(error: unknown): void {
    stopped = true;
    send({ type: 'fatal', error: packError(explainSqlite(error, options.path)) });
    port.close();
    // The database may be the reason, so closing it may fail too; the locks go with the thread's last handle anyway.
    try {
      database.close();
    } catch {}
  }

  /** Runs `step`; an error after which the database cannot be trusted ends the thread. */
  function guard(step: () => void): void {
    if (stopped) return;
    try {
      step();
    } catch (error) {
      const explained = explainSqlite(error, options.path);
      if (isFatal(explained)) fail(error);
    }
  }

  function workLater(): void {
    if (working || !service.hasWork()) return;
    working = true;
    setImmediate(() => {
      working = false;
      guard(() => service.work());
      if (!stopped) workLater();
    });
  }

  const timer =
    options.compaction.intervalMs > 0
      ? setInterval(() => {
          guard(() => service.compactBySchedule());
          workLater();
        }, options.compaction.intervalMs)
      : undefined;
  timer?.unref();

  port.on('message', (first: BatchRequest) => {
    guard(() => {
      // Whatever came while the last commit waited for the disk goes into the next one: that is the group commit.
      for (let group: BatchRequest[] | undefined = [first]; group !== undefined && !stopped; group = nextGroup(port)) {
        takeWaiting(port, group);
        service.serve(group);
        if (group.some((batch) => batch.close === true)) {
          stopped = true;
          clearInterval(timer);
          service.finish();
          database.close();
          send({ type: 'closed' });
          port.close();
        }
      }
    });
    workLater();
  });
  send({ type: 'ready', revision: service.revision, compacted: service.compacted });
  workLater();
}

function nextGroup(port: MessagePort): BatchRequest[] | undefined {
  const next = receiveMessageOnPort(port) as { message: BatchRequest } | undefined;
  return next === undefined ? undefined : [next.message];
}

/** Adds what waits at the port, up to what one transaction should hold. */
function takeWaiting(port: MessagePort, group: BatchRequest[]): void {
  let bytes = group[0]!.values.byteLength;
  let writes = group[0]!.writes.length;
  while (bytes < groupBytes && writes < groupWrites && group.at(-1)!.close !== true) {
    const next = receiveMessageOnPort(port) as { message: BatchRequest } | undefined;
    if (next === undefined) return;
    group.push(next.message);
    bytes += next.message.values.byteLength;
    writes += next.message.writes.length;
  }
}
