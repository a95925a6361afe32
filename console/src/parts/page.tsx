/**
 * The frame of every page: its title, what stands beside it, and its sections.
 */
import { Anchor, Group, Paper, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';
import { Icon, type IconName } from './icon.js';

interface PageProps {
  title: string;
  /** What kind of thing it is, above the title, with the list that it is of. */
  up?: { to: string; label: string };
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

export function Page({ title, up, beside, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Pado`;
  }, [title]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          {up && (
            <Anchor component={Link} to={up.to} size="sm" className="up">
              <Icon name="back" size={14} /> {up.label}
            </Anchor>
          )}
          <Group gap="sm" align="center">
            <Title order={1} size="h2">
              {title}
            </Title>
            {beside}
          </Group>
        </div>
        {actions && <Group gap="xs">{actions}</Group>}
      </header>
      {children}
    </div>
  );
}

export function Section(props: { title: string; note?: ReactNode; beside?: ReactNode; children: ReactNode }) {
  return (
    <Paper withBorder className="section" component="section">
      <Group justify="space-between" gap="sm" className="section-head">
        <Title order={2} size="h5">
          {props.title}
        </Title>
        {props.beside}
      </Group>
      {props.note && (
        <Text size="sm" c="dimmed" className="section-note">
          {props.note}
        </Text>
      )}
      {props.children}
    </Paper>
  );
}

/** Nothing is here: why that is, and the one thing to do about it. */
export function Empty({ icon, title, action }: { icon: IconName; title: string; action?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} size={32} />
      <Text>{title}</Text>
      {action}
    </div>
  );
}

/** Names and values beside each other. */
export function Facts({ facts }: { facts: readonly (readonly [name: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  );
}
