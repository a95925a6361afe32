/**
 * Each patch in force: why, since when, when it may go. None yet: the recorded histories in tests/replay replay without one.
 */
export const PATCHES: readonly { id: string; why: string; since: string; mayGo: string }[] = [];
