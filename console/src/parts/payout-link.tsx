/**
 * A payout by its key, which leads to its page.
 */
import { Anchor } from '@mantine/core';
import { Link } from 'react-router';

/** `cut`: in a column that is too narrow for a key; all of it for whoever hovers. */
export function PayoutLink({ payout, cut = false }: { payout: string; cut?: boolean }) {
  return (
    <Anchor
      component={Link}
      to={`/payouts/${encodeURIComponent(payout)}`}
      className={cut ? 'id cut' : 'id'}
      title={cut ? payout : undefined}
      inherit
    >
      {payout}
    </Anchor>
  );
}
