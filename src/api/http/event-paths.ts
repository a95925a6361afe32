/**
 * Where sources tell events: the Segment specification's paths, its browser library's short ones, and CloudEvents.
 */

const CALLS = { identify: 'i', track: 't', page: 'p', screen: 's', group: 'g', alias: 'a', batch: 'b' } as const;
export type Call = keyof typeof CALLS;

/** Without the leading slash, as controllers want them. */
export const pathsOf = (call: Call): string[] => [`v1/${call}`, `v1/${CALLS[call]}`, call, CALLS[call]];

export const CLOUD_EVENTS_PATH = 'v1/cloudevents';
/** Read by the browser library, with the key in the path. */
export const SETTINGS_PATH = 'v1/projects/:writeKey/settings';

const rooted = (paths: readonly string[]) => paths.map((path) => `/${path}`);
const SINGLE = (Object.keys(CALLS) as Call[]).filter((call) => call !== 'batch');

export const EVENT_ROUTES = {
  single: rooted(SINGLE.flatMap(pathsOf)),
  batch: rooted(pathsOf('batch')),
  cloudEvents: rooted([CLOUD_EVENTS_PATH]),
  settings: rooted([SETTINGS_PATH]),
} as const;
