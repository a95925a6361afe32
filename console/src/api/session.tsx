/**
 * Who is signed in. The session itself is a cookie that no script can read; here are its person and the value that its changing calls carry.
 */
import { createContext, use, useCallback, useEffect, useMemo, useState, type ReactNode } from 'react';
import { sessionBegin, sessionEnd, sessionRead } from '../client/sdk.gen.js';
import type { Session } from '../client/types.gen.js';
import { mayCall, type Operation } from './access.js';
import { keepFor } from '../parts/kept.js';
import { carryCsrf, whenSignedOut } from './client.js';
import { queries } from './queries.js';
import { CallFailed } from './problem.js';

export type Person = Session['person'];

interface SessionState {
  /** Undefined until it is known, null when nobody is signed in. */
  person: Person | null | undefined;
  signIn: (by: { link: string } | { account: string; password: string }) => Promise<void>;
  signOut: () => Promise<void>;
}

const SessionContext = createContext<SessionState | null>(null);

export function SessionProvider({ children }: { children: ReactNode }) {
  const [person, setPerson] = useState<Person | null | undefined>(undefined);
  const begin = useCallback((session: Session | null) => {
    carryCsrf(session?.csrf ?? '');
    queries.clear(); // nobody sees what somebody else was told, and what is under way for them is given up
    if (session !== null) keepFor(session.person.id);
    setPerson(session?.person ?? null);
  }, []);
  useEffect(() => {
    whenSignedOut(() => begin(null));
    sessionRead().then(begin, (error: unknown) => {
      // whoever cannot be asked now is asked again by hand: the sign-in page says what is wrong
      if (error instanceof CallFailed) begin(null);
    });
  }, [begin]);
  const state = useMemo<SessionState>(
    () => ({
      person,
      signIn: async (by) => begin(await sessionBegin({ body: by })),
      signOut: async () => {
        await sessionEnd();
        begin(null);
      },
    }),
    [person, begin],
  );
  return <SessionContext value={state}>{children}</SessionContext>;
}

export function useSession(): SessionState {
  const state = use(SessionContext);
  if (!state) throw new Error('no session above');
  return state;
}

/** The person of a page that only the signed-in see. */
export function usePerson(): Person {
  const { person } = useSession();
  if (!person) throw new Error('nobody is signed in');
  return person;
}

export function useMay(): (operation: Operation) => boolean {
  const { person } = useSession();
  return (operation) => mayCall(person?.roles ?? [], operation);
}
