/**
 * A program of somebody else's that tells events by a real SDK, run as a process of its own: `node sdk-client.ts <JSON>`. It prints the ids of the
 * messages whose callback the SDK called without an error, one a line, and ends.
 */
import { Analytics } from '@segment/analytics-node';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';

interface Order {
  sdk: 'segment' | 'rudder';
  /** The only thing that is changed of the SDK's settings, but for how often it flushes. */
  host: string;
  writeKey: string;
  calls: { type: 'identify' | 'track' | 'page' | 'screen' | 'group' | 'alias'; [field: string]: unknown }[];
}

const instants = (key: string, value: unknown) => (key === 'timestamp' ? new Date(String(value)) : value);
const order = JSON.parse(process.argv[2] ?? '', instants) as Order;
const acknowledged = (id: unknown) => process.stdout.write(`${String(id)}\n`);
const refused = (error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
};

async function bySegment({ host, writeKey, calls }: Order): Promise<void> {
  const analytics = new Analytics({ writeKey, host });
  analytics.on('error', ({ reason }) => refused(reason));
  for (const { type, ...call } of calls) {
    analytics[type](call as never, (error, ctx) => {
      if (error) refused(error);
      else acknowledged(ctx?.event.messageId);
    });
  }
  await analytics.closeAndFlush({ timeout: 120_000 });
}

async function byRudder({ host, writeKey, calls }: Order): Promise<void> {
  const analytics = new RudderAnalytics(writeKey, { dataPlaneUrl: host, flushInterval: 200 });
  await Promise.all(
    calls.map(
      ({ type, ...call }, n) =>
        new Promise<void>((resolve) => {
          const messageId = `rudder-${process.pid}-${n}`;
          analytics[type]({ ...call, messageId } as never, (error?: unknown) => {
            if (error) refused(error);
            else acknowledged(messageId);
            resolve();
          });
        }),
    ),
  );
}

await (order.sdk === 'segment' ? bySegment(order) : byRudder(order));
