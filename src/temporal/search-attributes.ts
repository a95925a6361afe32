/**
 * What workflows can be found by in Temporal's own UI and CLI. A server that does not know the attributes refuses a start that has them: so they are given
 * only where it knows all, and a start that is refused for them is made without.
 */
import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { NO_ATTENTION, SEARCH_ATTRIBUTES } from '../../workflows/ids.js';
import { withinBound } from './connect.js';

export interface FoundBy {
  stage: 'run' | 'lane' | 'delivery' | 'payout';
  run?: string;
  lane?: number;
  /** Null where it cannot be told. */
  campaign?: string | null;
}

/** A person may register them while we run. */
const ASK_AGAIN_MS = 600_000;
/** A start waits for it no longer. */
const ASKED_MS = 3_000;
/** grpc.status.INVALID_ARGUMENT */
const INVALID_ARGUMENT = 3;

/** Those of ours that the namespace does not know. Errors: those of the connection; that the server tells nobody. */
export async function missingAttributes(client: Client): Promise<string[]> {
  const { namespace } = client.options;
  const ask = () => client.connection.operatorService.listSearchAttributes({ namespace });
  const { customAttributes } = await withinBound(client, ask, ASKED_MS);
  return SEARCH_ATTRIBUTES.filter((name) => !Object.hasOwn(customAttributes, name));
}

export class SearchAttributes {
  private asked: { known: Promise<boolean>; at: number } | undefined;

  constructor(private readonly client: Client) {}

  /** Errors: those of `start`. */
  async starting(
    by: FoundBy,
    start: (options: { typedSearchAttributes?: TypedSearchAttributes }) => Promise<unknown>,
  ): Promise<void> {
    if (!(await this.known())) {
      await start({});
      return;
    }
    try {
      await start({ typedSearchAttributes: attributesOf(by) });
    } catch (error) {
      if (!isUnknownAttribute(error)) throw error;
      this.asked = { known: Promise.resolve(false), at: performance.now() };
      await start({});
    }
  }

  private known(): Promise<boolean> {
    if (!this.asked || performance.now() - this.asked.at > ASK_AGAIN_MS) {
      const known = missingAttributes(this.client).then(
        (missing) => missing.length === 0,
        () => false,
      );
      this.asked = { known, at: performance.now() };
    }
    return this.asked.known;
  }
}

function attributesOf({ stage, run, lane, campaign }: FoundBy): TypedSearchAttributes {
  const values = {
    PadoAttention: NO_ATTENTION,
    PadoStage: stage,
    PadoRun: run,
    PadoLane: lane?.toString(),
    PadoCampaign: campaign ?? undefined,
  };
  return new TypedSearchAttributes(
    Object.entries(values).flatMap(([name, value]) =>
      value === undefined ? [] : [{ key: defineSearchAttributeKey(name, 'KEYWORD'), value }],
    ),
  );
}

function isUnknownAttribute(error: unknown): boolean {
  const { cause } = error as { cause?: { code?: unknown; details?: unknown } };
  return cause?.code === INVALID_ARGUMENT && /search attribute/i.test(String(cause.details));
}
