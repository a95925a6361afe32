/**
 * The published hash behind every split: murmur3 x86_32, seed 0, over UTF-8, so that an outsider can repeat it.
 */
import murmur from 'murmurhash3js-revisited';

export const BUCKETS = 1024;
export const STRIPES = 64;

const utf8 = new TextEncoder();

/** Unsigned 32-bit murmur3 x86_32 of the text's UTF-8 bytes, seed 0. */
export function murmur3(text: string): number {
  return murmur.x86.hash32(utf8.encode(text), 0);
}

/** 0 … 1023: a pure function of the customer id. */
export function bucketOf(customerId: string): number {
  return murmur3(customerId) % BUCKETS;
}

/** 0 … 63: what the advisory locks and the lanes are made of. */
export function stripeOf(bucket: number): number {
  return bucket >> 4;
}

/** The stripes [from, to) of each lane: contiguous ranges, so that lanes of one run never wait for each other. */
export function laneRanges(lanes: number): { from: number; to: number }[] {
  const edge = (lane: number) => Math.ceil((lane * STRIPES) / lanes);
  return Array.from({ length: lanes }, (_, lane) => ({ from: edge(lane), to: edge(lane + 1) }));
}

/** The bounded number of lanes for an audience: min(16, ceil(size / 5,000)), at least one. */
export function laneCount(audience: number): number {
  return Math.max(1, Math.min(16, Math.ceil(audience / 5_000)));
}
