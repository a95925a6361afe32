/**
 * Four eyes: what one person asks for, another decides. Who acts has one id, the person's, whether by a session or by any key of theirs (Actor in
 * keys.store.ts), so nobody is their own second person. All approvals ask here.
 */
export const isSecondPerson = (asked: string, decides: string): boolean => asked !== decides;
