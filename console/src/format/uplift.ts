/**
 * By how much more of those treated reached the goal than of those held out, and how sure one can be. Pure.
 */
interface Reach {
  people: number;
  goal: number;
}

export interface Uplift {
  /** Difference of the shares: 0.02 is two percentage points. */
  points: number;
  /** Of its 95 % interval, by Agresti and Caffo (The American Statistician 54, 2000), which holds for small groups, too. */
  from: number;
  to: number;
}

/** Null where one of the groups has nobody. */
export function upliftOf(treated: Reach, holdout: Reach): Uplift | null {
  if (treated.people === 0 || holdout.people === 0) return null;
  const [a, b] = [adjusted(treated), adjusted(holdout)];
  const error = 1.959964 * Math.sqrt(a.variance + b.variance);
  const middle = a.share - b.share;
  return {
    points: treated.goal / treated.people - holdout.goal / holdout.people,
    from: Math.max(-1, middle - error),
    to: Math.min(1, middle + error),
  };
}

function adjusted({ people, goal }: Reach): { share: number; variance: number } {
  const share = (goal + 1) / (people + 2);
  return { share, variance: (share * (1 - share)) / (people + 2) };
}
