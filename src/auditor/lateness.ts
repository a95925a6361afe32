/**
 * What is late: due for more than 60 s, unless a switch holds it, or held it until just now (law 8).
 */

export const LATE = `interval '60 seconds'`;
export const CLOCK = `audit_clock k`;

export const paused = (...scopes: string[]) =>
  `exists (select 1 from controls c where c.state = 'paused' and c.scope in ('all', 'restoration', ${scopes.join(', ')}))`;

/** The newest resume that reached any of the scopes: what fell due in its pause is late only from then on. */
export const resumed = (...scopes: string[]) =>
  `(select coalesce(max(x.at), '-infinity') from control_changes x where x.state = 'running' and x.scope in ('all', 'restoration', ${scopes.join(', ')}))`;
