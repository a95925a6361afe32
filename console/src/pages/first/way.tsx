/**
 * A link to where a step is taken.
 */
import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Icon } from '../../parts/icon.js';

export function Way({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Anchor component={Link} to={to} size="sm" fw={600} className="way">
      {children} <Icon name="chevron" size={12} />
    </Anchor>
  );
}
